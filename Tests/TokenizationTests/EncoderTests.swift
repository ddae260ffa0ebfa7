import Foundation
import ParablePlatform
import TestSupport
import Testing

@testable import ParableTokenization

/// A vocabulary learned from a text.
func learnedVocabulary(
  _ text: String, size: Int, special: [String] = ["<|endoftext|>"],
  counting: PairCounting = .presence
) throws -> Vocabulary {
  let counts = WordCounts(specialTokens: special)
  counts.feed(text)
  return try MergeTrainer(
    vocabularySize: size, specialTokens: special, pairCounting: counting
  ).train(on: counts)
}

extension StreamingEncoder {
  /// Goes on with the text: the ids that are certain now.
  func feed(_ bytes: [UInt8]) -> [Int32] {
    var ids: [Int32] = []
    bytes.withUnsafeBytes { feed($0) { ids += $0 } }
    return ids
  }

  /// Ends the text: the ids that are left.
  func finish() -> [Int32] {
    var ids: [Int32] = []
    finish { ids += $0 }
    return ids
  }
}

/// The rule itself: of all neighbours whose bytes together are a token, the lowest id is merged.
func referenceEncoding(_ word: [UInt8], _ vocabulary: Vocabulary) -> [Int32] {
  if let id = vocabulary.id(of: word) { return [Int32(id)] }
  var parts = word.map { [$0] }
  while true {
    var best: (id: Int, at: Int)?
    for i in parts.indices.dropLast() {
      if let id = vocabulary.id(of: parts[i] + parts[i + 1]), id < best?.id ?? .max {
        best = (id, i)
      }
    }
    guard let best else { break }
    parts[best.at] += parts.remove(at: best.at + 1)
  }
  return parts.compactMap { vocabulary.id(of: $0).map(Int32.init) }
}

