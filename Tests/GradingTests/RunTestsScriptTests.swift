import Foundation
import TestSupport
import Testing

@Suite("The script that runs the tests")
struct RunTestsScriptTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let passed = "✔ Test run with 3 tests in 1 suite passed after 0.1 seconds."
  private static let failed = "✘ Test run with 3 tests in 1 suite failed after 0.1 seconds."
  private static let skips = """
    ➜ Suite "Cases" skipped: "there is no folder"
    ➜ Test "One: of two" skipped: "there is no folder"
    ➜ Test other(text:) skipped: "there is no folder"
    """

  /// Runs the script over a `swift` that prints this and ends so.
  private func run(
    _ arguments: [String] = [], printing text: String, exitCode: Int = 0
  ) throws -> ProcessResult {
    let program = try folder.writeScript(
      "echo \"$@\" > \(folder.file("arguments")); cat \(folder.file("text")); exit \(exitCode)",
      to: "swift")
    try folder.write(text + "\n", to: "text")
    let script = SharedFixtures.packageRoot.appendingPathComponent("Scripts/run-tests.sh").path
    return try runProcess(script, arguments, environment: ["SWIFT": program])
  }

  private func lines(_ result: ProcessResult) -> [Substring] {
    result.output.split(separator: "\n")
  }

  @Test("What passes ends with the runner's line and its exit code", arguments: [0, 1])
  func withoutSkips(exitCode: Int) throws {
    let summary = exitCode == 0 ? Self.passed : Self.failed
    let result = try run(
      ["--no-skips", "-c", "release"], printing: "building\n\(summary)", exitCode: exitCode)
    #expect(result.exitCode == Int32(exitCode))
    #expect(lines(result) == ["building", Substring(summary), Substring(summary)])
    let arguments = String(decoding: try folder.read("arguments"), as: UTF8.self)
    #expect(arguments == "test --disable-xctest -c release\n")
  }

  @Test("Skipped tests are listed under what they want, before the runner's line")
  func skipsAreListed() throws {
    let result = try run(printing: "\(Self.skips)\n\(Self.passed)")
    #expect(result.exitCode == 0)
    let list = ["  there is no folder", "    \"One: of two\"", "    other(text:)"]
    #expect(result.output.contains(list.joined(separator: "\n")))
    #expect(lines(result).last == Substring(Self.passed))
  }

  @Test("Where none may be, a skip is a failure")
  func noSkips() throws {
    let result = try run(["--no-skips"], printing: "\(Self.skips)\n\(Self.passed)")
    #expect(result.exitCode == 1)
    #expect(result.output.contains("run-tests: --no-skips: 2 tests were skipped"))
    #expect(lines(result).last == Substring(Self.passed))
    let reasonless = try run(["--no-skips"], printing: "➜ Test x() skipped.\n\(Self.passed)")
    #expect(reasonless.exitCode == 1)
    #expect(reasonless.output.contains("  no reason given\n    x()"))
  }

  @Test("What the processor lacks is listed and no failure")
  func processor() throws {
    let skip = "➜ Test \"Wide loops\" skipped: \"the processor lacks AVX-512\""
    let result = try run(["--no-skips"], printing: "\(skip)\n\(Self.passed)")
    #expect(result.exitCode == 0)
    #expect(result.output.contains("  the processor lacks AVX-512\n    \"Wide loops\""))
  }

  @Test("A run that fails stays a failure, also with skips")
  func failures() throws {
    let result = try run(printing: "\(Self.skips)\n\(Self.failed)", exitCode: 1)
    #expect(result.exitCode == 1 && lines(result).last == Substring(Self.failed))
  }

  @Test("A run without a summary is a failure, whatever the runner says", arguments: [0, 1, 134])
  func noTest(exitCode: Int) throws {
    let result = try run(printing: "building", exitCode: exitCode)
    #expect(result.exitCode == Int32(max(exitCode, 1)))
  }
}
