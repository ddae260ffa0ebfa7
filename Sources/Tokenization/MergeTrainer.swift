import ParablePlatform

/// Learns the merges of a vocabulary from the counts of words.
///
/// Again and again the pair of neighbouring tokens with the highest count becomes a token, of equal
/// counts the last by the bytes of its first part, then of its second. Ids are the special tokens in
/// the order given, then the 256 bytes, then the merges. Counting by presence, words that hold the
/// first two bytes of a special token are left out, as the assignment's reference does.
package struct MergeTrainer {
  private let vocabularySize: Int
  private let specialTokens: [String]
  private let pairCounting: PairCounting

  /// Sets what to learn; a size without room for the special tokens and the bytes, one beyond the ids
  /// that there are, and special tokens that cannot be are refused.
  package init(
    vocabularySize: Int, specialTokens: [String] = ["<|endoftext|>"],
    pairCounting: PairCounting = .presence
  ) throws {
    let minimum = specialTokens.count + 256
    guard vocabularySize >= minimum else {
      throw TokenizationError.vocabularyTooSmall(requested: vocabularySize, minimum: minimum)
    }
    guard vocabularySize <= MergeTable.maximumCount else {
      throw TokenizationError.vocabularyTooLarge(
        requested: vocabularySize, maximum: MergeTable.maximumCount)
    }
    try Vocabulary.check(specialTokens.enumerated().map { SpecialToken($1, id: $0) })
    for text in specialTokens where ByteAlphabet.bytes(of: text.utf8)?.count == 1 {
      throw TokenizationError.ambiguousSpelling(text)
    }
    self.vocabularySize = vocabularySize
    self.specialTokens = specialTokens
    self.pairCounting = pairCounting
  }

  /// The beginnings of special tokens whose words are left out.
  private var excluded: [[UInt8]] {
    guard pairCounting == .presence else { return [] }
    return specialTokens.map { Array($0.utf8.prefix(2)) }.filter { $0.count == 2 }
  }

  /// How many distinct words, and how many in all, are left out because of special tokens.
  package func wordsLeftOut(of counts: WordCounts) -> (distinct: Int, total: UInt64) {
    var (distinct, total) = (0, UInt64(0))
    let excluded = excluded
    counts.visit { word, count in
      guard word.count > 1, word.holdsAny(of: excluded) else { return }
      distinct += 1
      total &+= count
    }
    return (distinct, total)
  }

  /// Learns from the counts; the vocabulary is smaller than asked for where no pair is left.
  ///
  /// `progress` is told now and then how many merges are learned, and of how many. Memory grows with
  /// the distinct words and with the merges that there are, not with the size that is asked for.
  package func train(
    on counts: WordCounts, progress: (_ learned: Int, _ asked: Int) -> Void = { _, _ in }
  ) throws -> Vocabulary {
    // An ordinary token that reads like a special one could not be told from it in any file.
    let reserved = Set(specialTokens.compactMap { ByteAlphabet.bytes(of: $0.utf8) })
    let learner = MergeLearner(
      counts, firstByte: Int32(specialTokens.count), pairCounting: pairCounting,
      excluding: excluded, reserved: reserved)
    let asked = vocabularySize - specialTokens.count - 256
    var merges: [(left: Int32, right: Int32)] = []
    while merges.count < asked, let merge = learner.next() {
      merges.append(merge)
      if merges.count % 256 == 0 { progress(merges.count, asked) }
    }
    progress(merges.count, asked)
    return try Vocabulary(specialTokens: specialTokens, merges: merges)
  }
}

/// The words of a corpus as tokens, and the counts of their pairs kept up as pairs are merged.
///
/// Only words that hold the merged pair are looked at, each once, from left to right. Say that (a, b)
/// becomes X and that a word reads `c a b c a d`, which becomes `c X c a d`. Where a b goes, two pairs go
/// with it, (c, a) on its left and (b, c) on its right, and two come, (c, X) and (X, c).
///
/// Counted by occurrence, the four counts change by the word's frequency. Counted by presence, a pair
/// counts less only if the word holds it nowhere any more. (c, a) still stands before the d, which shows
/// only further on: so the word's losses are noted, here c as a left and c as a right neighbour; each
/// pair with a or b that is met outside of a merge marks its other part as one that `stayed`, here c as
/// a left neighbour of a; and at the end of the word the losses are settled: c on the left stayed,
/// c on the right did not, and only (b, c) counts less, and once, however often it was lost.
private final class MergeLearner {
  private let countsPresence: Bool
  private let pairs = PairIndex()
  private var queue: PairQueue
  private var nextToken: Int32

