import ParablePlatform

/// Remembers the tokens of recent short words, in a fixed amount of memory.
///
/// Words up to 15 bytes with up to 3 tokens fit half a cache line; up to 31 bytes with up to
/// 7 tokens, a whole one.
struct WordCache {
  let short: WordSets<ShortKey, (Int32, Int32, Int32)>
  let long: WordSets<LongKey, (Int32, Int32, Int32, Int32, Int32, Int32, Int32)>

  /// A cache of at most this size and at least 8 KiB, two thirds of it or more for short words.
  init(byteCount: Int) {
    var shortBytes = 4096
    while shortBytes * 3 <= byteCount { shortBytes *= 2 }
    short = WordSets(byteCount: shortBytes)
    long = WordSets(byteCount: shortBytes * 3 / 2 <= byteCount ? shortBytes / 2 : shortBytes / 4)
  }
}

/// Sets of two words that have a hash in common.
///
/// A new word takes the second place, and one that comes again changes places with the first, so that
/// words that occur once do not drive out those that occur often.
struct WordSets<Key: WordKey, IDs: BitwiseCopyable> {
  private struct Word {
    /// All zeros where the place is free.
    var key: Key
    var ids: IDs
    var count: Int32
  }

  private let words: OwnedBuffer<Word>
  private let mask: Int

  /// Sets in so many bytes, a power of two.
  init(byteCount: Int) {
    words = OwnedBuffer(count: byteCount / MemoryLayout<Word>.stride)
    mask = words.count - 2
  }

  @inline(__always) private func set(of key: Key) -> UnsafeMutablePointer<Word> {
    words.base + (Int(truncatingIfNeeded: key.hash) & mask)
  }

  /// Appends the tokens of a word that is known, and returns whether it is; `output` has room for them
  /// but for its slack.
  @inline(__always) func append(_ key: Key, to output: TokenBuffer) -> Bool {
    let set = set(of: key)
    let isFirst = set[0].key == key
    guard isFirst || set[1].key == key else { return false }
    let word = isFirst ? set : set + 1
    UnsafeMutableRawPointer(output.start + output.count).storeBytes(
      of: word.pointee.ids, as: IDs.self)
    output.count &+= Int(word.pointee.count)
    if !isFirst { swap(&set[0], &set[1]) }
    return true
  }

  /// Remembers a word whose tokens are the last `count` of the output, if they are few enough.
  @inline(__always) func remember(_ key: Key, _ count: Int, of output: TokenBuffer) {
    guard count <= MemoryLayout<IDs>.size / MemoryLayout<Int32>.stride else { return }
    let ids = UnsafeRawPointer(output.start + (output.count - count))
    set(of: key)[1] = Word(key: key, ids: ids.loadUnaligned(as: IDs.self), count: Int32(count))
  }
}
