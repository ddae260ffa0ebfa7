import ParablePlatform

/// The pattern read as it is written, one character at a time: slow, and simple enough to trust.
enum ReferencePreTokenizer {
  private struct Character {
    var offset: Int
    var kind: UInt8  // one of L N O, S for U+0020, W for other white space
    var scalar: Unicode.Scalar?
  }

  static func cut(_ bytes: [UInt8]) -> [[UInt8]] {
    let text = characters(bytes)
    var pieces: [[UInt8]] = []
    var position = 0
    while position < text.count {
      let end = position + matchLength(text[position...])
      let last = end < text.count ? text[end].offset : bytes.count
      pieces.append(Array(bytes[text[position].offset..<last]))
      position = end
    }
    return pieces
  }

  private static func characters(_ bytes: [UInt8]) -> [Character] {
    var result: [Character] = []
    var offset = 0
    while offset < bytes.count {
      var found: (Unicode.Scalar, Int)?
      for length in 1...4 where offset + length <= bytes.count {
        if let text = String(validating: bytes[offset..<offset + length], as: UTF8.self),
          let scalar = text.unicodeScalars.first
        {
          found = (scalar, length)
          break
        }
      }
      result.append(
        Character(offset: offset, kind: found.map { kind($0.0) } ?? 79, scalar: found?.0))
      offset += found?.1 ?? 1
    }
    return result
  }

  private static func kind(_ scalar: Unicode.Scalar) -> UInt8 {
    if scalar == " " { return UInt8(ascii: "S") }
    if scalar.properties.isWhitespace { return UInt8(ascii: "W") }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return UInt8(ascii: "L")
    case .decimalNumber, .letterNumber, .otherNumber: return UInt8(ascii: "N")
    default: return UInt8(ascii: "O")
    }
  }

  private static func matchLength(_ text: ArraySlice<Character>) -> Int {
    let text = Array(text)
    if text[0].scalar == "'" {
      for ending in ["s", "t", "re", "ve", "m", "ll", "d"] {
        let scalars = Array(ending.unicodeScalars)
        if text.count > scalars.count,
          zip(text[1...], scalars).allSatisfy({ $0.scalar == $1 })
        {
          return 1 + scalars.count
        }
      }
    }
    let white = Array("SW".utf8)
    let skip = text[0].kind == UInt8(ascii: "S") ? 1 : 0
    if skip < text.count, !white.contains(text[skip].kind) {
      return skip + text[skip...].prefix { $0.kind == text[skip].kind }.count
    }
    let run = text.prefix { white.contains($0.kind) }.count
    return run == text.count || run == 1 ? run : run - 1
  }
}

extension SplitMix64 {
  /// Bytes that are nasty for a pre-tokeniser.
  mutating func nastyText(pieces: Int) -> [UInt8] {
    let fragments: [[UInt8]] =
      [
        "a", "Zb", "the", " ", "  ", "\t", "\n", "\r\n", "'", "''", "'s", "'ll", "'re", "'ve",
        "l", "v", "r", "e", "7", "42", "½", "Ⅷ", "é", "e\u{301}", "ß", "日本", "नमस्ते", "שלום",
        "\u{A0}", "\u{85}", "\u{3000}", "\u{2009}", "\u{1680}", "\u{180E}", "\u{200B}",
        "\u{FEFF}", "\u{1C}", "\u{1F}", "🙂", "👩‍👩‍👧", "!", "?!", "...", "<", "<|", "|>",
        "<|endoftext|>",
        "\u{D7FF}", "\u{E000}", "𐍈", "𝟘", "\u{10FFFF}", "\0", "word word word word word ",
        "The quick brown fox jumps over the lazy dog, and doesn't stop. ",
      ].map { Array($0.utf8) }
      + [
        [0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x99], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xFF],
      ]
    return (0..<pieces).flatMap { _ in
      fragments[Int(next() % UInt64(fragments.count))]
    }
  }
}