  // Word number w is symbols[begins[w]..<begins[w] + lengths[w]].
  private let symbols: OwnedBuffer<Int32>
  private let begins: OwnedBuffer<Int>
  private let lengths: OwnedBuffer<Int32>
  private let frequencies: OwnedBuffer<UInt64>

  /// A token on one side of the pair that is merged, and the pairs that it is in there.
  private struct Neighbour {
    /// The token that was being made when `old` was looked up.
    var oldToken: Int32 = -1
    /// Its pair with a part of the merged pair.
    var old: Int32 = -1
    /// The token that was being made when `new` came up.
    var newToken: Int32 = -1
    /// Its pair with the token that is made.
    var new: Int32 = -1
    /// The last visit to a word in which `old` was met outside of a merge.
    var stayed: UInt32 = 0
  }

  /// The neighbours on the left by token, then those on the right.
  private var neighbours: OwnedBuffer<Neighbour>
  /// What no token may read like.
  private let reserved: Set<[UInt8]>
  private var visit: UInt32 = 0
  /// Neighbours that lost a pair in the word that is visited.
  private var losses: [UnsafeMutablePointer<Neighbour>] = []

  init(
    _ counts: WordCounts, firstByte: Int32, pairCounting: PairCounting,
    excluding excluded: [[UInt8]], reserved: Set<[UInt8]>
  ) {
    self.reserved = reserved
    countsPresence = pairCounting == .presence
    nextToken = firstByte + 256
    var symbolCount = 0
    counts.visit { word, _ in symbolCount += word.count }
    symbols = OwnedBuffer(uninitializedCount: symbolCount)
    begins = OwnedBuffer(uninitializedCount: counts.count)
    lengths = OwnedBuffer(uninitializedCount: counts.count)
    frequencies = OwnedBuffer(uninitializedCount: counts.count)
    neighbours = OwnedBuffer(repeating: Neighbour(), count: 2 * (Int(firstByte) + 256 + 1024))
    queue = PairQueue(
      tokens: Array(repeating: [], count: Int(firstByte)) + (0...255).map { [UInt8($0)] })
    addWords(counts, firstByte: firstByte, excluded)
    for pair in 0..<pairs.count { queue.push(pair, in: pairs) }
  }

  private func addWords(_ counts: WordCounts, firstByte: Int32, _ excluded: [[UInt8]]) {
    var indexOfBytes = [Int32](repeating: -1, count: 1 << 16)
    let (symbols, begins, lengths) = (symbols.base, begins.base, lengths.base)
    var end = 0
    var word: Int32 = 0
    counts.visit { bytes, frequency in
      guard bytes.count > 1, !bytes.holdsAny(of: excluded) else { return }
      begins[Int(word)] = end
      lengths[Int(word)] = Int32(bytes.count)
      frequencies.base[Int(word)] = frequency
      visit &+= 1
      for i in 0..<bytes.count {
        symbols[end] = firstByte + Int32(bytes[i])
        end += 1
        guard i > 0 else { continue }
        let key = Int(bytes[i - 1]) << 8 | Int(bytes[i])
        if indexOfBytes[key] < 0 {
          indexOfBytes[key] = Int32(
            pairs.insert(firstByte + Int32(bytes[i - 1]), firstByte + Int32(bytes[i])))
        }
        add(word, frequency, to: Int(indexOfBytes[key]))
      }
      word += 1
    }
  }

  /// Counts a pair in the word that is visited.
  @inline(__always)
  private func add(_ word: Int32, _ frequency: UInt64, to pair: Int) {
    let isFirst = pairs.pairs[pair].visit != visit
    if isFirst {
      pairs.pairs[pair].visit = visit
      pairs.addWord(word, to: pair)
    }
    if isFirst || !countsPresence { pairs.pairs[pair].count &+= frequency }
  }

  /// Merges the best pair everywhere and returns it; nil where no pair is left.
  func next() -> (left: Int32, right: Int32)? {
    guard let best = nextPair() else { return nil }
    let (left, right) = (pairs.pairs[best].left, pairs.pairs[best].right)
    if Int(nextToken) == tokenCapacity {
      // What was looked up for earlier merges is of no use for this one.
      neighbours = OwnedBuffer(repeating: Neighbour(), count: 2 * neighbours.count)
    }
    let firstNew = pairs.count
    while let word = pairs.takeWord(from: best) {
      merge(left, right, into: nextToken, in: word)
    }
    pairs.pairs[best].count = 0
    queue.addToken(left, right)
    for pair in firstNew..<pairs.count { queue.push(pair, in: pairs) }
    nextToken += 1
    return (left, right)
  }

