import Testing

/// A folder with a network that was trained for one step, for tests of what commands do with one.
package struct SmallTraining {
  /// Where everything is: the stories `s.txt`, questions about them, `q.json`, and the run `run`.
  package let folder: TemporaryFolder

  /// Tells `storyCount` stories and trains on them.
  package init(storyCount: Int) throws {
    folder = try TemporaryFolder()
    try worker("stories", "--count", "\(storyCount)", "--output", "s.txt", "--questions", "q.json")
    try worker(
      "pretrain", "--corpus", "s.txt", "--run", "run", "--width", "8", "--layers", "1", "--heads",
      "2", "--hidden", "8", "--context", "128", "--batch", "1", "--micro-batch", "1",
      "--vocabulary-size", "600", "--steps", "1")
  }

  /// Runs the worker there and expects this exit code.
  @discardableResult
  package func worker(_ arguments: String..., exitCode: Int32 = 0) throws -> ProcessResult {
    let result = try runProcess(BuiltProduct.path("worker"), arguments, in: folder.path)
    try #require(result.exitCode == exitCode, "\(result.errors)")
    return result
  }
}
