import Foundation
import TestSupport
import Testing

/// Signals that end a training at once: one line, and 128 + the signal's number.
@Suite(.serialized) struct CrashTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Starts an endless training after a command of the shell, sends its first rank a signal, or what
  /// was started, and waits for the end.
  private func end(
    _ program: String, by signal: String, after command: String = "true",
    toStarted: Bool = false, environment: [String: String] = [:]
  ) throws -> ProcessResult {
    // The shell ignores SIGQUIT for what it starts in the background. The lock names the process.
    let script = """
      \(command)
      "$0" stories --count 20 --output c.txt > stories.out
      env --default-signal "$@" --run run --corpus c.txt --layers 1 --width 16 --heads 2 \
        --hidden 24 --context 16 --batch 4 --grain 1 --vocabulary-size 300 --steps 1000000 \
        > output 2> errors & started=$!
      until [ -s run/metrics.jsonl ] || ! kill -0 $started; do sleep 0.05; done
      process=$(sed 's/.*"process":\\([0-9]*\\).*/\\1/' run/lock)
      kill -\(signal) \(toStarted ? "$started" : "$process")
      wait $started
      code=$?
      grep -v '^step ' errors >&2
      exit $code
      """
    let start = [try BuiltProduct.path(program)] + (program == "launcher" ? ["-n", "2"] : [])
    return try runProcess(
      "bash", ["-c", script, BuiltProduct.path("worker")] + start + ["pretrain"],
      environment: environment, in: folder.path, timeout: 100)
  }

  private static let report =
    "report it with the command line and what it prints with PARABLE_BACKTRACE=1"

  @Test(arguments: [
    ("QUIT", 131, "ended by signal 3 (Quit); PARABLE_BACKTRACE=1 shows where it was"),
    ("SEGV", 139, "crashed with signal 11 (Segmentation fault); \(report)"),
    ("ILL", 132, "crashed with signal 4 (Illegal instruction); \(report)"),
  ])
  func oneLineIsSaid(_ signal: String, _ exitCode: Int32, _ line: String) throws {
    let result = try end("worker", by: signal)
    #expect(result.exitCode == exitCode)
    let lines = result.errors.split(separator: "\n")
    #expect(lines.last.map(String.init) == "worker: \(line)", "\(result.errors)")
    #expect(lines.filter { $0.hasPrefix("worker: ") }.count == 1)
  }

  /// Swift's runtime crashes where it has no memory: who has set a limit is told to look there first.
  @Test(.measuresMemory) func aLimitOfMemoryIsMentioned() throws {
    let result = try end("worker", by: "ILL", after: "ulimit -v 64000000")
    let line = result.errors.split(separator: "\n").last.map(String.init)
    #expect(
      line == "worker: crashed with signal 4 (Illegal instruction); "
        + "try with more memory than ulimit allows, or \(Self.report)", "\(result.errors)")
  }

  @Test func underTheLauncherTheRankSaysIt() throws {
    let result = try end("launcher", by: "SEGV")
    #expect(result.exitCode == 139)
    let lines = result.errors.split(separator: "\n")
    #expect(
      lines.last.map(String.init)
        == "worker: rank 0: crashed with signal 11 (Segmentation fault); \(Self.report)",
      "\(result.errors)")
    #expect(lines.filter { $0.contains("er: ") }.count == 1, "\(result.errors)")
  }

  @Test func aRankThatIsKilledIsReported() throws {
    let result = try end("launcher", by: "KILL")
    #expect(result.exitCode == 137)
    #expect(
      result.errors.hasSuffix(
        "launcher: the job: a rank was ended by signal 9 (Killed); look for lack of memory, or who "
          + "sent it\n"), "\(result.errors)")
  }

  /// Where Swift's runtime is set up for it.
  @Test(.printsBacktraces) func theBacktraceFollowsWhereItIsAskedFor() throws {
    let result = try end("worker", by: "QUIT", environment: ["PARABLE_BACKTRACE": "1"])
    #expect(result.exitCode == 131)
    #expect(result.errors.contains("worker: ended by signal 3 (Quit)"))
    #expect(result.errors.contains("Thread 0"), "\(result.errors)")
  }
}
