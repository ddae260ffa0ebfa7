import Foundation
import ParablePlatform
import ParableTokenization
import TestSupport
import Testing

@Suite struct MergeTrainerTests {
  /// Training as the rules say it, from scratch at every merge.
  private func referenceMerges(
    _ text: String, size: Int, counting: PairCounting
  ) -> [[[UInt8]]] {
    var frequencies: [[UInt8]: Int] = [:]
    for piece in ReferencePreTokenizer.cut(Array(text.utf8)) { frequencies[piece, default: 0] += 1 }
    var words = frequencies.map { (parts: $0.key.map { [$0] }, count: $0.value) }
    var merges: [[[UInt8]]] = []
    while merges.count < size - 257 {
      var counts: [[[UInt8]]: Int] = [:]
      for word in words {
        let pairs = zip(word.parts, word.parts.dropFirst()).map { [$0, $1] }
        let counted = counting == .presence ? Array(Set(pairs)) : pairs
        for pair in counted { counts[pair, default: 0] += word.count }
      }
      let best = counts.max { a, b in
        if a.value != b.value { return a.value < b.value }
        if a.key[0] != b.key[0] { return a.key[0].lexicographicallyPrecedes(b.key[0]) }
        return a.key[1].lexicographicallyPrecedes(b.key[1])
      }
      guard let pair = best?.key else { break }
      merges.append(pair)
      for i in words.indices {
        var at = 0
        while at + 1 < words[i].parts.count {
          if words[i].parts[at] == pair[0], words[i].parts[at + 1] == pair[1] {
            words[i].parts[at] += words[i].parts.remove(at: at + 1)
          }
          at += 1
        }
      }
    }
    return merges
  }

  private func merges(_ vocabulary: Vocabulary) -> [[[UInt8]]] {
    vocabulary.merges.map {
      [vocabulary.bytes(of: $0.left) ?? [], vocabulary.bytes(of: $0.right) ?? []]
    }
  }

  @Test(arguments: PairCounting.allCases)
  func learnsWhatTheRulesSayInWordsOfRepeatedPairs(counting: PairCounting) throws {
    var random = SplitMix64(seed: 11)
    for round in 0..<40 {
      let text = (0..<60).map { _ in
        let letters = round % 2 == 0 ? "ab" : "abc"
        let length = Int.random(in: 1...9, using: &random)
        return String((0..<length).compactMap { _ in letters.randomElement(using: &random) })
      }.joined(separator: " ")
      let vocabulary = try learnedVocabulary(text, size: 297, counting: counting)
      #expect(merges(vocabulary) == referenceMerges(text, size: 297, counting: counting))
    }
  }

  @Test func idsAreSpecialTokensThenBytesThenMerges() throws {
    let vocabulary = try learnedVocabulary("ab ab", size: 260, special: ["<a>", "<b>"])
    #expect(vocabulary.id(ofSpecial: "<a>") == 0 && vocabulary.id(ofSpecial: "<b>") == 1)
    #expect((0..<256).allSatisfy { vocabulary.bytes(of: $0 + 2) == [UInt8($0)] })
    #expect(vocabulary.bytes(of: 258) == Array("ab".utf8))
    #expect(vocabulary.bytes(of: 259) == Array(" ab".utf8))
  }

  @Test func stopsEarlyWhenNoPairIsLeft() throws {
    let vocabulary = try learnedVocabulary("ab", size: 1000)
    #expect(vocabulary.count == 258)
    #expect(try learnedVocabulary("", size: 1000).count == 257)
  }

