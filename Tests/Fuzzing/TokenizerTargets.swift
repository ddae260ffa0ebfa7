import Foundation
import ParableFormats
import ParableTokenization

extension FuzzTarget {
  /// Tokenizers, and texts for them.
  static let tokenizers = [
    FuzzTarget("tokenizer-json") { bytes, folder in
      try use(Vocabulary.load(tokenizerFile: folder.write(bytes, to: "tokenizer.json")))
    },
    FuzzTarget("vocabulary-merges") { bytes, folder in
      // A byte that is no text parts the two files.
      let parts = bytes.split(separator: 0xFF, maxSplits: 1, omittingEmptySubsequences: false)
      let vocabulary = try folder.write(Array(parts[0]), to: "vocab.json")
      let merges = try folder.write(parts.count > 1 ? Array(parts[1]) : [], to: "merges.txt")
      try use(Vocabulary.load(vocabularyFile: vocabulary, mergesFile: merges, specialTokens: nil))
    },
    FuzzTarget("tiktoken") { bytes, folder in
      try use(
        Vocabulary.load(
          tiktokenFile: folder.write(bytes, to: "x.tiktoken"),
          specialTokens: [("<|endoftext|>", nil)]))
    },
    FuzzTarget("encode") { bytes, _ in
      let ids = encoder.encode(bytes)
      require(try encoder.vocabulary.decode(ids) == bytes, "a text does not come back")
      // In parts of any length they are the same.
      let streaming = StreamingEncoder(encoder, cacheByteCount: 4096, wordLength: 16)
      var parts: [Int32] = []
      let length = 1 + Int(bytes.first ?? 0) % 7
      for start in stride(from: 0, to: bytes.count, by: length) {
        bytes[start..<min(start + length, bytes.count)].withUnsafeBytes { part in
          streaming.feed(part) { parts += $0 }
        }
      }
      streaming.finish { parts += $0 }
      require(parts == ids, "a text in parts has other ids")
      let counts = WordCounts(specialTokens: [Vocabulary.endOfTextToken])
      bytes.withUnsafeBytes { counts.feed($0, isComplete: true) }
    },
    FuzzTarget("decode") { bytes, _ in
      var decoder = StreamingDecoder(encoder.vocabulary)
      for start in stride(from: 0, to: bytes.count - 3, by: 4) {
        let id = bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
        _ = try? decoder.feed(Int32(bitPattern: id))
        _ = try? decoder.feed(Int32(id % 400))
      }
      _ = decoder.finish()
    },
    FuzzTarget("character-classes") { bytes, _ in
      for start in stride(from: 0, to: bytes.count - 3, by: 4) {
        let codePoint = bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
        _ = CharacterClasses.characterClass(of: codePoint % 0x110000)
      }
    },
  ]

  /// A tokenizer whose longer tokens are of letters and of parts of characters.
  private static let encoder: Encoder = {
    let bytes: [[UInt8]?] = (0...255).map { [UInt8($0)] }
    let pairs: [[UInt8]?] = [
      [0xC3, 0xA4], [97, 98], [32, 97], [97, 97], [97, 97, 97, 97], [32, 32],
    ]
    let vocabulary = try? Vocabulary(
      tokens: bytes + [nil] + pairs,
      specialTokens: [SpecialToken(Vocabulary.endOfTextToken, id: 256)])
    guard let vocabulary else { fatalError("the tokenizer of the targets") }
    return Encoder(vocabulary)
  }()

  /// Encodes and decodes with a tokenizer that was read, and writes it anew.
  private static func use(_ vocabulary: Vocabulary) throws {
    let encoder = Encoder(vocabulary)
    let ids = encoder.encode("The cat's  hat \u{E4}\u{1F600}<|endoftext|> 123\n")
    _ = try? vocabulary.decode(ids)
    _ = try vocabulary.tokenizerFile()
    _ = try vocabulary.vocabularyFile()
    _ = vocabulary.mergesFile()
  }
}
