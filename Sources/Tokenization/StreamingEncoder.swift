/// Encodes a stream of bytes: the same ids as for the whole text, however it is cut.
///
/// Between two calls it keeps the last unfinished pre-token, or of one longer than
/// `wordLength` bytes only what continuations do not agree on yet. All its memory, the
/// cache of words included, is under 1 MB whatever the input. Only a vocabulary with tokens of more
/// than 128 bytes, or one whose tokens are made before their parts, takes long pre-tokens whole.
package final class StreamingEncoder {
  /// With longer tokens, long pre-tokens are taken whole.
  private static let longestTokenOfStreams = 128

  /// Longer pre-tokens are encoded as they come.
  private let wordLength: Int

  private let vocabulary: Vocabulary
  private let store: TokenStore
  private let table: MergeTable
  private let specialIDs: [Int32]
  private let preTokenizer: PreTokenizer
  private let cache: WordCache
  private var merger: WordMerger
  /// Nil where long pre-tokens are taken whole.
  private let longWords: LongWordEncoder?
  /// The long pre-token so far, where it is taken whole.
  private var longWord: [UInt8] = []
  /// The ids of the table's numbers; nil where they are the same.
  private let idsOfNumbers: [Int32]?
  private let output = TokenBuffer(capacity: 16 << 10)
  /// Whether some pre-tokens are tokens that merging would not find.
  private let looksUpWords: Bool

  /// Bytes so far that belong to no valid UTF-8 sequence.
  package var invalidByteCount: Int { preTokenizer.invalidByteCount }

  /// Bytes so far of special tokens.
  package private(set) var specialByteCount = 0

  /// Makes an encoder for one stream; `cacheByteCount` bounds the memory of the words it remembers,
  /// and pre-tokens of more than `wordLength` bytes are encoded as they come.
  package init(_ encoder: Encoder, cacheByteCount: Int = 768 << 10, wordLength: Int = 256) {
    self.wordLength = wordLength
    vocabulary = encoder.vocabulary
    store = vocabulary.order.store
    table = vocabulary.order.table
    idsOfNumbers = vocabulary.order.ids
    specialIDs = vocabulary.specialTokens.map { Int32($0.id) }
    looksUpWords = vocabulary.order.looksUpWords
    // As they come, each byte looks at all tokens that may end there.
    let areTokensShort = store.maximumLength <= Self.longestTokenOfStreams
    longWords =
      areTokensShort && table.isAscending ? LongWordEncoder(store: store, table: table) : nil
    preTokenizer = PreTokenizer(
      finder: encoder.finder,
      longWordLength: max(wordLength, areTokensShort ? store.maximumLength : 0))
    cache = WordCache(byteCount: cacheByteCount)
    merger = WordMerger(table, store)
  }

  /// Goes on with the text and hands the ids that are certain to `body`.
  ///
  /// It may be called several times or not at all. After the last bytes, `isComplete`, all ids are given and the next call
  /// begins a new text.
  package func feed(
    _ bytes: UnsafeRawBufferPointer, isComplete: Bool = false,
    _ body: (UnsafeBufferPointer<Int32>) throws -> Void
  ) rethrows {
    var rest = bytes
    repeat {
      let taken = preTokenizer.cut(rest, isComplete: isComplete, into: self)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(taken))
      defer { output.count = 0 }
      if output.count > 0 { try body(output.ids) }
    } while !rest.isEmpty
  }

  /// Ends the text and hands the ids that are left to `body`.
  package func finish(_ body: (UnsafeBufferPointer<Int32>) throws -> Void) rethrows {
    try feed(UnsafeRawBufferPointer(start: nil, count: 0), isComplete: true, body)
  }

  /// Encodes a word that no cache knows, outside of the loop; returns how many ids it appended.
  @inline(never) private func encode(_ word: UnsafePointer<UInt8>, _ length: Int) -> Int {
    let before = output.count
    let word = UnsafeBufferPointer(start: word, count: length)
    if length <= wordLength || looksUpWords && store.find(word) >= 0 {
      encodeWhole(word)
      nameIDs(from: before)
    } else {
      receive(partOfLongWord: word)
      receiveEndOfLongWord()
    }
    return output.count - before
  }

  /// Appends the numbers of the tokens of a word.
  private func encodeWhole(_ word: UnsafeBufferPointer<UInt8>) {
    let token = looksUpWords ? store.find(word) : -1
    if token >= 0 { output.append(token) } else { merger.merge(word, into: output) }
  }

  /// Replaces the numbers of the merge order by ids, from this place of the output on.
  @inline(__always) private func nameIDs(from begin: Int) {
    guard let idsOfNumbers else { return }
    for i in begin..<output.count { output.start[i] = idsOfNumbers[Int(output.start[i])] }
  }
}

extension StreamingEncoder: PreTokenReceiver {
  package func receive(
    words starts: UnsafePointer<UInt32>, count: Int, in text: UnsafePointer<UInt8>
  ) {
    output.reserve(Int(starts[count] &- starts[0]))
    let (short, long) = (cache.short, cache.long)
    for i in 0..<count {
      let begin = Int(starts[i])
      let length = Int(starts[i &+ 1]) &- begin
      let word = text + begin
      if length < 16 {
        append(word, length, ShortKey(word, length), short)
      } else if length < 32 {
        append(word, length, LongKey(word, length), long)
      } else {
        _ = encode(word, length)
      }
    }
  }

  /// Encodes a word that some sets of the cache may know.
  @inline(__always) private func append<Key, IDs>(
    _ word: UnsafePointer<UInt8>, _ length: Int, _ key: Key, _ known: WordSets<Key, IDs>
  ) {
    guard !known.append(key, to: output) else { return }
    known.remember(key, encode(word, length), of: output)
  }

  package func receive(partOfLongWord bytes: UnsafeBufferPointer<UInt8>) {
    guard let longWords else {
      longWord += bytes
      return
    }
    let before = output.count
    longWords.push(bytes, into: output)
    nameIDs(from: before)
  }

  package func receiveEndOfLongWord() {
    let before = output.count
    if let longWords {
      longWords.finish(into: output)
    } else {
      longWord.withUnsafeBufferPointer(encodeWhole)
      longWord = []
    }
    nameIDs(from: before)
  }

  package func receive(special index: Int) {
    output.append(specialIDs[index])
    specialByteCount += vocabulary.specialTokens[index].bytes.count
  }
}
