import Collective
import Corpus
import Foundation
import Tokenization

/// Encodes a corpus into one token file: each rank encodes its own pieces and writes them at their
/// place.
struct CorpusEncoding {
  /// What was written.
  struct Result {
    /// All ids.
    let tokens: TokenFile

    /// Sequences of bytes that are no UTF-8, kept as they are.
    let invalidSequences: Int
  }

  private let communicator: any Communicator
  private let vocabulary: Vocabulary
  private let report: (TrainingEvent) -> Void

  init(
    communicator: any Communicator, vocabulary: Vocabulary,
    report: @escaping (TrainingEvent) -> Void
  ) {
    self.communicator = communicator
    self.vocabulary = vocabulary
    self.report = report
  }

  /// Writes the ids of `corpus` to `path`, which is there in full or not at all.
  func encode(_ corpus: DocumentReader, to path: String) throws -> Result {
    let width = TokenWidth(vocabulary: vocabulary.count)
    let aside = path + ".writing"
    // The first rank's ids begin the file; the others' are moved there when their place is known.
    let isFirst = communicator.rank == 0
    let part = isFirst ? aside : "\(aside)-\(communicator.rank)"
    let writer = try TokenFileWriter(path: part, width: width)
    let invalid = try encodeShare(of: corpus, to: writer)
    let totals = try communicator.allGather(values: [writer.count, invalid])
    if !isFirst {
      let place = totals[..<communicator.rank].reduce(0) { $0 + $1[0] }
      let target = try TokenFileWriter(path: aside, width: width, at: place, truncating: false)
      try target.append(contentsOf: TokenFile(path: part, width: width))
      try target.synchronize()
      unlink(part)
    } else {
      try writer.synchronize()
    }
    try communicator.barrier()
    _ = try communicator.fromFirstRank {
      guard rename(aside, path) == 0 else {
        throw CorpusError.unwritable(path: path, reason: String(cString: strerror(errno)))
      }
      return true
    }
    return Result(
      tokens: try TokenFile(path: path, width: width),
      invalidSequences: totals.reduce(0) { $0 + $1[1] })
  }

  /// Encodes this rank's pieces and returns how many invalid sequences they have.
  private func encodeShare(of corpus: DocumentReader, to writer: TokenFileWriter) throws -> Int {
    let encoder = StreamingEncoder(Encoder(vocabulary))
    let mine = corpus.share(of: communicator)
    var invalid = 0
    for (done, piece) in mine.enumerated() {
      let bytes = try corpus.bytes(of: piece)
      invalid += invalidSequenceCount(bytes)
      try bytes.withUnsafeBytes { try encoder.feed($0, isComplete: true, writer.append) }
      report(.preparing(activity: "encoding", done: done + 1, total: mine.count))
    }
    return invalid
  }

  /// How many sequences a decoder would have to replace.
  private func invalidSequenceCount(_ bytes: [UInt8]) -> Int {
    if String(validating: bytes, as: UTF8.self) != nil { return 0 }
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var count = 0
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue: break
      case .emptyInput: return count
      case .error: count += 1
      }
    }
  }
}