  @Test func aSizeWithoutRoomForBytesIsRefused() throws {
    #expect(throws: TokenizationError.vocabularyTooSmall(requested: 256, minimum: 257)) {
      try MergeTrainer(vocabularySize: 256)
    }
  }

  @Test func wordsThatHoldTheBeginningOfASpecialTokenAreSkipped() throws {
    let text = String(repeating: "<| <|end |> << ", count: 5)
    let vocabulary = try learnedVocabulary(text, size: 400)
    let learned = (257..<vocabulary.count).compactMap { vocabulary.bytes(of: $0) }
    #expect(!learned.contains { String(decoding: $0, as: UTF8.self).contains("<|") })
    #expect(learned.contains(Array("|>".utf8)) && learned.contains(Array("<<".utf8)))
    #expect(learned.contains(Array("end".utf8)))
  }

  @Test func countedByOccurrenceNoWordIsLeftOut() throws {
    let text = String(repeating: "User: Used to thing ", count: 5)
    let special = ["User:", "the"]
    let counts = WordCounts(specialTokens: special)
    counts.feed(text)
    let presence = try MergeTrainer(
      vocabularySize: 400, specialTokens: special, pairCounting: .presence)
    #expect(presence.wordsLeftOut(of: counts) == (2, 10))
    func learned(_ trainer: MergeTrainer) throws -> [String] {
      let vocabulary = try trainer.train(on: counts)
      // Nothing that is learned can be mistaken for a special token, in no file.
      _ = try vocabulary.files()
      return (258..<vocabulary.count).map {
        String(decoding: vocabulary.bytes(of: $0) ?? [], as: UTF8.self)
      }
    }
    #expect(try !learned(presence).contains(" Used"))
    let occurrence = try MergeTrainer(
      vocabularySize: 400, specialTokens: special, pairCounting: .occurrence)
    #expect(occurrence.wordsLeftOut(of: counts) == (0, 0))
    let tokens = try learned(occurrence)
    #expect(tokens.contains(" Used") && !tokens.contains("the") && !tokens.contains("User:"))
  }

  /// In files a space is written U+0120: the token " the" would read like the special one.
  @Test func whatWouldReadLikeASpecialTokenIsNotLearned() throws {
    let text = String(repeating: "see the sea ", count: 5)
    for counting in PairCounting.allCases {
      let vocabulary = try learnedVocabulary(
        text, size: 300, special: ["\u{120}the"], counting: counting)
      #expect(vocabulary.id(of: Array(" the".utf8)) == nil)
      #expect(vocabulary.id(of: Array("see".utf8)) != nil)
      let folder = try TemporaryFolder()
      try vocabulary.save(to: folder.path)
      #expect(try Vocabulary.load(directory: folder.path) == vocabulary)
    }
    // Words that were counted by somebody who does not know the special tokens.
    let counts = WordCounts(specialTokens: [])
    counts.feed("the the bathes")
    let learned = try MergeTrainer(
      vocabularySize: 300, specialTokens: ["the"], pairCounting: .occurrence
    ).train(on: counts)
    #expect(learned.id(of: Array("the".utf8)) == nil && learned.id(of: Array("th".utf8)) != nil)
    _ = try learned.files()
  }

  @Test(arguments: [2_097_153, 1 << 31, 1 << 62, Int.max])
  func aSizeBeyondTheIDsIsRefused(size: Int) throws {
    #expect(throws: TokenizationError.vocabularyTooLarge(requested: size, maximum: 2_097_152)) {
      try MergeTrainer(vocabularySize: size)
    }
  }

  @Test(.measuresMemory) func theLargestSizeTakesNoMoreMemoryThanThereIsToLearn() async {
    await #expect(processExitsWith: .success) {
      func peak() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss << 10
      }
      let before = peak()
      let vocabulary = try learnedVocabulary("ab ab", size: 2_097_152)
      let growth = peak() - before
      #expect(vocabulary.count == 259)
      #expect(growth < 32 << 20, "\(growth) bytes")
    }
  }

  @Test func theLargestSizeLearnsAllThereIs() throws {
    // More merges than there is room for at the beginning.
    var random = SplitMix64(seed: 3)
    let text = (0..<3000).map { _ in
      String((0..<6).compactMap { _ in "abcdefgh".randomElement(using: &random) })
    }.joined(separator: " ")
    #expect(try learnedVocabulary(text, size: 2_097_152).count > 3000)
  }

  @Test func faultySpecialTokensAreRefusedBeforeAnythingIsCounted() throws {
    for (special, error) in [
      ([""], TokenizationError.emptySpecialToken), (["<a>", "<a>"], .repeatedSpecialToken("<a>")),
      (["a"], .ambiguousSpelling("a")), (["\u{120}"], .ambiguousSpelling("\u{120}")),
    ] {
      #expect(throws: error) { try MergeTrainer(vocabularySize: 300, specialTokens: special) }
    }
  }

  @Test func countsPassFourBillion() throws {
    let counts = WordCounts()
    let words: [(String, UInt64)] = [("ab", 3 << 32), ("cb", 1 << 32), ("cd", (2 << 32) + 5)]
    for (word, count) in words {
      Array(word.utf8).withUnsafeBufferPointer { counts.add($0, count: count) }
    }
    let vocabulary = try MergeTrainer(vocabularySize: 260).train(on: counts)
    #expect(
      merges(vocabulary).map { $0.joined().map { $0 } }
        == ["ab", "cd", "cb"].map { Array($0.utf8) })
    #expect(counts.total == (6 << 32) + 5)
  }

  @Test func countsOfShardsAddUpToThoseOfTheWhole() throws {
    var random = SplitMix64(seed: 12)
    let texts = (0..<6).map { _ in random.nastyText(pieces: 300) }
    func counted(_ counts: WordCounts) -> [[UInt8]: UInt64] {
      var result: [[UInt8]: UInt64] = [:]
      counts.visit { result[Array($0)] = $1 }
      return result
    }
    let whole = WordCounts(specialTokens: ["<|endoftext|>"])
    var reference: [[UInt8]: UInt64] = [:]
    for text in texts {
      text.withUnsafeBytes { whole.feed($0, isComplete: true) }
      let pieces = cutPieces(text, special: ["<|endoftext|>"]).pieces
      for piece in pieces { reference[piece, default: 0] += 1 }
    }
    #expect(counted(whole) == reference && whole.count == reference.count)
    let sum = WordCounts()
    for text in texts.reversed() {
      let part = WordCounts(specialTokens: ["<|endoftext|>"])
      for byte in text { withUnsafeBytes(of: byte) { part.feed($0) } }
      part.feed(UnsafeRawBufferPointer(start: nil, count: 0), isComplete: true)
      sum.merge(part.serialised())
    }
    #expect(counted(sum) == reference && sum.total == whole.total)
  }
}

