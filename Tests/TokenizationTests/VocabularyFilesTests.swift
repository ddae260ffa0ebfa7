import Foundation
import ParablePlatform
import TestSupport
import Testing

@testable import ParableTokenization

@Suite struct VocabularyFilesTests {
  private let special = ["<|endoftext|>", "<a b>", "é\"\\"]

  private func vocabulary() throws -> Vocabulary {
    try learnedVocabulary(
      "the cat sat on the mat é é \"quoted\" \\ \\ \n\n\tthe end", size: 280, special: special)
  }

  @Test func everyFormatReadsBackWhatItWrote() throws {
    let vocabulary = try vocabulary()
    let folder = try TemporaryFolder()
    try vocabulary.save(to: folder.file("t"))
    #expect(try Vocabulary.load(directory: folder.file("t")) == vocabulary)
    let pair = try Vocabulary.load(
      vocabularyFile: folder.file("t/vocab.json"), mergesFile: folder.file("t/merges.txt"),
      specialTokens: special)
    #expect(pair == vocabulary)
    try FileManager.default.removeItem(atPath: folder.file("t/tokenizer.json"))
    #expect(try Vocabulary.load(directory: folder.file("t")).specialTokens.map(\.id) == [0, 1, 2])
    let path = try folder.write(try vocabulary.tiktokenFile(), to: "ranks")
    let ranks = try Vocabulary.load(
      tiktokenFile: path, specialTokens: special.enumerated().map { ($1, $0) })
    #expect(ranks == vocabulary)
  }

  @Test func mergesAreDerivedFromTheIDsWhateverTheFileSays() throws {
    let folder = try TemporaryFolder()
    let vocabulary = try learnedVocabulary("abc abc abc ab ab", size: 260)
    try vocabulary.save(to: folder.path)
    try folder.write(
      "#version: 0.2\n\u{120} a\na b\n\u{120} ab\n\u{120}ab c\na bc\n", to: "wrong.txt")
    let wrong = try Vocabulary.load(
      vocabularyFile: folder.file("vocab.json"), mergesFile: folder.file("wrong.txt"))
    #expect(wrong.ignoredMergeCount == 2)
    let lines = String(decoding: vocabulary.mergesFile(), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 4)
    let last = lines[3].split(separator: " ")
    // The same token, cut elsewhere.
    let whole = last.joined()
    let other = "\(whole.prefix(1)) \(whole.dropFirst())"
    let isOther = other != lines[3]
    try folder.write((lines[..<3] + [Substring(other)]).joined(separator: "\n"), to: "other.txt")
    let loaded = try Vocabulary.load(
      vocabularyFile: folder.file("vocab.json"), mergesFile: folder.file("other.txt"),
      specialTokens: ["<|endoftext|>"])
    #expect(loaded == vocabulary && loaded.differingMergeCount == (isOther ? 1 : 0))
    #expect(loaded.mergesFile() == vocabulary.mergesFile())
  }

  /// Tests of others read the first line of a merges file as a pair of tokens.
  @Test func mergesThatMakeNoTokenDoNoHarm() throws {
    let folder = try TemporaryFolder()
    let vocabulary = try learnedVocabulary("abc abc abc ab ab", size: 260)
    try vocabulary.save(to: folder.path)
    var lines = String(decoding: vocabulary.mergesFile(), as: UTF8.self).split(separator: "\n")
    lines.insert("#version: 0.2", at: 1)
    lines.insert("never seen", at: 3)
    try folder.write(lines.joined(separator: "\n"), to: "merges.txt")
    let loaded = try Vocabulary.load(
      vocabularyFile: folder.file("vocab.json"), mergesFile: folder.file("merges.txt"),
      specialTokens: ["<|endoftext|>"])
    #expect(loaded == vocabulary && loaded.ignoredMergeCount == 2)
    #expect(loaded.differingMergeCount == 0)
  }

