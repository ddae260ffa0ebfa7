import CParableText

/// Merges one word at a time, in memory that is kept.
struct WordMerger {
  private let table: MergeTable
  private var heap: WordHeap<TableLaw>

  init(_ table: MergeTable, _ store: TokenStore) {
    self.table = table
    heap = WordHeap(TableLaw(table: table, store: store))
  }

  /// Appends the tokens of a word.
  mutating func merge(_ word: UnsafeBufferPointer<UInt8>, into output: TokenBuffer) {
    guard let start = word.baseAddress, !word.isEmpty else { return }
    if word.count <= Int(PARABLE_MERGE_WORD_LENGTH) {
      output.reserve(word.count)
      var loops = table.loops
      output.count += parable_merge_word(&loops, start, word.count, output.start + output.count)
    } else {
      let tokens = heap.merge(word)
      output.append(tokens, count: tokens.count)
    }
  }
}
