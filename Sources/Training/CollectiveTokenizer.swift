import Foundation
import ParableCollective
import ParableCorpus
import ParablePlatform
import ParableTokenization

/// Learns a tokenizer on all ranks together, and encodes a corpus with it.
///
/// Each rank counts and encodes a contiguous range of the corpus's shards. Counts are exchanged and
/// added, so that every rank learns the same merges; the shards depend on the corpus alone, so that
/// the ids in the file do not depend on the number of ranks.
package struct CollectiveTokenizer {
  /// What there is to tell while it works.
  package enum Progress: Sendable {
    /// This rank's bytes counted so far, and the distinct words among them.
    case counting(bytes: Int, of: Int, words: Int)
    /// Merges learned.
    case merging(learned: Int, of: Int)
    /// This rank's bytes encoded so far.
    case encoding(bytes: Int, of: Int)
  }

  /// A tokenizer that was learned, and what of.
  package struct Learned {
    /// The tokenizer.
    package let vocabulary: Vocabulary
    /// The words of the corpus and how often each occurs.
    package let counts: WordCounts
    /// How many bytes of it belong to no valid UTF-8 sequence.
    package let invalidBytes: Int
    /// How long it took to count, until every rank had the counts of all.
    package let countingSeconds: Double
    /// The words that were not learned from, because of special tokens.
    package let wordsLeftOut: (distinct: Int, total: UInt64)

    /// Says which words were not learned from.
    package var noteOnWordsLeftOut: String {
      let (distinct, total) = wordsLeftOut
      return
        "the tokenizer: not learned from \(distinct) distinct words (\(total) in all) that hold the first "
        + "two bytes of a special token; train-tokenizer --pair-counting occurrence takes all"
    }
  }

  /// A corpus that was encoded.
  package struct Encoded: Codable, Equatable, Sendable {
    /// How many ids it has.
    package var tokens: Int
    /// The bytes of the text without its special tokens.
    package var bytes: Int
    /// How many bytes of it belong to no valid UTF-8 sequence.
    package var invalidBytes: Int
    /// How the ids are written.
    package var width: TokenFile.Width
  }

  private let communicator: any Communicator
  private let reader: DocumentReader
  private let report: (Progress) -> Void

  /// Works on the corpus that `reader` has opened, on every rank.
  package init(
    communicator: any Communicator, reader: DocumentReader,
    report: @escaping (Progress) -> Void = { _ in }
  ) {
    self.communicator = communicator
    self.reader = reader
    self.report = report
  }

  /// This rank's parts of the files.
  private func spans() throws -> [DocumentReader.Span] {
    try reader.spans(of: shards)
  }

  private var shards: Range<Int> {
    WorkPartition(itemCount: reader.shardCount, partCount: communicator.size)
      .range(of: communicator.rank)
  }

  /// What tells this corpus, and each of its files, from others: the same on every rank.
  package func digests() throws -> (whole: String, files: [String]) {
    let own = try reader.digests(ofBlocks: shards)
    var rest = try Array(communicator.allGather(values: own).joined())[...]
    let sizes = reader.files.map { UInt64($0.byteCount) }
    let whole = ContentDigest.text(of: sizes + rest)
    let files = reader.files.indices.map { file in
      let count = ContentDigest.partCount * reader.shardCount(ofFile: file)
      defer { rest = rest.dropFirst(count) }
      return ContentDigest.text(of: [sizes[file]] + rest.prefix(count))
    }
    return (whole, files)
  }

  /// Counts the words of the corpus: the same on every rank.
  package func countWords(specialTokens: [String]) throws -> WordCounts {
    let counts = WordCounts(specialTokens: specialTokens)
    let spans = try spans()
    let total = spans.reduce(0) { $0 + $1.range.count }
    var done = 0
    for span in spans {
      try reader.read(span) { bytes in
        counts.feed(bytes)
        done += bytes.count
        report(.counting(bytes: done, of: total, words: counts.count))
      }
      counts.finish()
    }
    let all = try communicator.size == 1 ? [] : communicator.allGather(counts.serialised())
    for (rank, bytes) in all.enumerated() where rank != communicator.rank { counts.merge(bytes) }
    return counts
  }

  /// Learns a vocabulary from the corpus: the same on every rank.
  package func learn(
    vocabularySize: Int, specialTokens: [String] = [Vocabulary.endOfTextToken],
    pairCounting: PairCounting = .presence
  ) throws -> Learned {
    // A size that cannot be is refused before anything is counted.
    let trainer = try MergeTrainer(
      vocabularySize: vocabularySize, specialTokens: specialTokens, pairCounting: pairCounting)
    let clock = ContinuousClock()
    let start = clock.now
    let counts = try countWords(specialTokens: specialTokens)
    let invalid = try communicator.allGather(values: [counts.invalidByteCount]).joined()
    let countingSeconds = (clock.now - start) / .seconds(1)
    let vocabulary = try trainer.train(on: counts) { report(.merging(learned: $0, of: $1)) }
    return Learned(
      vocabulary: vocabulary, counts: counts, invalidBytes: invalid.reduce(0, +),
      countingSeconds: countingSeconds, wordsLeftOut: trainer.wordsLeftOut(of: counts))
  }

  /// A part of the corpus's ids in memory.
  package struct Share {
    /// Ids that follow each other.
    package var ids: [Int32]
    /// Which of the corpus's ids are this rank's own: the first of `ids`.
    package var own: Range<Int>
    /// How many ids the corpus has.
    package var total: Int
    /// The bytes of the text without special tokens.
    package var bytes: Int
  }

  /// This rank's share of the corpus's ids, and as many of those behind it as are asked for: no rank
  /// holds them all.
  package func encodeShare(with vocabulary: Vocabulary, following: Int) throws -> Share {
    var ids: [Int32] = []
    let stream = try encodeOwn(with: vocabulary) { ids += $0 }
    let special = try communicator.allGather(values: [stream.specialByteCount]).joined()
    let counts = try communicator.allGather(values: [ids.count]).flatMap { $0 }
    let starts = try communicator.allGather(values: Array(ids.prefix(following)))
    let first = counts[..<communicator.rank].reduce(0, +)
    let own = first..<first + ids.count
    ids += starts[(communicator.rank + 1)...].joined().prefix(following)
    return Share(
      ids: ids, own: own, total: counts.reduce(0, +),
      bytes: reader.byteCount - special.reduce(0, +))
  }

  /// Encodes this rank's parts and hands over the ids as they come.
  private func encodeOwn(
    with vocabulary: Vocabulary, _ body: (UnsafeBufferPointer<Int32>) throws -> Void
  ) throws -> StreamingEncoder {
    let stream = StreamingEncoder(Encoder(vocabulary))
    let spans = try spans()
    let total = spans.reduce(0) { $0 + $1.range.count }
    var done = 0
    for span in spans {
      try reader.read(span) { bytes in
        try stream.feed(bytes, body)
        done += bytes.count
        report(.encoding(bytes: done, of: total))
      }
      try stream.finish(body)
    }
    return stream
  }

  /// Encodes the corpus into one token file that all ranks can see, every file of it for itself.
  package func encode(with vocabulary: Vocabulary, into path: String) throws -> Encoded {
    let width = TokenFile.Width(vocabularyCount: vocabulary.count)
    // The first rank's ids begin at the beginning: it writes where all end up. The others learn
    // their place when everybody has finished, and write aside until then.
    let isFirst = communicator.rank == 0
    let aside = path + ".partial"
    let own = isFirst ? aside : "\(aside)-\(communicator.rank)"
    defer { unlink(own) }
    let writer = try TokenFileWriter(path: own, width: width)
    let stream = try encodeOwn(with: vocabulary, writer.append)
    try writer.finish(lasting: isFirst)
    let mine = [writer.count, stream.specialByteCount, stream.invalidByteCount]
    let all = try communicator.allGather(values: mine)
    if !isFirst && writer.count > 0 {
      try writer.copy(to: aside, at: all[..<communicator.rank].reduce(0) { $0 + $1[0] })
    }
    try communicator.barrier()
    try communicator.onFirstRank {
      guard rename(aside, path) == 0 else { throw FileError.writing(path) }
    }
    return Encoded(
      tokens: all.reduce(0) { $0 + $1[0] }, bytes: reader.byteCount - all.reduce(0) { $0 + $1[1] },
      invalidBytes: all.reduce(0) { $0 + $1[2] }, width: width)
  }
}
