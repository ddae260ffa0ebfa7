import Foundation
import TestSupport
import Testing

@Suite(
  "The bridge to Python suites",
  .enabled(
    if: PythonPackages.isOfEnvironment
      && PythonPackages.has("numpy", "torch", "pytest", "tiktoken"), PythonPackages.comment))
struct PythonSuiteTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func grade(_ suite: String) throws -> ProcessResult {
    try runProcess(
      SharedFixtures.packageRoot.appendingPathComponent("Scripts/grade-python-suite.sh").path,
      [suite],
      environment: [
        "PARABLE_WORKER": BuiltProduct.path("worker"), "PARABLE_VENV": PythonPackages.folder,
      ], timeout: 600)
  }

  @Test("A suite of the course's layout passes in full")
  func smallSuite() throws {
    let suite = SharedFixtures.packageRoot.appendingPathComponent("Grading/SmallSuite")
    let result = try grade(suite.path)
    #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    // What there is to pass is the suite's to say.
    let score = try #require(result.output.firstMatch(of: /(?m)^score: (\d+) of (\d+)$/))
    #expect(score.1 == score.2 && Int(score.1) ?? 0 >= 40)
    let bridged = /(?m)^part4: (\d+) of (\d+) passed, 0 left out by the suite, 1 not bridged$/
    let part4 = try #require(result.output.firstMatch(of: bridged))
    #expect(part4.1 == part4.2 && Int(part4.1) ?? 0 >= 10)
    #expect(result.output.contains("  test_training_is_not_bridged: it tests training by PyTorch"))
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
    // Whether a test that is expected to fail does so counts for nothing.
    try folder.write(
      "import pytest\n@pytest.mark.xfail\ndef test_a(): pass\n"
        + "@pytest.mark.xfail\ndef test_b(): assert False\n",
      to: "part3/tests/test_x.py")
    let result = try grade(folder.path)
    #expect(result.exitCode == 1)
    #expect(result.output.contains("part1: 1 of 2 passed"))
    #expect(result.output.contains("part2: 0 of 1 passed"))
    #expect(result.output.contains("part3: 0 of 0 passed, 2 left out by the suite"))
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
