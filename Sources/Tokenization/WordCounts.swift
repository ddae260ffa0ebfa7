import CParableText
import ParablePlatform

/// How often each distinct pre-token occurs: what training needs to know of a corpus.
///
/// A flat table that holds words up to 15 bytes in place and longer ones in one piece of memory
/// beside it, so that it grows with the distinct words and with nothing else.
package final class WordCounts {
  private struct Entry {
    var low: UInt64  // bytes 0..<8, or the hash of a longer word
    var high: UInt64  // bytes 8..<15 and the length on top; longer: place, and all ones on top
    var count: UInt64
  }

  private static let longMark: UInt64 = 0xFF << 56
  private static let group = 64

  private var entryMemory = OwnedBuffer<Entry>(count: 1 << 14)
  private var longMemory = OwnedBuffer<UInt8>(uninitializedCount: 1 << 16)
  private var longEnd = 0
  private var open: [UInt8] = []
  private let preTokenizer: PreTokenizer
  private let keys = OwnedBuffer<ShortKey>(uninitializedCount: group)
  private let slots = OwnedBuffer<Int>(uninitializedCount: group)

  /// How many distinct pre-tokens there are.
  package private(set) var count = 0
  /// How many pre-tokens there are in all.
  package private(set) var total: UInt64 = 0

  /// Bytes so far that belong to no valid UTF-8 sequence.
  package var invalidByteCount: Int { preTokenizer.invalidByteCount }

  /// Makes an empty count of the text between these special tokens.
  package init(specialTokens: [String] = []) {
    preTokenizer = PreTokenizer(
      finder: SpecialTokenFinder(specialTokens.map { Array($0.utf8) }), longWordLength: 1024)
  }

  private var entries: UnsafeMutablePointer<Entry> { entryMemory.base }
  private var mask: Int { entryMemory.count &- 1 }
  private var longBytes: UnsafeMutablePointer<UInt8> { longMemory.base }

  /// Goes on counting a text; after its last bytes, `isComplete`, the next call begins a new text.
  package func feed(_ bytes: UnsafeRawBufferPointer, isComplete: Bool = false) {
    var rest = bytes
    repeat {
      let taken = preTokenizer.cut(rest, isComplete: isComplete, into: self)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(taken))
    } while !rest.isEmpty
  }

  /// Ends a text.
  package func finish() {
    feed(UnsafeRawBufferPointer(start: nil, count: 0), isComplete: true)
  }

  /// Counts a whole text.
  package func feed(_ text: String) {
    var text = text
    text.withUTF8 { feed(UnsafeRawBufferPointer($0), isComplete: true) }
  }

  /// Adds occurrences of one pre-token.
  package func add(_ word: UnsafeBufferPointer<UInt8>, count: UInt64) {
    guard let start = word.baseAddress, count > 0 else { return }
    if word.count >= 16 { return add(long: start, word.count, count) }
    // The key is read in whole numbers, past the end of a word that may be anywhere.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { padded in
      padded.initialize(repeating: 0)
      for i in 0..<word.count { padded[i] = word[i] }
      guard let start = padded.baseAddress else { return }
      let key = ShortKey(start, word.count)
      add(key, at: Int(truncatingIfNeeded: key.hash), count)
    }
  }

  @inline(__always) private func add(_ key: ShortKey, at hash: Int, _ more: UInt64) {
    let (entries, mask) = (entries, mask)
    var slot = hash & mask
    total &+= more
    while true {
      if entries[slot].low == key.low && entries[slot].high == key.high {
        entries[slot].count &+= more
        return
      }
      if entries[slot].high == 0 { break }
      slot = (slot &+ 1) & mask
    }
    insert(Entry(low: key.low, high: key.high, count: more), at: slot)
  }

  private func add(long word: UnsafePointer<UInt8>, _ length: Int, _ more: UInt64) {
    let hash = Self.longHash(word, length)
    total &+= more
    let (entries, mask) = (entries, mask)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while entries[slot].high != 0 {
      if entries[slot].low == hash, entries[slot].high >= Self.longMark {
        let known = longWord(entries[slot])
        if known.count == length, let start = known.baseAddress, equalBytes(start, word, length) {
          entries[slot].count &+= more
          return
        }
      }
      slot = (slot &+ 1) & mask
    }
    let place = (longEnd + 7) & ~7
    let end = place + 8 + length
    if end > longMemory.count {
      longMemory = longMemory.resized(to: max(end, longMemory.count * 3 / 2), keeping: longEnd)
    }
    UnsafeMutableRawPointer(longBytes + place).storeBytes(of: length, as: Int.self)
    (longBytes + place + 8).update(from: word, count: length)
    longEnd = end
    insert(Entry(low: hash, high: Self.longMark | UInt64(place), count: more), at: slot)
  }

  private static func longHash(_ word: UnsafePointer<UInt8>, _ length: Int) -> UInt64 {
    let raw = UnsafeRawPointer(word)
    var hash = UInt64(truncatingIfNeeded: length)
    var i = 0
    while i &+ 16 <= length {
      hash = mixed(
        hash ^ raw.loadUnaligned(fromByteOffset: i, as: UInt64.self),
        raw.loadUnaligned(fromByteOffset: i &+ 8, as: UInt64.self))
      i &+= 16
    }
    return mixed(
      hash ^ raw.loadUnaligned(fromByteOffset: length &- 16, as: UInt64.self),
      raw.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self))
  }

  private func longWord(_ entry: Entry) -> UnsafeBufferPointer<UInt8> {
    let place = Int(entry.high & ~Self.longMark)
    let length = UnsafeRawPointer(longBytes + place).load(as: Int.self)
    return UnsafeBufferPointer(start: longBytes + place + 8, count: length)
  }

  @inline(never) private func insert(_ entry: Entry, at slot: Int) {
    entries[slot] = entry
    count += 1
    guard count * 2 > mask else { return }
    let old = entryMemory
    defer { withExtendedLifetime(old) {} }
    entryMemory = OwnedBuffer(count: old.count * 2)
    let (entries, mask) = (entries, mask)
    for entry in old.buffer where entry.high != 0 {
      let hash = entry.high >= Self.longMark ? entry.low : mixed(entry.low, entry.high)
      var slot = Int(truncatingIfNeeded: hash) & mask
      while entries[slot].high != 0 { slot = (slot &+ 1) & mask }
      entries[slot] = entry
    }
  }

  /// Calls `body` with every distinct pre-token and its count, in an order that means nothing.
  package func visit(_ body: (UnsafeBufferPointer<UInt8>, UInt64) throws -> Void) rethrows {
    for slot in 0...mask where entries[slot].high != 0 {
      let entry = entries[slot]
      if entry.high >= Self.longMark {
        try body(longWord(entry), entry.count)
      } else {
        try withUnsafeBytes(of: (entry.low, entry.high)) { raw in
          try raw.withMemoryRebound(to: UInt8.self) {
            try body(UnsafeBufferPointer(rebasing: $0[..<Int(entry.high >> 56)]), entry.count)
          }
        }
      }
    }
  }

  /// All counts as bytes, to be added elsewhere.
  package func serialised() -> [UInt8] {
    var size = 0
    visit { word, _ in size += 12 + word.count }
    return Array(unsafeUninitializedCapacity: size) { buffer, filled in
      guard var output = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
      visit { word, count in
        output.storeBytes(of: count.littleEndian, as: UInt64.self)
        output.storeBytes(
          of: UInt32(word.count).littleEndian, toByteOffset: 8, as: UInt32.self)
        output += 12
        if let start = word.baseAddress { output.copyMemory(from: start, byteCount: word.count) }
        output += word.count
      }
      filled = size
    }
  }

  /// Adds the counts that `serialised` gave on another rank.
  package func merge(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
      var at = 0
      while at < raw.count {
        precondition(at + 12 <= raw.count, "serialised word counts are cut off")
        let count = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        let length = Int(
          UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: at + 8, as: UInt32.self)))
        at += 12
        precondition(at + length <= raw.count, "serialised word counts are cut off")
        raw[at..<at + length].withMemoryRebound(to: UInt8.self) {
          add(UnsafeBufferPointer(rebasing: $0[...]), count: count)
        }
        at += length
      }
    }
  }
}