@Suite struct EncoderTests {
  /// Vocabularies over three letters, of every temper: learned, shuffled, with tokens out of reach.
  private func vocabulary(_ seed: UInt64) throws -> Vocabulary {
    var random = SplitMix64(seed: seed)
    var tokens: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] }
    for _ in 0..<Int.random(in: 3...30, using: &random) {
      let makesReachable = seed % 3 == 0
      let length = Int.random(in: 2...6, using: &random)
      let token =
        makesReachable
        ? tokens.suffix(max(3, tokens.count - 253)).randomElement(using: &random).map {
          $0 + (tokens.last ?? []).suffix(4)
        } ?? []
        : (0..<length).map { _ in UInt8.random(in: 97...99, using: &random) }
      if token.count < 40, !tokens.contains(token) { tokens.append(token) }
    }
    if seed % 3 == 2 { tokens.shuffle(using: &random) }
    return try Vocabulary(tokens: tokens)
  }

  @Test(arguments: 1...60) func mergesTheLowestIDWhateverTheVocabulary(seed: Int) throws {
    let vocabulary = try vocabulary(UInt64(seed))
    let encoder = Encoder(vocabulary)
    var random = SplitMix64(seed: UInt64(seed) &* 977)
    for _ in 0..<30 {
      let length = Int.random(in: 1...40, using: &random)
      let word = (0..<length).map { _ in UInt8.random(in: 97...99, using: &random) }
      let expected = referenceEncoding(word, vocabulary)
      #expect(encoder.encode(word) == expected)
    }
  }

  @Test(arguments: 1...40) func longWordsAreEncodedAsTheyComeAndExactly(seed: Int) throws {
    let vocabulary = try vocabulary(UInt64(seed))
    let encoder = Encoder(vocabulary)
    var random = SplitMix64(seed: UInt64(seed) &* 1_000_003)
    for round in 0..<12 {
      let letters: ClosedRange<UInt8> = 97...(97 + UInt8(round % 3))
      let word = (0..<60 + round * 40).map { _ in UInt8.random(in: letters, using: &random) }
      let short = StreamingEncoder(encoder, cacheByteCount: 0, wordLength: word.count)
      let long = StreamingEncoder(encoder, cacheByteCount: 0, wordLength: 1)
      let ids = long.feed(word)
      #expect(ids + long.finish() == short.feed(word) + short.finish())
    }
  }

  @Test func anyByteStringSurvivesEncodingAndDecoding() throws {
    let vocabulary = try learnedVocabulary("the cat and the dog don't <|endoftext|>", size: 300)
    let encoder = Encoder(vocabulary)
    var random = SplitMix64(seed: 5)
    let allBytes = Array(UInt8.min...UInt8.max)
    #expect(try vocabulary.decode(encoder.encode(allBytes)) == allBytes)
    for _ in 0..<50 {
      let text = random.nastyText(pieces: 60)
      #expect(try vocabulary.decode(encoder.encode(text)) == text)
    }
  }

  @Test func streamingGivesTheSameIDsForEveryWayOfCutting() throws {
    let vocabulary = try learnedVocabulary(
      "the cat and the dog don't see the word word aaaa aaaaaaaa   \n\n\n", size: 320,
      special: ["<|endoftext|>", "<|endoftext|><|endoftext|>"])
    let encoder = Encoder(vocabulary)
    var random = SplitMix64(seed: 6)
    for round in 0..<20 {
      var text = random.nastyText(pieces: 100)
      text += Array(repeating: 97, count: round * 50) + Array(repeating: 32, count: round * 40)
      text += random.nastyText(pieces: 20)
      let whole = encoder.encode(text)
      let stream = StreamingEncoder(encoder, cacheByteCount: 16 << 10)
      let byByte = text.flatMap { stream.feed([$0]) } + stream.finish()
      #expect(byByte == whole, "round \(round)")
      var some: [Int32] = []
      var rest = text[...]
      while !rest.isEmpty {
        let count = Int.random(in: 1...90, using: &random)
        some += stream.feed(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(some + stream.finish() == whole)
    }
  }

  @Test func aLongPreTokenIsGivenOutAsItComes() throws {
    let vocabulary = try learnedVocabulary("aaaa aaaaaaaa aaaaaaaaaaaaaaaa       ", size: 270)
    let encoder = Encoder(vocabulary)
    for text in [[UInt8](repeating: 97, count: 3000), [UInt8](repeating: 32, count: 3000)] {
      let stream = StreamingEncoder(encoder)
      let ids = text.flatMap { stream.feed([$0]) }
      // What is kept is no more than a few tokens that the next byte may still change.
      #expect(try vocabulary.decode(ids).count > 2900)
      #expect(ids + stream.finish() == encoder.encode(text))
    }
  }

  /// Of a text of one letter every byte ends a token of each length: comparing them all would take
  /// hours here.
  @Test func longTokensAreNotComparedAtEveryByte() throws {
    let letter: UInt8 = 97
    var merges: [(left: Int32, right: Int32)] = [(Int32(letter), Int32(letter))]
    for token in 256..<272 { merges.append((Int32(token), Int32(token))) }
    let vocabulary = try Vocabulary(specialTokens: [], merges: merges)
    let text = [UInt8](repeating: letter, count: 300_003)
    let ids = Encoder(vocabulary).encode(text)
    // 300,003 = 2 × 131,072 + 32,768 + 4,096 + 512 + 256 + 128 + 64 + 32 + 2 + 1
    #expect(ids == [272, 272, 270, 267, 264, 263, 262, 261, 260, 256, 97])
    let stream = StreamingEncoder(Encoder(vocabulary))
    #expect(stream.feed(Array(text[..<777])) + stream.feed(Array(text[777...])) == [])
    #expect(stream.finish() == ids)
  }

  @Test(arguments: PairCounting.allCases)
  func longTokensThatWereLearnedAreExact(counting: PairCounting) throws {
    let text = String(repeating: "a", count: 2003) + String(repeating: "-", count: 1000)
    let vocabulary = try learnedVocabulary(text, size: 10_000, counting: counting)
    #expect(Encoder(vocabulary).encode(text).count == 2)
    let folder = try TemporaryFolder()
    try vocabulary.save(to: folder.path)
    #expect(try Vocabulary.load(directory: folder.path) == vocabulary)
    let merges = try Vocabulary.load(
      vocabularyFile: folder.file("vocab.json"), mergesFile: folder.file("merges.txt"),
      specialTokens: ["<|endoftext|>"])
    #expect(merges == vocabulary)
    for count in [999, 1000, 1001, 2002] {
      let word = [UInt8](repeating: 97, count: count)
      let expected = referenceEncoding(word, vocabulary)
      #expect(Encoder(vocabulary).encode(word) == expected)
    }
  }

  @Test func specialTokensAreFoundFirst() throws {
    let vocabulary = try learnedVocabulary(
      "a b", size: 258, special: ["<|endoftext|>", "<|endoftext|><|endoftext|>"])
    let ids = Encoder(vocabulary).encode("<|endoftext|><|endoftext|><|endoftext|>a<|endoftext|>")
    #expect(ids == [1, 0, Int32(2 + 97), 0])
    #expect(vocabulary.endOfText == 0)
  }

  @Test func unknownIDsAreAnErrorThatNamesThem() throws {
    let vocabulary = try learnedVocabulary("a", size: 257)
    #expect(throws: TokenizationError.unknownID(257)) { try vocabulary.decode([98, 257]) }
    #expect(throws: TokenizationError.unknownID(-1)) { try vocabulary.decode([-1]) }
    #expect(try vocabulary.decode([98, 257, 99], unknown: .skip) == [97, 98])
  }

  @Test func decodingNeverEndsInHalfACharacter() throws {
    let vocabulary = try learnedVocabulary("a", size: 257)
    let encoder = Encoder(vocabulary)
    let texts =
      ["héllo 日本 🙂!", "\u{10FFFF}"].map { Array($0.utf8) }
      + [[0xE2, 0x82], [0x61, 0xFF, 0xC3], [0xED, 0xA0, 0x80, 0x62], [0xF0, 0x9F, 0x61]]
    for text in texts {
      var decoder = StreamingDecoder(vocabulary)
      var parts = try encoder.encode(text).map { try decoder.feed($0) }
      parts.append(decoder.finish())
      #expect(parts.joined() == String(decoding: text, as: UTF8.self))
    }
    var decoder = StreamingDecoder(vocabulary)
    #expect(try encoder.encode("é").map { try decoder.feed($0) } == ["", "é"])
  }
}

@Suite(.enabled(if: SharedFixtures.isAvailable, SharedFixtures.comment))
struct GPT2Tests {
  private struct Case: Decodable {
    let text: String
    let ids: [Int32]
  }

  @Test func encodesLikeTiktokenGPT2() throws {
    let vocabulary = try Vocabulary.load(
      vocabularyFile: SharedFixtures.path("fixtures/gpt2/vocab.json"),
      mergesFile: SharedFixtures.path("fixtures/gpt2/merges.txt"),
      specialTokens: ["<|endoftext|>"])
    #expect(vocabulary.count == 50257 && vocabulary.endOfText == 50256)
    #expect(vocabulary.differingMergeCount == 21281)
    let encoder = Encoder(vocabulary)
    let decoder = JSONDecoder()
    var checked = 0
    for line in try SharedFixtures.bytes("fixtures/tokenizer/gpt2_cases.jsonl").split(separator: 10)
    {
      let test = try decoder.decode(Case.self, from: Data(line))
      let bytes = Array(test.text.utf8)
      #expect(encoder.encode(test.text) == test.ids, "\(test.text.debugDescription)")
      #expect(try vocabulary.decode(test.ids) == bytes)
      let stream = StreamingEncoder(encoder, cacheByteCount: 8 << 10)
      #expect(bytes.flatMap { stream.feed([$0]) } + stream.finish() == test.ids)
      checked += 1
    }
    #expect(checked == 300)
    try checkInterchange(vocabulary, encoder)
  }

  /// Every file that is written reads back as the same vocabulary, with right merges.
  private func checkInterchange(_ vocabulary: Vocabulary, _ encoder: Encoder) throws {
    #expect(vocabulary.lossAsMerges == nil)
    do {
      let temporary = try TemporaryFolder()
      let folder = temporary.path
      let plain = try vocabulary.withSpecialTokens([])
      #expect(Encoder(plain).encode("<|endoftext|>") == [27, 91, 437, 1659, 5239, 91, 29])
      let special = try plain.withSpecialTokens(["<|endoftext|>"])
      #expect(special == vocabulary)
      try special.save(to: folder)
      let loaded = try Vocabulary.load(directory: folder)
      #expect(loaded == special && loaded.differingMergeCount == 0)
      let merges = try Vocabulary.load(
        vocabularyFile: folder + "/vocab.json", mergesFile: folder + "/merges.txt",
        specialTokens: ["<|endoftext|>"])
      #expect(merges == special && merges.differingMergeCount == 0)
      let path = folder + "/gpt2.tiktoken"
      try Data(try special.tiktokenFile()).write(to: URL(fileURLWithPath: path))
      let ranks = try Vocabulary.load(
        tiktokenFile: path, specialTokens: [("<|endoftext|>", 50256)])
      #expect(ranks == special)
    }
  }
}
