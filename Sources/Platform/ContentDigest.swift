/// A number of 128 bits that tells contents apart: quick, and no defence against intent.
package enum ContentDigest {
  /// How many numbers ``parts(of:)`` gives.
  package static let partCount = 2

  /// The two halves of the digest of some bytes.
  package static func parts(of bytes: UnsafeRawBufferPointer) -> [UInt64] {
    var first = UInt64(bytes.count) ^ 0x9E37_79B9_7F4A_7C15
    var second = UInt64(bytes.count) ^ 0xD6E8_FEB8_6659_FD93
    var offset = 0
    while offset &+ 16 <= bytes.count {
      let low = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let high = UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self))
      first = fold(first ^ low, high ^ 0xA076_1D64_78BD_642F)
      second = fold(second ^ high, low ^ 0xE703_7ED1_A0B4_28DB) &+ first
      offset &+= 16
    }
    var tail: (UInt64, UInt64) = (0, 0)
    for byte in bytes[offset...].reversed() {
      tail = (tail.0 << 8 | UInt64(byte), tail.1 << 8 | tail.0 >> 56)
    }
    first = fold(first ^ tail.0, tail.1 ^ 0xA076_1D64_78BD_642F)
    second = fold(second ^ tail.1, tail.0 ^ 0xE703_7ED1_A0B4_28DB) &+ first
    return [first, second]
  }

  /// The digest of several numbers as hexadecimal text.
  package static func text(of numbers: [UInt64]) -> String {
    let bytes = numbers.flatMap { number in
      (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
    return bytes.withUnsafeBytes { parts(of: $0) }.map { part in
      let digits = String(part, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  @inline(__always) private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    // A factor of zero must not forget the other one.
    return product.high ^ product.low ^ a &+ b
  }
}