  /// The best pair that may become a token.
  private func nextPair() -> Int? {
    while let best = queue.pop(from: pairs) {
      let pair = pairs.pairs[best]
      if reserved.isEmpty || !reserved.contains(queue.bytes(pair.left, pair.right)) { return best }
    }
    return nil
  }

  /// How many tokens `neighbours` has room for on either side.
  private var tokenCapacity: Int { neighbours.count / 2 }

  /// Merges a pair in one word, from the left, and keeps the counts of its neighbours.
  private func merge(_ left: Int32, _ right: Int32, into token: Int32, in word: Int32) {
    let symbols = symbols.base + begins.base[Int(word)]
    let length = Int(lengths.base[Int(word)])
    let frequency = frequencies.base[Int(word)]
    let lefts = neighbours.base
    let rights = lefts + tokenCapacity
    visit &+= 1
    var read = 0
    var write = 0
    // Where the last merged pair ended: the pair across that place is gone already.
    var mergedEnd = -1
    while read < length {
      let symbol = symbols[read]
      if symbol == left, read &+ 1 < length, symbols[read &+ 1] == right {
        if write > 0 {
          let before = symbols[write &- 1]
          if mergedEnd != read { lose(before, left, lefts + Int(before), token, frequency) }
          gain(before, token, lefts + Int(before), token, word, frequency)
        }
        read &+= 2
        if read < length {
          let after = symbols[read]
          // In a run of one letter this may be the pair that is merged.
          if right != left || after != right {
            lose(right, after, rights + Int(after), token, frequency)
          }
        }
        mergedEnd = read
        symbols[write] = token
      } else {
        if mergedEnd == read {
          if read > 0 { gain(token, symbol, rights + Int(symbol), token, word, frequency) }
        } else if countsPresence, write > 0 {
          let before = symbols[write &- 1]
          if symbol == left { lefts[Int(before)].stayed = visit }
          if before == right { rights[Int(symbol)].stayed = visit }
        }
        symbols[write] = symbol
        read &+= 1
      }
      write &+= 1
    }
    lengths.base[Int(word)] = Int32(write)
    if countsPresence { settle(frequency) }
  }

  /// Counts the pair of a neighbour with the new token.
  @inline(__always) private func gain(
    _ first: Int32, _ second: Int32, _ neighbour: UnsafeMutablePointer<Neighbour>,
    _ token: Int32, _ word: Int32, _ frequency: UInt64
  ) {
    if neighbour.pointee.newToken != token {
      neighbour.pointee.newToken = token
      neighbour.pointee.new = Int32(pairs.insert(first, second))
    }
    add(word, frequency, to: Int(neighbour.pointee.new))
  }

  /// Takes away the pair of a neighbour with a part of the merged pair.
  @inline(__always) private func lose(
    _ first: Int32, _ second: Int32, _ neighbour: UnsafeMutablePointer<Neighbour>,
    _ token: Int32, _ frequency: UInt64
  ) {
    if neighbour.pointee.oldToken != token {
      neighbour.pointee.oldToken = token
      neighbour.pointee.old = Int32(pairs.find(first, second))
    }
    if countsPresence {
      losses.append(neighbour)
    } else {
      pairs.pairs[Int(neighbour.pointee.old)].count &-= frequency
    }
  }

  /// Takes the word's frequency off the pairs that it lost, once each, and does not hold any more.
  private func settle(_ frequency: UInt64) {
    for neighbour in losses where neighbour.pointee.stayed != visit {
      let pair = pairs.pairs + Int(neighbour.pointee.old)
      guard pair.pointee.visit != visit else { continue }
      pair.pointee.visit = visit
      pair.pointee.count &-= frequency
    }
    losses.removeAll(keepingCapacity: true)
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether one of the pairs of bytes stands somewhere.
  fileprivate func holdsAny(of pairs: [[UInt8]]) -> Bool {
    pairs.contains { pair in
      (1..<Swift.max(1, count)).contains { self[$0 - 1] == pair[0] && self[$0] == pair[1] }
    }
  }
}