extension WordCounts: PreTokenReceiver {
  package func receive(
    words starts: UnsafePointer<UInt32>, count: Int, in text: UnsafePointer<UInt8>
  ) {
    // Keys first and their places asked for, then the counting, so that the memory is there.
    let (keys, slots) = (keys.base, slots.base)
    var first = 0
    while first < count {
      let last = min(count, first &+ Self.group)
      let (entries, mask) = (entries, mask)
      for i in first..<last {
        let begin = Int(starts[i])
        let length = Int(starts[i &+ 1]) &- begin
        let slot: Int
        if length < 16 {
          let key = ShortKey(text + begin, length)
          slot = Int(truncatingIfNeeded: key.hash)
          keys[i &- first] = key
        } else {
          slot = 0
          keys[i &- first] = .none
        }
        slots[i &- first] = slot
        parable_prefetch(entries + (slot & mask))
      }
      for i in first..<last {
        let key = keys[i &- first]
        if key.high != 0 {
          add(key, at: slots[i &- first], 1)
        } else {
          let begin = Int(starts[i])
          add(long: text + begin, Int(starts[i &+ 1]) &- begin, 1)
        }
      }
      first = last
    }
  }

  package func receive(partOfLongWord bytes: UnsafeBufferPointer<UInt8>) { open += bytes }

  package func receiveEndOfLongWord() {
    open.withUnsafeBufferPointer { add($0, count: 1) }
    open = []
  }

  package func receive(special index: Int) {}
}
