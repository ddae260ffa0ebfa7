import Foundation
import TestSupport
import Testing

private let hasMPIRun = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  .contains { FileManager.default.isExecutableFile(atPath: "\($0)/mpirun") }

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
    #expect(result.output == "2 a b -n 1 alone\n")
    #expect(result.exitCode == 7)
  }

  @Test(arguments: [
    ([], 2, "the command line: no command given; see launcher --help"),
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
        == "launcher: PATH: no mpirun to start 2 ranks; install openmpi-bin or use -n 1\n")
    #expect(noMPIRun.exitCode == 1)
  }

  @Test func insideAJobItRefuses() throws {
    let result = try Launcher(worker: "echo never")
      .run(["-n", "2", "x"], environment: ["OMPI_COMM_WORLD_SIZE": "3"])
    #expect(result.errors.contains("mpirun itself started it, in a job of 3 ranks"))
    #expect(result.exitCode == 2)
  }
}

@Suite(.serialized, .enabled(if: hasMPIRun, "mpirun is not installed"))
struct LauncherUnderMPIRunTests {
  @Test func everyRankIsStartedWithTheCommand() throws {
    let launcher = try Launcher(
      worker: #"echo "$OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE: $* $OMP_NUM_THREADS""#)
    let result = try launcher.run(["-n", "3", "x", "--flag"])
    #expect(result.errors == "")
    #expect(
      result.output.split(separator: "\n").sorted() == [
        "0 of 3: x --flag 1", "1 of 3: x --flag 1", "2 of 3: x --flag 1",
      ])
    #expect(result.exitCode == 0)
  }

  @Test func standardInputAndOutputPassByteForByte() throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) }
    let launcher = try Launcher(worker: #"[ "$OMPI_COMM_WORLD_RANK" != 0 ] || cat"#)
    let result = try launcher.run(["-n", "2", "x"], input: bytes)
    #expect(result.outputBytes == bytes)
    #expect(result.exitCode == 0)
  }

  @Test(arguments: [1, 2] as [Int32])
  func anErrorOfTheWorkerIsAllThatIsSaid(_ exitCode: Int32) throws {
    let launcher = try Launcher(
      worker: """
        [ "$OMPI_COMM_WORLD_RANK" = 0 ] || exec sleep 60
        echo 'worker: it failed' >&2
        exit \(exitCode)
        """)
    let result = try launcher.run(["-n", "2", "x"])
    #expect(result.errors == "worker: it failed\n")
    #expect(result.exitCode == exitCode)
  }

  @Test func aRankThatIsKilledIsReported() throws {
    let launcher = try Launcher(
      worker: #"[ "$OMPI_COMM_WORLD_RANK" = 1 ] && kill -KILL $$; exec sleep 60"#)
    let result = try launcher.run(["-n", "2", "x"])
    #expect(
      result.errors == "launcher: the job: a rank was ended by signal 9 (Killed); "
        + "look for lack of memory or a crash\n")
    #expect(result.exitCode == 137)
  }

  @Test func aReaderThatGoesAwayEndsTheJobQuietly() throws {
    let launcher = try Launcher(
      worker: """
        echo $$ >> pids
        [ "$OMPI_COMM_WORLD_RANK" = 0 ] || exec sleep 60
        while echo line; do sleep 0.01; done
        """)
    let result = try runProcess(
      "sh", ["-c", "{ ./launcher -n 2 x; echo $? > code; } | head -n 1"],
      in: launcher.folder.path, timeout: 50)
    #expect(result.output == "line\n")
    #expect(result.errors == "")
    #expect(try launcher.lines("code") == ["1"])
    #expect(try !launcher.lines("pids").contains(where: isRunning))
  }

  @Test(arguments: ["INT", "TERM", "KILL"])
  func aSignalEndsTheWholeJob(_ signal: String) throws {
    let launcher = try Launcher(worker: "echo $$ >> pids; exec sleep 60")
    let result = try runProcess(
      "sh",
      [
        "-c",
        """
        ./launcher -n 2 x & launcher=$!
        until [ "$(wc -l < pids)" = 2 ]; do sleep 0.05; done 2> /dev/null
        kill -\(signal) $launcher
        wait $launcher
        echo $?
        """,
      ], in: launcher.folder.path, timeout: 50)
    #expect(result.output != "0\n")
    // The ranks have up to two seconds to end in order; after a SIGKILL nobody waited for them.
    let ranks = try launcher.lines("pids")
    #expect(ranks.count == 2)
    let deadline = ContinuousClock.now + .seconds(20)
    while ranks.contains(where: isRunning), ContinuousClock.now < deadline { usleep(50_000) }
    #expect(!ranks.contains(where: isRunning))
  }

  private func isRunning(_ process: String) -> Bool {
    let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    // A process that ended but was not waited for yet is a zombie.
    return status.map { !$0.contains(") Z ") } ?? false
  }
}
