import Foundation
import TestSupport
import Testing

/// The environment of `Scripts/grade-python-suite.sh`, where it has been set up already.
private enum PythonEnvironment {
  static let folder: String = {
    let variables = ProcessInfo.processInfo.environment
    if let named = variables["PARABLE_VENV"] { return named }
    let cache = variables["XDG_CACHE_HOME"] ?? "\(variables["HOME"] ?? "")/.cache"
    return "\(cache)/parable-grading"
  }()

  static let isComplete =
    (try? runProcess("\(folder)/bin/python", ["-c", "import numpy, torch, pytest, tiktoken"]))?
    .exitCode == 0
}

@Suite(
  "The bridge to Python suites",
  .enabled(
    if: PythonEnvironment.isComplete,
    "no virtual environment at \(PythonEnvironment.folder); the script makes one"))
struct PythonSuiteTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func grade(_ suite: String) throws -> ProcessResult {
    try runProcess(
      SharedFixtures.packageRoot.appendingPathComponent("Scripts/grade-python-suite.sh").path,
      [suite],
      environment: [
        "PARABLE_WORKER": BuiltProduct.path("worker"), "PARABLE_VENV": PythonEnvironment.folder,
      ], timeout: 600)
  }

  @Test("A suite of the course's layout passes in full")
  func smallSuite() throws {
    let suite = SharedFixtures.packageRoot.appendingPathComponent("Grading/SmallSuite")
    let result = try grade(suite.path)
    #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    #expect(result.output.contains("score: 24 of 24"))
    #expect(result.output.contains("part4: not bridged"))
  }

  @Test("A failure, an empty part and a part that breaks show in score and exit code")
  func failures() throws {
    for part in ["part1", "part2", "part3"] {
      try FileManager.default.createDirectory(
        atPath: folder.file("\(part)/tests"), withIntermediateDirectories: true)
    }
    try folder.write(
      "def test_a(): pass\ndef test_b(): assert 1 == 2\n", to: "part1/tests/test_x.py")
    try folder.write("import nothing_of_this_name\n", to: "part2/tests/test_x.py")
    let result = try grade(folder.path)
    #expect(result.exitCode == 1)
    #expect(result.output.contains("part1: 1 of 2 passed"))
    #expect(result.output.contains("part2: 0 of 1 passed"))
    #expect(result.output.contains("part3: 0 of 0 passed"))
    #expect(result.output.contains("score: 1 of 3"))
  }

  @Test("What is no suite is refused in one line")
  func noSuite() throws {
    let result = try grade(folder.path)
    #expect(result.exitCode == 1 && result.output.isEmpty)
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.errors.contains("\(folder.path): there is no part1/tests"))
  }
}
