import Glibc
import ParablePlatform

/// The bytes of every token in one piece of memory, and a flat hash from bytes to id.
///
/// The hash is a polynomial of the bytes, so that the hash of any part of a text follows from two
/// prefix hashes. Immutable once made.
final class TokenStore: @unchecked Sendable {
  private struct Slot {
    var tag: UInt32
    var id: Int32
  }

  /// The multiplier of the polynomial.
  static let base: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// One more than the highest id.
  let count: Int
  /// Bytes of the longest token of the hash.
  let maximumLength: Int
  /// The lengths that tokens of the hash have, descending.
  let lengths: [Int]
  /// For each hash of two bytes, which `lengths` tokens that end in them have; the last bit stands
  /// for all lengths from the 64th on.
  private let endings: OwnedBuffer<UInt64>
  private static let endingBits = 13
  private let bytes: OwnedBuffer<UInt8>
  private let offsets: OwnedBuffer<Int>
  private let slots: OwnedBuffer<Slot>
  private let mask: Int

  /// Stores tokens by id (nil where an id is unused); only those that `isListed` can be found.
  init(_ tokens: [[UInt8]?], isListed: (Int) -> Bool) {
    count = tokens.count
    bytes = OwnedBuffer(uninitializedCount: tokens.reduce(0) { $0 + ($1?.count ?? 0) })
    offsets = OwnedBuffer(uninitializedCount: tokens.count + 1)
    var slotCount = 1024
    while slotCount < tokens.count * 2 { slotCount *= 2 }
    slots = OwnedBuffer(repeating: Slot(tag: 0, id: -1), count: slotCount)
    mask = slotCount - 1
    var end = 0
    var lengthsSeen: Set<Int> = []
    offsets.base[0] = 0
    for (id, token) in tokens.enumerated() {
      let token = token ?? []
      (bytes.base + end).initialize(from: token, count: token.count)
      end += token.count
      offsets.base[id + 1] = end
      guard !token.isEmpty, isListed(id) else { continue }
      lengthsSeen.insert(token.count)
      let hash = Self.finish(Self.hash(token))
      var slot = Int(truncatingIfNeeded: hash) & mask
      while slots.base[slot].id >= 0 { slot = (slot + 1) & mask }
      slots.base[slot] = Slot(tag: UInt32(truncatingIfNeeded: hash >> 32), id: Int32(id))
    }
    lengths = lengthsSeen.sorted(by: >)
    maximumLength = lengths.first ?? 0
    endings = OwnedBuffer(count: 1 << Self.endingBits)
    let places = Dictionary(uniqueKeysWithValues: lengths.enumerated().map { ($1, $0) })
    for (id, token) in tokens.enumerated() {
      guard let token, token.count > 1, isListed(id), let place = places[token.count] else {
        continue
      }
      let ending = Self.ending(token[token.count - 2], token[token.count - 1])
      endings.base[ending] |= 1 << UInt64(min(place, 63))
    }
  }

  /// The bytes of a token; empty where the id is unused.
  subscript(id: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: bytes.base + offsets.base[id], count: length(Int32(id)))
  }

  /// Which of `lengths` above one byte a token may have that ends in these two bytes, as bits.
  @inline(__always) func lengths(endingIn first: UInt8, _ second: UInt8) -> UInt64 {
    endings.base[Self.ending(first, second)]
  }

  @inline(__always) private static func ending(_ first: UInt8, _ second: UInt8) -> Int {
    let pair = UInt32(first) << 8 | UInt32(second)
    return Int((pair &* 0x9E37_79B1) >> UInt32(32 - endingBits))
  }

  /// How many bytes a token has.
  @inline(__always) func length(_ id: Int32) -> Int {
    offsets.base[Int(id) + 1] - offsets.base[Int(id)]
  }

  /// The token with these bytes, -1 where there is none.
  @inline(__always)
  func find(_ text: UnsafePointer<UInt8>, _ length: Int, hash: UInt64) -> Int32 {
    let finished = Self.finish(hash)
    let tag = UInt32(truncatingIfNeeded: finished >> 32)
    var slot = Int(truncatingIfNeeded: finished) & mask
    let slots = slots.base
    while true {
      let entry = slots[slot]
      if entry.id < 0 { return -1 }
      if entry.tag == tag, self.length(entry.id) == length {
        let token = bytes.base + offsets.base[Int(entry.id)]
        if length < 16 ? equalBytes(token, text, length) : memcmp(token, text, length) == 0 {
          return entry.id
        }
      }
      slot = (slot + 1) & mask
    }
  }

  /// The token with these bytes, -1 where there is none.
  func find(_ text: UnsafeBufferPointer<UInt8>) -> Int32 {
    guard let start = text.baseAddress else { return -1 }
    return find(start, text.count, hash: Self.hash(text))
  }

  /// The polynomial of some bytes.
  @inline(__always) static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0) { extend($0, $1) }
  }

  /// The polynomial with one more byte.
  @inline(__always) static func extend(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    hash &* base &+ UInt64(byte) &+ 1
  }

  @inline(__always) private static func finish(_ hash: UInt64) -> UInt64 {
    let mixed = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
    return mixed ^ mixed >> 29
  }
}

@inline(__always)
func equalBytes(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  var i = 0
  while i < count {
    if a[i] != b[i] { return false }
    i &+= 1
  }
  return true
}