@Suite(.enabled(if: SharedFixtures.isAvailable, SharedFixtures.comment))
struct TrainingFixtureTests {
  private static let cases: [(corpus: String, size: Int, counting: PairCounting, merges: String)] =
    [
      ("fixtures/bpe/corpus.en", 500, .presence, "train-bpe-reference-merges.txt"),
      (
        "fixtures/bpe/tinystories_sample_5M.txt", 1000, .presence,
        "tinystories_sample_5M-1000-merges.txt"
      ),
      ("data/tinystories/valid.txt", 1000, .presence, "valid-1000-presence-merges.txt"),
      ("data/tinystories/valid.txt", 1000, .occurrence, "valid-1000-occurrence-merges.txt"),
    ]

  @Test(arguments: cases.indices) func learnsTheMergesOfTheReferences(index: Int) throws {
    let test = Self.cases[index]
    let counts = WordCounts(specialTokens: ["<|endoftext|>"])
    try SharedFixtures.bytes(test.corpus).withUnsafeBytes { counts.feed($0, isComplete: true) }
    let vocabulary = try MergeTrainer(
      vocabularySize: test.size, pairCounting: test.counting
    ).train(on: counts)
    let lines = { (bytes: [UInt8]) in
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
        !$0.hasPrefix("#version")
      }
    }
    let expected = lines(try SharedFixtures.bytes("fixtures/bpe/" + test.merges))
    #expect(lines(vocabulary.mergesFile()) == expected)
    if test.size == 500 {
      #expect(vocabulary.count == 467)
      let file = try SharedFixtures.bytes("fixtures/bpe/train-bpe-reference-vocab.json")
      let mine = try vocabulary.vocabularyFile()
      let decoder = JSONDecoder()
      #expect(
        try decoder.decode([String: Int].self, from: Data(mine))
          == decoder.decode([String: Int].self, from: Data(file)))
    }
  }
}
