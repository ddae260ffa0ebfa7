/// GPT-2's spelling of bytes as printable characters, used in `vocab.json` and `merges.txt`.
///
/// Bytes 33–126, 161–172 and 174–255 stand for themselves; the other 68, in increasing order, are
/// written as U+0100 and on.
enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt8 = 0
    return (0...255).map { byte in
      switch byte {
      case 33...126, 161...172, 174...255:
        return Unicode.Scalar(UInt8(byte))
      default:
        defer { next += 1 }
        return Unicode.Scalar(UInt16(0x100) + UInt16(next)) ?? "\u{FFFD}"
      }
    }
  }()

  private static let bytes: [UInt8?] = {
    var table = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = UInt8(byte) }
    return table
  }()

  /// The UTF-8 spelling of a token's bytes.
  static func spelling(of token: some Sequence<UInt8>) -> [UInt8] {
    var spelling: [UInt8] = []
    spelling.reserveCapacity(2 * token.underestimatedCount)
    for byte in token {
      // Every character of the alphabet has one or two bytes.
      let value = scalars[Int(byte)].value
      if value < 0x80 {
        spelling.append(UInt8(value))
      } else {
        spelling.append(UInt8(0xC0 | value >> 6))
        spelling.append(UInt8(0x80 | value & 0x3F))
      }
    }
    return spelling
  }

  /// The bytes that a spelling stands for; nil where a character belongs to no byte.
  static func bytes(of spelling: some Sequence<UInt8>) -> [UInt8]? {
    var token: [UInt8] = []
    var iterator = spelling.makeIterator()
    while let first = iterator.next() {
      var value = Int(first)
      if first >= 0x80 {
        guard first & 0xE0 == 0xC0, let second = iterator.next(), second & 0xC0 == 0x80 else {
          return nil
        }
        value = Int(first & 0x1F) << 6 | Int(second & 0x3F)
      }
      guard value < bytes.count, let byte = bytes[value] else { return nil }
      token.append(byte)
    }
    return token
  }
}
