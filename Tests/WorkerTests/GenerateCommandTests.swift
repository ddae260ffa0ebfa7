import Foundation
import TestSupport
import Testing

/// `worker generate` with several prompts, and prompts that do not go together.
@Suite struct GenerateCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for arguments in [
      ["stories", "--count", "10", "--output", "s.txt"],
      [
        "pretrain", "--corpus", "s.txt", "--run", "run", "--width", "8", "--layers", "1",
        "--heads", "2", "--hidden", "8", "--context", "16", "--batch", "1", "--grain", "1",
        "--vocabulary-size", "300", "--steps", "1",
      ],
    ] {
      let result = try runProcess(BuiltProduct.path("worker"), arguments, in: folder.path)
      try #require(result.exitCode == 0, "\(result.errors)")
    }
  }

  private func generate(_ options: String...) throws -> ProcessResult {
    try runProcess(
      BuiltProduct.path("worker"), ["generate", "--model", "run", "--tokens", "9"] + options,
      in: folder.path)
  }

  private struct Results: Decodable {
    struct Text: Decodable { let text: String }
    let results: [Text]
  }

  private func texts(_ result: ProcessResult) throws -> [String] {
    try JSONDecoder().decode(Results.self, from: Data(result.output.utf8)).results.map(\.text)
  }

  @Test func promptsOfAFileAreThoseOfTheCommandLine() throws {
    try folder.write("One day\n\nA dog ran é\n", to: "prompts.txt")
    let file = try generate("--prompts", "prompts.txt", "--json")
    let typed = try generate("--prompt", "One day", "--prompt", "A dog ran é", "--json")
    #expect(try texts(file) == texts(typed))
    #expect(try texts(file).map { $0.hasPrefix("One day") } == [true, false])
    #expect(try texts(file)[1].hasPrefix("A dog ran é"))
  }

  /// Bytes that nobody trained on come as they like: what is shown is still valid text.
  @Test func whatIsStreamedIsValidText() throws {
    let result = try generate("--prompt", "é", "--strategy", "top-p", "--top-p", "1")
    #expect(result.exitCode == 0)
    #expect(String(validating: result.outputBytes, as: UTF8.self) != nil)
  }

  @Test func promptsPastTheContextSlideOrAreRefused() throws {
    let long = String(repeating: "the cat and ", count: 9)
    #expect(try generate("--prompt", long).exitCode == 0)
    let refused = try generate("--prompt", long, "--overflow", "refuse")
    #expect(refused.exitCode == 1)
    #expect(refused.errors.contains("context is 16"), "\(refused.errors)")
    #expect(refused.errors.split(separator: "\n").count == 1)
  }

  @Test(arguments: [
    (["--prompt", "a", "--prompts", "p.txt"], "exclude each other"),
    (["--prompt-ids", "1", "--prompts", "p.txt"], "exclude each other"),
    (["--prompts", "empty.txt"], "empty.txt has no prompt"),
    (["--prompts", "none.txt"], "none.txt"),
  ])
  func badPromptsAreOneLine(_ options: [String], _ message: String) throws {
    try folder.write("a\n", to: "p.txt")
    try folder.write("\n", to: "empty.txt")
    let result = try runProcess(
      BuiltProduct.path("worker"), ["generate", "--model", "run"] + options, in: folder.path)
    #expect(result.exitCode != 0)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}
