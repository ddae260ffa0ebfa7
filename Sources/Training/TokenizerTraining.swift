import Collective
import Corpus
import Tokenization

/// Learns a tokenizer from a corpus: each rank counts the words of its own pieces, the counts are
/// added up, and every rank learns the same merges from them.
public struct TokenizerTraining {
  /// What is learned, and from how much.
  public struct Result {
    /// The tokenizer.
    public let vocabulary: Vocabulary

    /// Distinct words of the corpus.
    public let distinctWords: Int

    /// All words of the corpus.
    public let words: UInt64
  }

  private let communicator: any Communicator
  private let trainer: MergeTrainer
  private let specialTokens: [String]
  private let report: (TrainingEvent) -> Void

  /// Prepares to learn a vocabulary of `vocabularySize` ids.
  ///
  /// - Throws: `TokenizationError` where the size has no room for the special tokens and the bytes.
  public init(
    communicator: any Communicator, vocabularySize: Int, specialTokens: [String],
    pairCounting: PairCounting = .presence, report: @escaping (TrainingEvent) -> Void
  ) throws {
    self.communicator = communicator
    self.specialTokens = specialTokens
    self.report = report
    trainer = try MergeTrainer(
      vocabularySize: vocabularySize, specialTokens: specialTokens, pairCounting: pairCounting)
  }

  /// Learns from a corpus; the vocabulary is smaller than asked for where no pair is left.
  public func train(on corpus: DocumentReader) throws -> Result {
    let counts = WordCounts(specialTokens: specialTokens)
    let mine = corpus.share(of: communicator)
    for (done, piece) in mine.enumerated() {
      try corpus.bytes(of: piece).withUnsafeBytes { counts.feed($0, isComplete: true) }
      report(.preparing(activity: "counting words", done: done + 1, total: mine.count))
    }
    if communicator.size > 1 {
      let everybody = try communicator.allGather(counts.serialised())
      for (rank, others) in everybody.enumerated() where rank != communicator.rank {
        counts.merge(others)
      }
    }
    let vocabulary = try trainer.train(on: counts) { learned, asked in
      report(.preparing(activity: "learning merges", done: learned, total: asked))
    }
    return Result(vocabulary: vocabulary, distinctWords: counts.count, words: counts.total)
  }
}