  @Test(arguments: [
    "", "{", "[]", "{\"a\": 1}x", "{\"a\": 1, \"a\": 2}", "{\"a\": 1, \"b\": 1}", "{\"a\": -1}",
    "{\"a\": 99999999999999}", "{\"\\ud800\": 1}", "{\"\": 1}", "{\"a\" 1}", "{\"a\": 1",
  ])
  func malformedVocabulariesAreErrorsThatNameTheFile(text: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "vocab.json")
    let merges = try folder.write("", to: "merges.txt")
    do {
      _ = try Vocabulary.load(vocabularyFile: path, mergesFile: merges)
      Issue.record("\(text) was read")
    } catch {
      #expect("\(error)".contains("vocab.json") && !"\(error)".contains("\n"))
    }
  }

  @Test func specialTokensThatCannotBeAreRefused() throws {
    #expect(throws: TokenizationError.emptySpecialToken) {
      try learnedVocabulary("a", size: 300, special: [""])
    }
    #expect(throws: TokenizationError.repeatedSpecialToken("<a>")) {
      try learnedVocabulary("a", size: 300, special: ["<a>", "<a>"])
    }
    // Spelled in files like the token " the", which was learned without knowing of it.
    let vocabulary = try learnedVocabulary(" the the the the", size: 260, special: [])
      .withSpecialTokens(["\u{120}the"])
    #expect(throws: TokenizationError.ambiguousSpelling("\u{120}the")) {
      try vocabulary.vocabularyFile()
    }
  }

  @Test func aSpecialTokenThatTheVocabularyLacksGetsTheNextFreeID() throws {
    let vocabulary = try vocabulary().withSpecialTokens(["<new>", "<a b>"])
    #expect(vocabulary.id(ofSpecial: "<new>") == 280 && vocabulary.id(ofSpecial: "<a b>") == 1)
    #expect(vocabulary.endOfText == nil)
    #expect(Encoder(vocabulary).encode("<new><a b>") == [280, 1])
  }

  /// Files whose lines have another order than the ids, as RoBERTa's: the lines decide, as for others.
  @Test func theOrderOfTheLinesDecidesWhereTheIDsHaveAnother() throws {
    let folder = try TemporaryFolder()
    let foreign = try ForeignTokenizer(["bc", "ab"], ["a b", "b c"]).load()
    try folder.write(foreign.vocabularyFile(), to: "vocab.json")
    try folder.write("#version: 0.2\na b\nb c\n", to: "merges.txt")
    for special in [nil, ["<|endoftext|>"]] {
      let vocabulary = try Vocabulary.load(
        vocabularyFile: folder.file("vocab.json"), mergesFile: folder.file("merges.txt"),
        specialTokens: special)
      #expect(Encoder(vocabulary).encode("abc") == [257, 99])
      #expect(vocabulary.differingMergeCount == 0)
      #expect(vocabulary.mergesFile() == Array("#version: 0.2\na b\nb c\n".utf8))
    }
  }

  @Test func aByteOrderMarkBeforeAFileIsSkipped() throws {
    let vocabulary = try vocabulary()
    let folder = try TemporaryFolder()
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    for file in try vocabulary.files() { try folder.write(mark + file.bytes, to: file.name) }
    #expect(try Vocabulary.load(directory: folder.path) == vocabulary)
    #expect(
      try Vocabulary.load(
        vocabularyFile: folder.file("vocab.json"), mergesFile: folder.file("merges.txt"),
        specialTokens: special) == vocabulary)
    let ranks = try folder.write(mark + vocabulary.tiktokenFile(), to: "ranks")
    #expect(
      try Vocabulary.load(
        tiktokenFile: ranks, specialTokens: special.enumerated().map { ($1, $0) }) == vocabulary)
  }

  @Test func foldersAndDevicesAreNoFilesOfAVocabulary() throws {
    let folder = try TemporaryFolder()
    for path in ["/dev/zero", folder.path] {
      #expect(throws: FileError.self) { try Vocabulary.load(tokenizerFile: path) }
      #expect(throws: FileError.self) { try Vocabulary.load(tiktokenFile: path) }
    }
    let file = try folder.write("x", to: "tokenizer.json")
    for (path, what) in [
      (file, "it is a file, not a folder"), (folder.file("none"), "no such folder"),
      (folder.file("empty"), "it has neither"),
    ] {
      try FileManager.default.createDirectory(
        atPath: folder.file("empty"), withIntermediateDirectories: true)
      let error = #expect(throws: TokenizationError.self) { try Vocabulary.load(directory: path) }
      #expect(try #require(error).description.contains("\(path): \(what)"))
    }
  }

  @Test func anIDBeyondThoseThatThereAreIsRefused() throws {
    let vocabulary = try vocabulary()
    let folder = try TemporaryFolder()
    let bytes = (0...255).map { "\"\(ByteAlphabet.scalars[$0])\": \($0)" }.filter {
      !$0.hasPrefix("\"\"\"") && !$0.hasPrefix("\"\\\"")
    }
    let all = bytes + [#""\"": 34"#, #""\\": 92"#, "\"<last>\": 2097151"]
    let path = try folder.write("{" + all.joined(separator: ", ") + "}", to: "vocab.json")
    let merges = try folder.write("", to: "merges.txt")
    // A file of a few lines must not take the memory of all ids.
    #expect(throws: TokenizationError.sparseIDs(highest: 2_097_151, tokens: 257)) {
      try Vocabulary.load(vocabularyFile: path, mergesFile: merges)
    }
    let near = try folder.write(
      "{" + (bytes + [#""\"": 34"#, #""\\": 92"#, "\"<last>\": 263171"]).joined(separator: ", ")
        + "}",
      to: "near.json")
    #expect(try Vocabulary.load(vocabularyFile: near, mergesFile: merges).count == 263_172)
    #expect(throws: TokenizationError.tooManyIDs(2_097_153, maximum: 2_097_152)) {
      try Vocabulary.load(
        tiktokenFile: folder.write(vocabulary.tiktokenFile(), to: "t"),
        specialTokens: [("<x>", 2_097_152)])
    }
    #expect(throws: TokenizationError.self) {
      try Vocabulary.load(
        tiktokenFile: folder.write(vocabulary.tiktokenFile(), to: "t"),
        specialTokens: [("<x>", Int.max)])
    }
  }
}
