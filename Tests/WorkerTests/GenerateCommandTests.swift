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
    (["--prompts", "/dev/null"], "/dev/null: it is a device"),
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

  @Test(arguments: [
    (["--strategy", "greedy", "--temperature", "5"], "--temperature 5 does not go with"),
    (["--strategy", "greedy", "--top-k", "3"], "--top-k does not go with --strategy greedy"),
    (["--strategy", "greedy", "--top-p", "0.5"], "--top-p does not go with --strategy greedy"),
    (["--strategy", "top-k", "--top-p", "0.5"], "--top-p does not go with --strategy top-k"),
    (["--strategy", "top-p", "--top-k", "5"], "--top-k does not go with --strategy top-p"),
    (["--top-k", "5", "--top-p", "0.5"], "--top-k does not go with --top-p"),
    (["--prompt-ids", "3000"], "--prompt-ids has 3000"),
    (["--prompt-ids", "-1"], "--prompt-ids has -1"),
    (["--prompt-ids", "1,,2"], "'1,,2' is no list of ids"),
    (["--prompt-ids", "1,"], "'1,' is no list of ids"),
    (["--prompt-ids", ""], "is no list of ids"),
  ])
  func whatContradictsItselfIsRefused(_ options: [String], _ message: String) throws {
    let result = try runProcess(
      BuiltProduct.path("worker"), ["generate", "--model", "run"] + options, in: folder.path)
    #expect(result.exitCode == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func optionsImplyTheirStrategy() throws {
    let greedy = try generate("--strategy", "greedy")
    #expect(greedy.exitCode == 0 && greedy.errors.isEmpty)
    for options in [
      ["--strategy", "greedy", "--temperature", "0"], ["--temperature", "0"],
      ["--top-p", "0.5", "--temperature", "0"], ["--top-k", "1"], ["--top-p", "0"],
      ["--temperature", "5e-324"],
    ] {
      let result = try runProcess(
        BuiltProduct.path("worker"),
        ["generate", "--model", "run", "--tokens", "9"] + options, in: folder.path)
      #expect(result.outputBytes == greedy.outputBytes, "\(options): \(result.errors)")
    }
    let seeded = try generate("--strategy", "greedy", "--seed", "7")
    #expect(seeded.outputBytes == greedy.outputBytes)
    #expect(seeded.errors.contains("--seed changes nothing"))
    let chosen = try generate("--top-p", "0.9", "--temperature", "3")
    #expect(chosen.exitCode == 0 && chosen.outputBytes != greedy.outputBytes)
  }

  @Test func linesOfPromptsEndWithLineFeedsOnly() throws {
    let text = "\u{FEFF}a\u{2028}b\r\n\r\nc\u{C}d\u{85}e\n"
    try folder.write([UInt8](text.utf8) + [0x66, 0xFF], to: "prompts.txt")
    let result = try generate("--prompts", "prompts.txt", "--json", "--strategy", "greedy")
    let found = try texts(result)
    #expect(found.count == 3)
    #expect(found[0].hasPrefix("a\u{2028}b") && found[1].hasPrefix("c\u{C}d\u{85}e"))
    #expect(found[2].hasPrefix("f\u{FFFD}"))
    #expect(result.errors.contains("prompts.txt: line 4 is not UTF-8"), "\(result.errors)")
  }

  @Test func theStartOfATextIsReadAndNotShown() throws {
    for prompt in [[], ["--prompt", ""]] {
      let result = try runProcess(
        BuiltProduct.path("worker"), ["generate", "--model", "run", "--tokens", "3"] + prompt,
        in: folder.path)
      #expect(result.exitCode == 0)
      #expect(!result.output.contains("<|"), "\(result.output)")
    }
  }

  /// A vocabulary with a hole, as one gets by adding a token with an id of one's own.
  @Test func idsWithoutATokenAreNeverDrawn() throws {
    let worker = try BuiltProduct.path("worker")
    #expect(
      try runProcess(
        worker,
        ["train-tokenizer", "--corpus", "s.txt", "--vocabulary-size", "270", "--output", "t"],
        in: folder.path
      ).exitCode == 0)
    var file = try #require(
      try JSONSerialization.jsonObject(with: Data(folder.read("t/tokenizer.json")))
        as? [String: Any])
    var added = try #require(file["added_tokens"] as? [[String: Any]])
    added.append([
      "id": 900, "content": "<user>", "single_word": false, "lstrip": false, "rstrip": false,
      "normalized": false, "special": true,
    ])
    file["added_tokens"] = added
    var model = try #require(file["model"] as? [String: Any])
    var ids = try #require(model["vocab"] as? [String: Any])
    ids["<user>"] = 900
    model["vocab"] = ids
    file["model"] = model
    try folder.write(
      [UInt8](JSONSerialization.data(withJSONObject: file)), to: "t/tokenizer.json")
    let trained = try runProcess(
      worker,
      [
        "pretrain", "--corpus", "s.txt", "--run", "hole", "--tokenizer", "t", "--width", "8",
        "--layers", "1", "--heads", "2", "--hidden", "8", "--context", "16", "--batch", "1",
        "--grain", "1", "--steps", "1",
      ], in: folder.path)
    try #require(trained.exitCode == 0, "\(trained.errors)")
    for options in [["--top-k", "1000"], ["--top-p", "1"]] {
      let result = try runProcess(
        worker,
        [
          "generate", "--model", "hole", "--prompt", "One", "--tokens", "100", "--temperature",
          "9", "--json",
        ] + options, in: folder.path)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
  }
}
