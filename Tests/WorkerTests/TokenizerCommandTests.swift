import Foundation
import TestSupport
import Testing

@Suite struct TokenizerCommandTests {
  private static let text = Array(
    "the cat sat on the mat, don't the cat sat\n\n<|endoftext|>the mat é sat ".utf8)

  private func worker(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]
  ) throws -> ProcessResult {
    try runProcess(
      BuiltProduct.path("worker"), arguments, environment: environment, input: input)
  }

  /// A folder with a corpus and a tokenizer of it.
  private func trained() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Self.text, to: "corpus.txt")
    let result = try worker([
      "train-tokenizer", "--corpus", folder.file("corpus.txt"), "--vocabulary-size", "270",
      "--output", folder.file("tokenizer"),
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    return folder
  }

  @Test func trainingEndsWithASummaryAndThreeFiles() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.text, to: "corpus.txt")
    let arguments = [
      "train-tokenizer", "--corpus", folder.file("corpus.txt"), "--vocabulary-size", "270",
      "--output", folder.file("tokenizer"),
    ]
    let result = try worker(arguments)
    for row in ["vocabulary", "corpus", "compression", "longest tokens", "time", "written"] {
      #expect(result.output.contains("\(row)  "))
    }
    #expect(result.errors.contains("counting") && result.errors.contains("merging"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("tokenizer"))
    #expect(names.sorted() == ["merges.txt", "tokenizer.json", "vocab.json"])
    let json = try worker(arguments + ["--json"])
    let object = try JSONSerialization.jsonObject(with: Data(json.outputBytes))
    #expect((object as? [String: Any])?["vocabulary_size"] as? Int == 270)
  }

  @Test func everyByteSurvivesEncodingAndDecoding() throws {
    let folder = try trained()
    let input = Array(UInt8.min...UInt8.max) + Self.text
    let tokenizer = ["--tokenizer", folder.file("tokenizer")]
    let encoded = try worker(["encode"] + tokenizer, input: input)
    let ids = try JSONDecoder().decode([Int].self, from: Data(encoded.outputBytes))
    #expect(ids.count < input.count && ids.contains(0))
    #expect(
      encoded.errors == "worker: the input: 128 bytes are not valid UTF-8; they stay as they are\n")
    #expect(
      try worker(["decode"] + tokenizer, input: encoded.outputBytes).outputBytes == input)
    for (format, width) in [("u16", 2), ("u32", 4)] {
      let file = folder.file("ids." + format)
      let raw = ["--format", format]
      let written = try worker(["encode"] + tokenizer + raw + ["--output", file], input: input)
      #expect(written.exitCode == 0 && written.output == "")
      let bytes = try folder.read("ids." + format)
      #expect(bytes.count == width * ids.count)
      let decoded = try worker(["decode"] + tokenizer + raw + ["--input", file])
      #expect(decoded.outputBytes == input)
    }
    let replaced = try worker(["decode", "--json"] + tokenizer, input: encoded.outputBytes)
    let object = try JSONDecoder().decode([String: String].self, from: Data(replaced.outputBytes))
    #expect(object == ["text": String(decoding: input, as: UTF8.self)])
  }

  @Test func withAVocabularyOnlyTheSpecialTokensGivenAreSpecial() throws {
    let folder = try trained()
    let files = [
      "--vocabulary", folder.file("tokenizer/vocab.json"),
      "--merges", folder.file("tokenizer/merges.txt"),
    ]
    let input = Array("<|endoftext|><new>".utf8)
    let plain = try worker(["encode"] + files, input: input)
    #expect(!plain.output.contains("[0"))
    let special = try worker(
      ["encode"] + files + ["--special-token", "<|endoftext|>", "--special-token", "<new>"],
      input: input)
    #expect(special.output == "[0, 270]\n")
  }

  @Test func aMergeThatMakesNoTokenIsSaidAndIgnored() throws {
    let folder = try trained()
    let merges = String(decoding: try folder.read("tokenizer/merges.txt"), as: UTF8.self)
    try folder.write("#version: 0.2\n" + merges, to: "twice.txt")
    let files = ["encode", "--vocabulary", folder.file("tokenizer/vocab.json"), "--merges"]
    let plain = try worker(files + [folder.file("tokenizer/merges.txt")], input: Self.text)
    let result = try worker(files + [folder.file("twice.txt")], input: Self.text)
    #expect(result.exitCode == 0 && result.output == plain.output)
    let note =
      "\(folder.file("twice.txt")): 1 merge makes no token of the vocabulary; it is ignored"
    #expect(result.errors == "worker: \(note)\n")
  }

  @Test func showPrintsTheTokensInTurn() throws {
    let folder = try trained()
    let shown = try worker(
      ["encode", "--show", "--tokenizer", folder.file("tokenizer")],
      input: Array("x\n<|endoftext|>\"".utf8) + [0xFF])
    #expect(
      shown.output == """
            121  "x"
             11  "\\n"
              0  "<|endoftext|>"  special
             35  "\\""
            256  <FF>

        """)
  }

  @Test func aTokenizerMayHaveNoSpecialTokens() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.text, to: "corpus.txt")
    let arguments = [
      "train-tokenizer", "--corpus", folder.file("corpus.txt"), "--vocabulary-size", "270",
      "--no-special-tokens", "--output", folder.file("tokenizer"),
    ]
    #expect(try worker(arguments).exitCode == 0)
    let encoded = try worker(
      ["encode", "--tokenizer", folder.file("tokenizer")], input: Array("!<|endoftext|>".utf8))
    #expect(encoded.output.hasPrefix("[33, 60, "))
    #expect(try worker(arguments + ["--special-token", "<x>"]).exitCode == 2)
  }

  @Test func everyFormatOfATokenizerGivesTheSameIDs() throws {
    let folder = try trained()
    let converted = folder.file("converted")
    let result = try worker([
      "convert-tokenizer", "--tokenizer", folder.file("tokenizer"), "--output", converted,
    ])
    #expect(result.exitCode == 0)
    for name in ["vocab.json", "merges.txt", "tokenizer.json", "tokenizer.tiktoken"] {
      #expect(result.output.contains("\(converted)/\(name)\n"))
    }
    for name in ["vocab.json", "merges.txt", "tokenizer.json"] {
      #expect(try folder.read("converted/\(name)") == folder.read("tokenizer/\(name)"))
    }
    // A tiktoken file has no special tokens and no bytes below its first id.
    let again = folder.file("again")
    let back = try worker([
      "convert-tokenizer", "--tiktoken", converted + "/tokenizer.tiktoken", "--special-token",
      "<|endoftext|>", "--output", again,
    ])
    #expect(back.exitCode == 0, "\(back.errors)")
    let input = Array("the cat<|endoftext|>".utf8)
    let ids = try JSONDecoder().decode(
      [Int].self,
      from: Data(
        worker(["encode", "--tokenizer", folder.file("tokenizer")], input: input).outputBytes))
    let others = try JSONDecoder().decode(
      [Int].self, from: Data(worker(["encode", "--tokenizer", again], input: input).outputBytes))
    #expect(others == ids.dropLast() + [270] && ids.last == 0)
    #expect(
      try worker([
        "convert-tokenizer", "--tiktoken", "x", "--tokenizer", "y", "--output", again,
      ]).exitCode == 2)
  }

  @Test func mistakesGetOneLineAndAnExitCode() throws {
    let folder = try trained()
    let tokenizer = ["--tokenizer", folder.file("tokenizer")]
    let unknown = try worker(["decode"] + tokenizer, input: Array("[66, 9999]".utf8))
    #expect(unknown.exitCode == 1)
    #expect(
      unknown.errors
        == "worker: id 9999: the vocabulary does not have it; use the tokenizer that the ids were made "
        + "with, or --skip-unknown\n")
    #expect(
      try worker(["decode", "--skip-unknown"] + tokenizer, input: Array("[66, 9999]".utf8)).output
        == "A")
    for input in ["", "[1", "[1,]", "1", "[1 2]", "[-]", "[x]", "[1] 2", "[99999999999]"] {
      let result = try worker(["decode"] + tokenizer, input: Array(input.utf8))
      #expect(result.exitCode == 1, "\(input)")
      #expect(result.errors.filter { $0 == "\n" }.count == 1, "\(input)")
    }
    #expect(try worker(["decode"] + tokenizer, input: Array(" [ ]\n".utf8)).exitCode == 0)
    for arguments in [
      ["encode"], ["encode", "--format", "u16"] + tokenizer,
      ["encode", "--special-token", "a"] + tokenizer, ["train-tokenizer", "--output", "x"],
    ] {
      let result = try worker(arguments)
      #expect(result.exitCode == 2 && result.errors.hasPrefix("worker: "))
    }
    for (corpus, size) in [
      (folder.file("none"), "300"), (folder.file("empty"), "300"), (folder.file("corpus.txt"), "9"),
    ] {
      try folder.write("", to: "empty")
      let result = try worker([
        "train-tokenizer", "--corpus", corpus, "--vocabulary-size", size, "--output",
        folder.file("x"),
      ])
      #expect(result.exitCode == 1 && result.errors.filter { $0 == "\n" }.count == 1)
    }
  }
}
