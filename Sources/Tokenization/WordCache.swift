/// Remembers the tokens of recent short words, in a fixed amount of memory.
///
/// A set of two entries a hash: a new word takes the second place, and one that comes again changes
/// places with the first, so that words that occur once do not drive out those that occur often.
/// Words up to 15 bytes with up to 3 tokens fit half a cache line; up to 31 bytes with up to
/// 7 tokens, a whole one.
final class WordCache {
  struct Short {
    var low: UInt64
    var high: UInt64  // the length in the highest byte; 0 where the place is free
    var ids: (Int32, Int32, Int32)
    var count: Int32
  }

  struct Long {
    var key: (UInt64, UInt64, UInt64, UInt64)
    var ids: (Int32, Int32, Int32, Int32, Int32, Int32, Int32)
    var count: Int32
  }

  let short: UnsafeMutablePointer<Short>
  let long: UnsafeMutablePointer<Long>
  let shortMask: Int
  let longMask: Int
  private let memory: UnsafeMutableRawPointer

  /// A cache of at most this size and at least 8 KiB, two thirds of it or more for short words.
  init(byteCount: Int) {
    var shortBytes = 4096
    while shortBytes * 3 <= byteCount { shortBytes *= 2 }
    let longBytes = shortBytes * 3 / 2 <= byteCount ? shortBytes / 2 : shortBytes / 4
    let shortCount = shortBytes / MemoryLayout<Short>.stride
    let longCount = longBytes / MemoryLayout<Long>.stride
    memory = .allocate(byteCount: shortBytes + longBytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: shortBytes + longBytes)
    short = memory.bindMemory(to: Short.self, capacity: shortCount)
    long = (memory + shortBytes).bindMemory(to: Long.self, capacity: longCount)
    shortMask = shortCount - 2
    longMask = longCount - 2
  }

  deinit { memory.deallocate() }
}

/// The first bytes of a word as numbers, bytes after its end cleared.
enum WordKey {
  /// Up to 15 bytes, the length in the highest byte.
  @inline(__always)
  static func short(_ word: UnsafePointer<UInt8>, _ length: Int) -> (low: UInt64, high: UInt64) {
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
    return (low, high | UInt64(truncatingIfNeeded: length) &<< 56)
  }

  /// 16 to 31 bytes, the length in the highest byte.
  @inline(__always)
  static func long(
    _ word: UnsafePointer<UInt8>, _ length: Int
  ) -> (UInt64, UInt64, UInt64, UInt64) {
    let raw = UnsafeRawPointer(word)
    let rest = short(word + 16, length &- 16)
    return (
      raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
      rest.low, (rest.high & 0x00FF_FFFF_FFFF_FFFF) | UInt64(truncatingIfNeeded: length) &<< 56
    )
  }

  /// A hash of two numbers.
  @inline(__always) static func hash(_ low: UInt64, _ high: UInt64) -> UInt64 {
    let product = (low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(
      by: high ^ 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
  }
}
