import TestSupport
import Testing

@Suite struct WorkerCommandTests {
  private func worker(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> ProcessResult {
    try runProcess(BuiltProduct.path("worker"), arguments, environment: environment)
  }

  @Test(arguments: [
    ([], "the command line: no command given; see worker --help"),
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
      "the command line: unknown command 'a\\u{a}b\\u{1b}'; the nearest is help, see worker --help"
    ),
  ])
  func mistakesGetOneLine(_ arguments: [String], _ message: String) throws {
    let result = try worker(arguments)
    #expect(result.errors == "worker: \(message)\n")
    #expect(result.output == "")
    #expect(result.exitCode == 2)
  }

  @Test(arguments: [["help"], ["--help"], ["-h"]])
  func helpListsTheCommands(_ arguments: [String]) throws {
    let result = try worker(arguments)
    #expect(result.output.contains("Usage: worker COMMAND [options]"))
    #expect(result.output.contains("\n  help [COMMAND]"))
    #expect(result.errors == "")
    #expect(result.exitCode == 0)
  }

  @Test func everyCommandListedHasHelpOfItsOwn() throws {
    let lines = try worker(["help"]).output.split(separator: "\n").drop { $0 != "Commands:" }
    let names = lines.dropFirst().filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
      .compactMap { $0.split(separator: " ").first.map(String.init) }
      .filter { $0 != "help" && $0 != "--version" }
    for name in names {
      let help = try worker(["help", name])
      #expect(help.output.contains("\nUsage: worker \(name)"))
      #expect(help.output.contains("--help"))
      #expect(help.exitCode == 0)
      #expect(try worker([name, "--help"]).output == help.output)
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
    let other = try worker(["halp"], environment: job.merging(["OMPI_COMM_WORLD_RANK": "2"]) { $1 })
    #expect(other.errors == "")
    #expect(other.exitCode == 2)
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
