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

  @Test func trainingEndsWithASummaryAndItsFiles() throws {
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
    #expect(
      names.sorted() == ["merges.txt", "tokenizer.json", "tokenizer_config.json", "vocab.json"])
    let configuration = try JSONSerialization.jsonObject(
      with: Data(folder.read("tokenizer/tokenizer_config.json")))
    #expect((configuration as? [String: Any])?["eos_token"] as? String == "<|endoftext|>")
    let before = try folder.read("tokenizer/vocab.json")
    let refused = try worker(arguments + ["--vocabulary-size", "260"])
    #expect(refused.exitCode != 0)
    let again = try worker(arguments)
    #expect(again.exitCode == 1 && again.errors.contains("a tokenizer is there already"))
    #expect(try folder.read("tokenizer/vocab.json") == before)
    let json = try worker(arguments + ["--json", "--overwrite"])
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
      encoded.errors == "the input: 128 bytes are not valid UTF-8; they stay as they are\n")
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
    #expect(result.errors == "\(note)\n")
  }

  @Test func aRunStandsForItsTokenizer() throws {
    let folder = try trained()
    let ids = try worker(["encode", "--tokenizer", folder.file("tokenizer")], input: Self.text)
    // As pretrain leaves it, and as a run whose tokenizer's folder is gone.
    for (place, run) in [
      ("run/tokenizer", "run"), ("other/checkpoints/step-00000004", "other"),
    ] {
      let path = folder.file(place)
      try FileManager.default.createDirectory(
        atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
        withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: folder.file("tokenizer"), toPath: path)
      let result = try worker(["encode", "--tokenizer", folder.file(run)], input: Self.text)
      #expect(result.output == ids.output && result.exitCode == 0, "\(result.errors)")
    }
  }

  @Test func whatEncodePrintsCanBeDecoded() throws {
    let folder = try trained()
    let tokenizer = ["--tokenizer", folder.file("tokenizer")]
    let ids = try worker(["encode", "--json"] + tokenizer, input: Self.text)
    #expect(try worker(["decode"] + tokenizer, input: ids.outputBytes).outputBytes == Self.text)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    for input in [#"{ "ids" : [ 98 , 99 ] } "#, "[98, 99]"] {
      let decoded = try worker(["decode"] + tokenizer, input: mark + Array(input.utf8))
      #expect(decoded.output == "ab", "\(decoded.errors)")
    }
    for input in [
      #"{"ids":[98]"#, #"{"idx":[98]}"#, #"{"i ds":[98]}"#, #"[98]}"#, "{}", #"{"ids":[98]}]"#,
      "\u{FEFF}", "\u{FEFF}\u{FEFF}[98]",
    ] {
      #expect(
        try worker(["decode"] + tokenizer, input: Array(input.utf8)).exitCode == 1, "\(input)")
    }
    // 25185 is no id, but the length is what is wrong.
    let odd = try worker(["decode", "--format", "u16"] + tokenizer, input: Array("abc".utf8))
    #expect(odd.exitCode == 1 && odd.errors.contains("odd length"))
    let even = try worker(["decode", "--format", "u16"] + tokenizer, input: Array("abcd".utf8))
    #expect(even.exitCode == 1 && even.errors.contains("25185"))
  }

  @Test func wordsThatAreNotLearnedFromAreTold() throws {
    let folder = try TemporaryFolder()
    try folder.write("User: Used Used\n", to: "corpus.txt")
    let arguments = [
      "train-tokenizer", "--corpus", folder.file("corpus.txt"), "--special-token", "User:",
    ]
    let presence = try worker(arguments + ["--output", folder.file("p")])
    #expect(
      presence.errors.contains(
        "not learned from 1 distinct words (2 in all) that hold the first two bytes"))
    let occurrence = try worker(
      arguments + ["--pair-counting", "occurrence", "--output", folder.file("o")])
    #expect(occurrence.exitCode == 0 && !occurrence.errors.contains("not learned from"))
  }

  /// A limit on the size of files stands for a full disk here.
  @Test(.limitsFiles) func aFileThatCannotBeWrittenLeavesTheOldOne() throws {
    let folder = try trained()
    try folder.write("old", to: "ids")
    try folder.write([UInt8](repeating: 33, count: 2_000_000), to: "text")
    let result = try runProcess(
      "/bin/sh",
      [
        "-c", "ulimit -f 200; exec \"$@\" < \"$0\"", folder.file("text"),
        BuiltProduct.path("worker"), "encode", "--tokenizer", folder.file("tokenizer"),
        "--format", "u32", "--output", folder.file("ids"),
      ])
    #expect(result.exitCode == 1)
    #expect(
      result.errors.hasSuffix(
        "\(folder.file("ids")): file too large; raise the limit on the size of files (ulimit -f)\n")
    )
    #expect(try String(decoding: folder.read("ids"), as: UTF8.self) == "old")
    #expect(try folder.names() == ["corpus.txt", "ids", "text", "tokenizer"])
  }

  @Test func anArgumentThatIsNoUTF8IsRefused() throws {
    let result = try runProcess(
      "/bin/sh",
      ["-c", "exec \"$0\" encode --tokenizer $(printf 'a\\377')", BuiltProduct.path("worker")])
    #expect(result.exitCode == 2 && result.errors.contains("argument 3 (a\u{FFFD}) is not UTF-8"))
  }

  @Test func aConversionSaysWhatAFormatCannotSay() throws {
    let folder = try trained()
    let text = String(decoding: try folder.read("tokenizer/tokenizer.json"), as: UTF8.self)
    try FileManager.default.createDirectory(
      atPath: folder.file("odd"), withIntermediateDirectories: true)
    try folder.write(
      text.replacingOccurrences(of: "\"ignore_merges\": false", with: "\"ignore_merges\": true"),
      to: "odd/tokenizer.json")
    let arguments = [
      "convert-tokenizer", "--tokenizer", folder.file("odd"), "--output", folder.file("out"),
    ]
    let result = try worker(arguments)
    #expect(result.exitCode == 0 && result.errors.contains("vocab.json and merges.txt"))
    #expect(
      try String(decoding: folder.read("out/tokenizer.json"), as: UTF8.self).contains(
        "\"ignore_merges\": true"))
    #expect(try worker(arguments).errors.contains("a tokenizer is there already"))
    #expect(try worker(arguments + ["--overwrite"]).exitCode == 0)
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
    for name in ["vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json"] {
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
