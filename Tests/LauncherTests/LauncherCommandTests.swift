import Foundation
import Launcher
import ParableCommandLineInterface
import ParableLaunchEnvironment
import TestSupport
import Testing

private let hasMPIRun =
  MPILibrary.linked.mpirun(on: ProcessInfo.processInfo.environment["PATH"]) != nil
private let isOpenMPI = MPILibrary.linked == .openMPI
private let waits: Comment = "MPICH's mpirun waits for ranks that have not started MPI"
private let others: Comment = "MPICH's mpirun makes no such files and speaks otherwise"

/// The launcher in a folder of its own, beside a worker that is a shell script.
private struct Launcher {
  let folder: TemporaryFolder

  init(worker script: String = "") throws {
    folder = try TemporaryFolder()
    // Written by another process: a test that forks meanwhile would hold these files open, and a
    // file that is open for writing cannot be run.
    let place = #"""
      cp "$0" launcher
      if [ -n "$1" ]; then printf '#!/bin/sh\n%s\n' "$1" > worker; chmod +x worker; fi
      """#
    let result = try runProcess(
      "sh", ["-ec", place, BuiltProduct.path("launcher"), script], in: folder.path)
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  func run(
    _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = []
  ) throws -> ProcessResult {
    try runProcess(
      folder.file("launcher"), arguments, environment: environment, in: folder.path, input: input)
  }

  func lines(_ name: String) throws -> [String] {
    String(decoding: try folder.read(name), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

@Suite struct LauncherCommandTests {
  @Test func oneRankRunsWithoutMPI() throws {
    let launcher = try Launcher(
      worker: #"echo "$# $1 $2 $OMP_NUM_THREADS ${OMPI_COMM_WORLD_SIZE-alone}"; exit 7"#)
    let result = try launcher.run(["-n", "1", "a b", "-n"])
    #expect(result.output == "2 a b -n 1 alone\n", "\(result.errors)")
    #expect(result.exitCode == 7)
  }

  @Test(arguments: [
    (["--verbose"], 2, "the command line: no command given; see launcher --help"),
    (["-n", "0", "x"], 2, "the command line: --ranks is '0'; give a whole number of at least 1"),
    (["-n"], 2, "the command line: --ranks has no value; write --ranks N"),
    (
      ["--rank", "2", "x"], 2,
      "the command line: unknown option --rank; the nearest is --ranks, see launcher --help"
    ),
  ])
  func mistakesGetOneLine(_ arguments: [String], _ exitCode: Int32, _ message: String) throws {
    let result = try Launcher(worker: "echo never").run(arguments)
    #expect(result.errors == "launcher: \(message)\n")
    #expect(result.exitCode == exitCode)
    #expect(result.output == "")
  }

  @Test func withoutAnythingItShowsItsHelp() throws {
    let launcher = try Launcher(worker: "echo never")
    let result = try launcher.run([])
    #expect(result.output.contains("\nUsage: launcher [options] COMMAND …\n"))
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(result.output == (try launcher.run(["--help"])).output)
  }

  @Test func whatIsMissingIsNamed() throws {
    let alone = try Launcher()
    let noWorker = try alone.run(["-n", "2", "x"])
    #expect(
      noWorker.errors.replacing(alone.folder.path, with: "F")
        == "launcher: F/worker: no worker; build both programs into one folder\n")
    #expect(noWorker.exitCode == 1)

    let noMPIRun = try Launcher(worker: "echo never")
      .run(["-n", "2", "x"], environment: ["PATH": "/nowhere"])
    #expect(
      noMPIRun.errors
        == "launcher: PATH: no mpirun to start 2 ranks; install \(MPILibrary.linked.mpirunPackage) or use "
        + "-n 1\n")
    #expect(noMPIRun.exitCode == 1)
  }

  @Test(
    arguments: [
      (
        ["-n", "2", "x"], ["OMPI_COMM_WORLD_SIZE": "3"],
        "OMPI_COMM_WORLD_SIZE: this is one of 3 ranks already; start worker there, or launcher outside"
      ),
      (
        ["x"], ["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0"],
        "SLURM_STEP_NUM_TASKS: this is one of 2 ranks already; start worker there, or launcher outside"
      ),
      (["x"], ["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"], nil),
      (
        ["-n", "2", "generate"], [:], "generate: it runs on one rank only; leave -n out"
      ),
      (
        ["pretrain", "-n", "2"], [:],
        "-n: it stands behind pretrain; write it before: launcher -n 2 pretrain"
      ),
      (
        ["-n", "2", "x"], ["PARABLE_ALONE": "1"],
        "PARABLE_ALONE: it asks for one rank, and -n for 2; leave one of them out"
      ),
    ] as [([String], [String: String], String?)])
  func whatWouldStartTheWrongRanksIsRefused(
    _ arguments: [String], _ environment: [String: String], _ message: String?
  ) throws {
    let result = try Launcher(worker: "echo never").run(arguments, environment: environment)
    // Of several ranks one speaks.
    #expect(result.errors == (message.map { "launcher: \($0)\n" } ?? ""))
    #expect(result.output == "")
    #expect(result.exitCode == 2)
  }

  /// Neither needs mpirun.
  @Test(
    arguments: [
      (["generate", "--tokens", "5"], [:]), (["help"], [:]), (["-n", "1", "pretrain"], [:]),
      (["estimate", "--ranks", "8"], [:]), (["pretrain"], ["PARABLE_ALONE": "1"]),
      (["-np", "1", "pretrain"], [:]),
    ] as [([String], [String: String])])
  func commandsForOneRankRunOnOne(_ arguments: [String], _ more: [String: String]) throws {
    let launcher = try Launcher(worker: #"echo "alone: $*""#)
    let result = try launcher.run(arguments, environment: ["PATH": "/nowhere"].merging(more) { $1 })
    let command = arguments.drop { ["-n", "-np", "1"].contains($0) }
    #expect(result.output == "alone: \(command.joined(separator: " "))\n", "\(result.errors)")
    #expect(result.exitCode == 0)
  }

  @Test func anArgumentThatIsNoUTF8IsRefused() throws {
    let launcher = try Launcher(worker: "echo never")
    let result = try runProcess(
      "/bin/sh", ["-c", "exec ./launcher -n 1 decode $(printf 'a\\377')"], in: launcher.folder.path)
    #expect(result.exitCode == 2 && result.output.isEmpty)
    #expect(result.errors.contains("launcher: the command line: argument 4 (a\u{FFFD}) is not"))
  }

  @Test func anOutputThatIsFullIsSaid() throws {
    let launcher = try Launcher()
    let result = try runProcess(
      "/bin/sh", ["-c", "exec ./launcher --help > /dev/full"], in: launcher.folder.path)
    #expect(result.exitCode == 1)
    #expect(
      result.errors == "launcher: standard output: cannot be written (no space left on device); "
        + "send it to a place that takes it\n")
  }

  @Test func theVersionIsShown() throws {
    let result = try Launcher().run(["--version"])
    #expect(result.output == "launcher \(programVersion)\n")
    #expect(result.exitCode == 0)
  }
}

@Suite(.serialized, .enabled(if: hasMPIRun, "mpirun is not installed"))
struct LauncherUnderMPIRunTests {
  @Test func everyRankIsStartedWithTheCommand() throws {
    let launcher = try Launcher(
      worker:
        #"echo "${OMPI_COMM_WORLD_RANK-$PMI_RANK} of ${OMPI_COMM_WORLD_SIZE-$PMI_SIZE}: $* $OMP_NUM_THREADS""#
    )
    let result = try launcher.run(["-n", "3", "x", "--flag"])
    #expect(result.errors == "")
    #expect(
      result.output.split(separator: "\n").sorted() == [
        "0 of 3: x --flag 1", "1 of 3: x --flag 1", "2 of 3: x --flag 1",
      ])
    #expect(result.exitCode == 0)
  }

  @Test func standardInputAndOutputPassByteForByte() throws {
    // MPICH's mpirun gives up where a rank is behind by 64 KiB.
    let bytes = (0..<(isOpenMPI ? 100_000 : 60_000)).map {
      UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7)
    }
    let launcher = try Launcher(worker: #"[ "${OMPI_COMM_WORLD_RANK-$PMI_RANK}" != 0 ] || cat"#)
    let result = try launcher.run(["-n", "2", "x"], input: bytes)
    #expect(result.outputBytes == bytes)
    #expect(result.exitCode == 0)
  }

  @Test(.enabled(if: isOpenMPI, waits), arguments: [1, 2] as [Int32])
  func anErrorOfTheWorkerIsAllThatIsSaid(_ exitCode: Int32) throws {
    let launcher = try Launcher(
      worker: """
        [ "${OMPI_COMM_WORLD_RANK-$PMI_RANK}" = 0 ] || exec sleep 60
        echo 'worker: it failed' >&2
        exit \(exitCode)
        """)
    let result = try launcher.run(["-n", "2", "x"])
    #expect(result.errors == "worker: it failed\n")
    #expect(result.exitCode == exitCode)
  }

  @Test(.enabled(if: isOpenMPI, waits)) func aRankThatIsKilledIsReported() throws {
    let launcher = try Launcher(
      worker: #"[ "${OMPI_COMM_WORLD_RANK-$PMI_RANK}" = 1 ] && kill -KILL $$; exec sleep 60"#)
    let result = try launcher.run(["-n", "2", "x"])
    #expect(
      result.errors == "launcher: the job: a rank was ended by signal 9 (Killed); look for lack of "
        + "memory, or who sent it\n")
    #expect(result.exitCode == 137)
  }

  @Test(.enabled(if: isOpenMPI, waits)) func aReaderThatGoesAwayEndsTheJobQuietly() throws {
    let launcher = try Launcher(
      worker: """
        echo $$ >> pids
        [ "${OMPI_COMM_WORLD_RANK-$PMI_RANK}" = 0 ] || exec sleep 60
        while echo line; do sleep 0.01; done
        """)
    let result = try runProcess(
      "sh", ["-c", "{ ./launcher -n 2 x; echo $? > code; } | head -n 1"],
      in: launcher.folder.path, timeout: 50)
    #expect(result.output == "line\n")
    #expect(result.errors == "")
    #expect(try launcher.lines("code") == ["1"])
    #expect(haveEnded(try launcher.lines("pids")))
  }

  /// A training goes on when nobody reads its output; of others the result is lost.
  @Test(arguments: [("pretrain", 0, false), ("finetune", 1, true), ("x", 1, true)])
  func aFullOutputEndsNoJob(_ command: String, _ exitCode: Int32, _ isSaid: Bool) throws {
    let launcher = try Launcher(
      worker: """
        echo line; sleep 0.2; echo line
        [ "${OMPI_COMM_WORLD_RANK-$PMI_RANK}" != 0 ] || touch done
        """)
    for (redirection, reason) in [
      ("> /dev/full", "no space left on device"), (">&-", "bad file descriptor"),
    ] {
      let result = try runProcess(
        "sh", ["-c", "./launcher -n 2 \(command) \(redirection)"], in: launcher.folder.path)
      #expect(try !launcher.folder.read("done").contains(1))
      #expect(result.exitCode == exitCode, "\(redirection)")
      #expect(
        result.errors
          == (isSaid
            ? "launcher: standard output: cannot be written (\(reason)); send it to a place that "
              + "takes it\n" : ""))
    }
  }

  @Test func aTrainingGoesOnWhenBothReadersGoAway() throws {
    let launcher = try Launcher(
      worker: """
        i=0; while [ $i -lt 100 ]; do echo line; echo line >&2; i=$((i+1)); sleep 0.01; done
        echo whole >> whole
        """)
    let result = try runProcess(
      "sh", ["-c", "{ ./launcher -n 2 pretrain 2>&1; echo $? > code; } | head -n 1"],
      in: launcher.folder.path, timeout: 50)
    #expect(result.output == "line\n")
    #expect(try launcher.lines("code") == ["0"])
    #expect(try launcher.lines("whole").count == 2)
  }

  @Test(.enabled(if: isOpenMPI, others)) func whatMPIRunSaysIsToldWhereNobodyElseSpeaks() throws {
    let launcher = try Launcher(worker: "exit 1")
    let allocation = [
      "SLURM_JOBID": "7", "SLURM_JOB_ID": "7", "SLURM_NODELIST": "localhost",
      "SLURM_TASKS_PER_NODE": "1", "SLURM_NNODES": "1",
    ]
    let noSlots = try launcher.run(["-n", "2", "x"], environment: allocation)
    // Where the launcher shares cores, it asks for more ranks than slots on purpose.
    if AvailableCores().isWholeMachine, AvailableCores().count > 1 {
      #expect(
        noSlots.errors.hasPrefix(
          "launcher: mpirun: it ended with 1 and said: There are not enough slots available"),
        "\(noSlots.errors)")
    }
    #expect(noSlots.errors.filter { $0 == "\n" }.count == 1)
    #expect(noSlots.exitCode == 1)
    let silent = try launcher.run(["-n", "2", "x"])
    #expect(
      silent.errors.hasPrefix("launcher: mpirun: it ended with 1 and said: Primary job"),
      "\(silent.errors)")
    #expect(silent.errors.filter { $0 == "\n" }.count == 1)
    #expect(silent.exitCode == 1)
  }

  /// mpirun would wait for ever for a rank that found no space.
  @Test(.enabled(if: canMount, "mounting is not permitted"), .enabled(if: isOpenMPI, others))
  func aFullFolderForTemporaryFilesIsSaid() throws {
    let launcher = try Launcher(worker: "echo never")
    let result = try runProcess(
      "unshare",
      [
        "--mount", "sh", "-c",
        "mkdir full && mount -t tmpfs -o size=1m none full && TMPDIR=$PWD/full exec ./launcher -n 2 x",
      ], in: launcher.folder.path, timeout: 50)
    #expect(
      result.errors.hasPrefix(
        "launcher: \(launcher.folder.path)/full: it has 1.0 MB free of the 9.5 MB that mpirun "
          + "wants; free some"), "\(result.errors)")
    #expect(result.exitCode == 1)
    #expect(result.output == "")
  }

  /// PMIx does not survive it, and mpirun may then wait for ever as well.
  @Test(.enabled(if: isOpenMPI, others)) func aLimitOnTheSizeOfFilesIsSaid() throws {
    let launcher = try Launcher(worker: "echo never")
    let result = try runProcess(
      "sh", ["-c", "ulimit -f 1000; exec ./launcher -n 2 x"], in: launcher.folder.path, timeout: 50)
    #expect(
      result.errors.hasPrefix("launcher: ulimit -f: it allows files of ")
        && result.errors.hasSuffix(" MB, and mpirun wants one of 4.2 MB; raise it\n"),
      "\(result.errors)")
    #expect(result.exitCode == 1)
    #expect(result.output == "")
  }

  /// As with nohup, or in the background of a shell that is no terminal's.
  @Test func aSignalThatIsIgnoredStaysSo() throws {
    let launcher = try Launcher(worker: "echo $$ >> pids; sleep 2; echo whole >> whole")
    let result = try runProcess(
      "sh",
      [
        "-c",
        """
        trap '' HUP
        ./launcher -n 2 x & launcher=$!
        until [ "$(wc -l < pids)" = 2 ]; do sleep 0.05; done 2> /dev/null
        # As a terminal that is closed: to all processes of the group, but for this one.
        kill -HUP -$$
        wait $launcher
        """,
      ], in: launcher.folder.path, timeout: 50)
    #expect(result.errors == "")
    #expect(result.exitCode == 0)
    #expect(try launcher.lines("whole").count == 2)
  }

  /// mpirun that does not end when it is told to.
  @Test func aJobThatDoesNotEndIsKilled() throws {
    let launcher = try Launcher()
    let mpirun = MPILibrary.linked.mpirunNames[0]
    try launcher.folder.write(
      "#!/bin/sh\ntrap '' TERM\necho $$ > pid\nwhile :; do sleep 0.1; done\n", to: mpirun)
    let result = try runProcess(
      "sh",
      [
        "-c",
        """
        chmod +x \(mpirun); touch worker; chmod +x worker
        PATH=$PWD:$PATH ./launcher -n 2 x & launcher=$!
        until [ -s pid ]; do sleep 0.05; done
        kill -TERM $launcher
        wait $launcher
        """,
      ], in: launcher.folder.path, timeout: 50)
    #expect(
      result.errors
        == "launcher: the job: stopped by signal 15 (Terminated); a training goes on from its "
        + "last checkpoint with --resume\n")
    #expect(result.exitCode == 143)
    #expect(try !launcher.lines("pid").contains(where: isRunning))
  }

  @Test(.enabled(if: isOpenMPI, waits), arguments: ["INT", "TERM", "KILL"])
  func aSignalEndsTheWholeJob(_ signal: String) throws {
    let launcher = try Launcher(worker: "echo $$ >> pids; exec sleep 60")
    let result = try runProcess(
      "sh",
      [
        "-c",
        """
        # The shell ignores SIGINT for what it starts in the background.
        env --default-signal=INT ./launcher -n 2 x & launcher=$!
        until [ "$(wc -l < pids)" = 2 ]; do sleep 0.05; done 2> /dev/null
        kill -\(signal) $launcher
        wait $launcher
        echo $?
        """,
      ], in: launcher.folder.path, timeout: 50)
    let code = ["INT": "130\n", "TERM": "143\n", "KILL": "137\n"][signal]
    #expect(result.output == code)
    // The ranks have up to two seconds to end in order; after a SIGKILL nobody waited for them.
    let ranks = try launcher.lines("pids")
    #expect(ranks.count == 2)
    #expect(haveEnded(ranks))
  }

  /// Whether the processes end, which may take them a moment after mpirun itself.
  private func haveEnded(_ processes: [String]) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while processes.contains(where: isRunning), ContinuousClock.now < deadline { usleep(50_000) }
    return !processes.contains(where: isRunning)
  }

  private func isRunning(_ process: String) -> Bool {
    let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    // A process that ended but was not waited for yet is a zombie.
    return status.map { !$0.contains(") Z ") } ?? false
  }
}

private let canMount =
  (try? runProcess("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]))?.exitCode == 0
