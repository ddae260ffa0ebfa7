import CParableText
import ParablePlatform

/// Merges one word at a time, in memory that is kept.
final class WordMerger {
  private let memory: OwnedBuffer<Int32>
  private let table: MergeTable
  private var heap: WordHeap<TableLaw>

  /// Merges words of up to `capacity` bytes.
  init(capacity: Int, _ table: MergeTable, _ store: TokenStore) {
    self.table = table
    heap = WordHeap(TableLaw(table: table, store: store))
    memory = OwnedBuffer(uninitializedCount: capacity)
  }

  /// The tokens of the last word.
  var ids: UnsafeMutablePointer<Int32> { memory.base }

  /// Encodes a word into `ids` and returns how many tokens it has.
  func merge(_ word: UnsafePointer<UInt8>, _ length: Int) -> Int {
    precondition(length > 0 && length <= memory.count)
    if length <= Int(PARABLE_MERGE_WORD_LENGTH) {
      var loops = table.loops
      return parable_merge_word(&loops, word, length, ids)
    }
    let tokens = heap.merge(UnsafeBufferPointer(start: word, count: length))
    ids.update(from: tokens, count: tokens.count)
    return tokens.count
  }
}
