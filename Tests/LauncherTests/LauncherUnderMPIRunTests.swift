import Foundation
import Launcher
import ParableCommandLineInterface
import ParableLaunchEnvironment
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: hasMPIRun, "mpirun is not installed"))
struct LauncherUnderMPIRunTests {
  @Test func everyRankIsStartedWithTheCommand() throws {
    let launcher = try Launcher(
      worker: #"echo "$rank of $count: $* $OMP_NUM_THREADS""#)
    let result = try launcher.run(["-n", "3", "x", "--flag"])
    #expect(result.errors == "")
    #expect(
      result.output.split(separator: "\n").sorted() == [
        "0 of 3: x --flag 1", "1 of 3: x --flag 1", "2 of 3: x --flag 1",
      ])
    #expect(result.exitCode == 0)
  }

  @Test func standardInputAndOutputPassByteForByte() throws {
    // MPICH's mpirun ends a job whose rank is 64 KiB behind in reading.
    let bytes = (0..<(isOpenMPI ? 100_000 : 60_000)).map {
      UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7)
    }
    let launcher = try Launcher(worker: #"[ "$rank" != 0 ] || cat"#)
    let result = try launcher.run(["-n", "2", "x"], input: bytes)
    #expect(result.outputBytes == bytes)
    #expect(result.exitCode == 0)
  }

  @Test(arguments: [1, 2] as [Int32])
  func anErrorOfTheWorkerIsAllThatIsSaid(_ exitCode: Int32) throws {
    let launcher = try Launcher(
      worker: """
        [ "$rank" = 0 ] || exec sleep 60
        echo 'worker: it failed' >&2
        abort \(exitCode)
        """)
    let result = try launcher.run(["-n", "2", "x"])
    #expect(result.errors == "worker: it failed\n")
    #expect(result.exitCode == exitCode)
  }

  @Test func aRankThatIsKilledIsReported() throws {
    let launcher = try Launcher(
      worker: #"sleep 0.3; [ "$rank" = 1 ] && kill -KILL $$; exec sleep 60"#)
    let result = try launcher.run(["-n", "2", "x"])
    #expect(
      result.errors == "launcher: the job: a rank was ended by signal 9 (Killed); look for lack of "
        + "memory, or who sent it\n")
    #expect(result.exitCode == 137)
  }

  @Test func aReaderThatGoesAwayEndsTheJobQuietly() throws {
    let launcher = try Launcher(
      worker: """
        echo $$ >> pids
        [ "$rank" = 0 ] || exec sleep 60
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
        [ "$rank" != 0 ] || touch done
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

  @Test func whatMPIRunSaysIsToldWhereNobodyElseSpeaks() throws {
    let launcher = try Launcher(worker: "exit 1")
    let noStart = try launcher.run(
      ["-n", "2", "x"],
      environment: [isOpenMPI ? "OMPI_MCA_ess" : "HYDRA_LAUNCHER": "none-such"])
    #expect(noStart.errors.hasPrefix("launcher: mpirun: it ended with "), "\(noStart.errors)")
    #expect(noStart.errors.contains(" and said: "), "\(noStart.errors)")
    #expect(noStart.errors.filter { $0 == "\n" }.count == 1)
    #expect(noStart.exitCode != 0)
    let silent = try launcher.run(["-n", "2", "x"])
    // MPICH's mpirun says nothing where a rank ends with a code other than 0.
    let said = isOpenMPI ? "Primary job" : "nothing; see --verbose\n"
    #expect(
      silent.errors.hasPrefix("launcher: mpirun: it ended with 1 and said: \(said)"),
      "\(silent.errors)")
    #expect(silent.errors.filter { $0 == "\n" }.count == 1)
    #expect(silent.exitCode == 1)
  }

  /// mpirun would wait for ever for a rank that found no space.
  @Test(
    .enabled(if: canMount, "mounting is not permitted"),
    .enabled(if: isOpenMPI, "MPICH's mpirun and its ranks make no files for temporary use"))
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
  @Test(.enabled(if: isOpenMPI, "MPICH's mpirun and its ranks make no files for temporary use"))
  func aLimitOnTheSizeOfFilesIsSaid() throws {
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
    let name = MPILibrary.linked.mpirunNames[0]
    try launcher.folder.write(
      """
      #!/bin/sh
      if [ "$1" = --version ]; then echo '\(isOpenMPI ? "mpirun (Open MPI) 4.1.4" : "HYDRA build")'; exit; fi
      trap '' TERM
      echo $$ > pid
      while :; do sleep 0.1; done
      """, to: name)
    let result = try runProcess(
      "sh",
      [
        "-c",
        """
        chmod +x \(name); touch worker; chmod +x worker
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

  /// MPICH's mpirun takes no notice of the codes of ranks that are silent before they end.
  @Test(arguments: [0, 75])
  func aTrainingThatIsAskedToStopEndsWithItsCode(_ exitCode: Int32) throws {
    let launcher = try Launcher(
      worker: """
        # The shell says of each sleep that the signal has ended it.
        exec 3>&2 2> /dev/null
        end() {
          [ "$rank$PARABLE_TELL_END" != 01 ] || echo '\(ToldEnd.line(exitCode))' >&3
          exec >&- 3>&-
          sleep 0.5
          exit \(exitCode)
        }
        trap end USR1
        echo $$ >> pids
        while :; do sleep 0.05; done
        """)
    let result = try runProcess(
      "sh",
      [
        "-c",
        """
        ./launcher -n 2 pretrain & launcher=$!
        until [ "$(wc -l < pids)" = 2 ]; do sleep 0.05; done 2> /dev/null
        kill -TERM $launcher
        wait $launcher
        """,
      ], in: launcher.folder.path, timeout: 50)
    #expect(result.exitCode == exitCode)
    #expect(
      result.errors
        == "launcher: signal 15 (Terminated): the training finishes its step and saves; "
        + "another signal ends it at once\n")
  }

  @Test(arguments: ["INT", "TERM", "KILL"])
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
