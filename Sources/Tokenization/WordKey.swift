/// What a short word is known by: its bytes as numbers, with its length in the highest byte.
///
/// Bytes after its end are cleared. No word has a key of zeros.
protocol WordKey: Equatable, BitwiseCopyable {
  /// The key of a word of a length that fits; the bytes of the key are read, whatever the length.
  init(_ word: UnsafePointer<UInt8>, _ length: Int)

  /// A hash of the word.
  var hash: UInt64 { get }
}

/// The key of up to 15 bytes.
struct ShortKey: WordKey {
  let low: UInt64
  let high: UInt64

  /// The key that no word has.
  static let none = ShortKey(low: 0, high: 0)

  @inline(__always) var hash: UInt64 { mixed(low, high) }
}

extension ShortKey {
  @inline(__always) init(_ word: UnsafePointer<UInt8>, _ length: Int) {
    let raw = UnsafeRawPointer(word)
    var low = raw.loadUnaligned(as: UInt64.self)
    var high = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    let bits = UInt64(truncatingIfNeeded: length &* 8)
    if length < 8 {
      low &= (1 &<< bits) &- 1
      high = 0
    } else {
      high &= (1 &<< (bits &- 64)) &- 1
    }
    self.init(low: low, high: high | UInt64(truncatingIfNeeded: length) &<< 56)
  }
}

/// The key of 16 to 31 bytes.
struct LongKey: WordKey {
  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  @inline(__always) init(_ word: UnsafePointer<UInt8>, _ length: Int) {
    let raw = UnsafeRawPointer(word)
    first = raw.loadUnaligned(as: UInt64.self)
    second = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    let rest = ShortKey(word + 16, length &- 16)
    third = rest.low
    fourth = rest.high | 16 &<< 56
  }

  @inline(__always) var hash: UInt64 {
    mixed(first ^ third &* 0x9E37_79B9_7F4A_7C15, second &+ fourth)
  }
}

/// A hash of two numbers.
@inline(__always) func mixed(_ low: UInt64, _ high: UInt64) -> UInt64 {
  let product = (low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(
    by: high ^ 0xD6E8_FEB8_6659_FD93)
  return product.high ^ product.low
}
