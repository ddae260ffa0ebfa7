import Foundation
import TestSupport
import Testing

@Suite struct WorkerCommandTests {
  private func worker(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> ProcessResult {
    try runProcess(BuiltProduct.path("worker"), arguments, environment: environment)
  }

  @Test(arguments: [
    (
      ["version"],
      "the command line: unknown command 'version'; the nearest is --version, see worker --help"
    ),
    (["chat"], "the command line: unknown command 'chat'; see worker --help"),
    (["nosuch"], "the command line: unknown command 'nosuch'; see worker --help"),
    (["halp"], "the command line: unknown command 'halp'; the nearest is help, see worker --help"),
    (
      ["help", "halp"],
      "the command line: unknown command 'halp'; the nearest is help, see worker --help"
    ),
    (
      ["--versoin"],
      "the command line: unknown option --versoin; the nearest is --version, see worker --help"
    ),
    (
      ["--version", "x"],
      "the command line: unexpected argument 'x'; leave it out or see worker --help"
    ),
    (
      ["a\nb\u{1B}"],
      "the command line: unknown command 'a\\u{a}b\\u{1b}'; see worker --help"
    ),
  ])
  func mistakesGetOneLine(_ arguments: [String], _ message: String) throws {
    let result = try worker(arguments)
    #expect(result.errors == "worker: \(message)\n")
    #expect(result.output == "")
    #expect(result.exitCode == 2)
  }

  @Test(arguments: [[], ["help"], ["--help"], ["-h"], ["help", "help"]])
  func helpListsTheCommands(_ arguments: [String]) throws {
    let result = try worker(arguments)
    #expect(result.output.contains("Usage: worker COMMAND [options]"))
    #expect(result.output.contains("\n  help [COMMAND]"))
    #expect(result.errors == "")
    #expect(result.exitCode == 0)
  }

  @Test func everyCommandListedHasHelpOfItsOwn() throws {
    for name in try commandNames() {
      let help = try worker(["help", name])
      #expect(help.output.contains("\nUsage: worker \(name)"))
      #expect(help.output.contains("--help"))
      #expect(help.exitCode == 0)
      #expect(try worker([name, "--help"]).output == help.output)
    }
  }

  private func commandNames() throws -> [String] {
    let lines = try worker(["help"]).output.split(separator: "\n")
      .drop { $0 != "Commands:" }.prefix { $0 != "Examples:" }
    return lines.dropFirst().filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
      .compactMap { $0.split(separator: " ").first.map(String.init) }
      .filter { $0 != "help" && $0 != "--version" }
  }

  /// As they stand there, cut at the edge of the page or not: `--help` at the end shows help only
  /// where all that stands before it is understood.
  @Test func everyExampleCanBeTyped() throws {
    let folder = URL(fileURLWithPath: try BuiltProduct.path("worker")).deletingLastPathComponent()
    var count = 0
    for name in try commandNames() {
      let examples = try worker(["help", name]).output.components(separatedBy: "\nExamples:\n")
      let lines = try #require(examples.count == 2 ? examples.last : nil, "\(name) has none")
      for line in lines.replacing("\\\n", with: "").split(separator: "\n")
      where line.hasPrefix("  worker") {
        let typed = line.prefix { $0 != "<" } + " --help"
        let result = try runProcess("sh", ["-c", "PATH=\(folder.path):$PATH; \(typed)"])
        #expect(result.exitCode == 0 && result.errors == "", "\(typed): \(result.errors)")
        #expect(result.output.contains("\nUsage: worker \(name)"))
        count += 1
      }
    }
    #expect(count > 15)
  }

  @Test func helpFitsThePage() throws {
    for name in try commandNames() + [""] {
      let help = try worker(["help"] + (name.isEmpty ? [] : [name])).output
      #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(help)")
      #expect(!help.contains("may be repeated (may"))
    }
  }

  @Test func theVersionIsOneLine() throws {
    let result = try worker(["--version"])
    #expect(result.output.wholeMatch(of: /worker \d+\.\d+\.\d+\n/) != nil)
    #expect(result.exitCode == 0)
  }

  @Test func onlyTheFirstRankSpeaks() throws {
    let job = ["OMPI_COMM_WORLD_SIZE": "3"]
    let first = try worker(["halp"], environment: job.merging(["OMPI_COMM_WORLD_RANK": "0"]) { $1 })
    #expect(first.errors.hasPrefix("worker: the command line: unknown command"))
    #expect(first.exitCode == 2)
    // mpirun tells the others of the end by SIGCONT.
    let other = try runProcess(
      "bash", ["-c", #"$0 halp & sleep 1; kill -CONT $!; wait $!"#, BuiltProduct.path("worker")],
      environment: job.merging(["OMPI_COMM_WORLD_RANK": "2"]) { $1 })
    #expect(other.errors == "")
    #expect(other.exitCode == 2)
    // Where nobody ends it, it was wrong alone.
    let alone = try worker(["halp"], environment: job.merging(["OMPI_COMM_WORLD_RANK": "2"]) { $1 })
    #expect(alone.errors.hasPrefix("worker: rank 2: the command line: unknown command"))
    #expect(alone.exitCode == 2)
    let help = try worker(["help"], environment: job.merging(["OMPI_COMM_WORLD_RANK": "1"]) { $1 })
    #expect(help.output == "")
    #expect(help.exitCode == 0)
  }

  @Test func aReaderThatGoesAwayIsNoError() throws {
    // The writer waits until the reader is surely gone.
    let result = try runProcess(
      "sh", ["-c", #"{ sleep 0.3; "$0" help; } | true"#, BuiltProduct.path("worker")])
    #expect(result.errors == "")
  }

  @Test func anOutputThatCannotBeWrittenIsSaid() throws {
    let result = try runProcess(
      "sh", ["-c", #""$0" help > /dev/full"#, BuiltProduct.path("worker")])
    #expect(
      result.errors == "worker: the standard output: no space left on device; free space or choose "
        + "another place\n")
    #expect(result.exitCode == 1)
  }
}
