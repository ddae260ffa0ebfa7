import Collective
import Corpus
import Foundation
import TensorFiles
import Tokenization

/// A text as ids.
public struct PreparedText {
  /// The ids.
  public let tokens: TokenFile
  /// The bytes of the text without its special tokens.
  public let byteCount: Int
}

/// What a training learns from.
public struct PreparedCorpus {
  /// The tokenizer.
  public let vocabulary: Vocabulary
  /// The ids to learn.
  public let training: TokenFile
  /// The text to evaluate on.
  public let validation: PreparedText?
}

/// Makes the tokenizer and the token files of a run, on all ranks together, and finds again what
/// the run has prepared before.
///
/// `tokens/preparation.json` says what was made and of what: the digests of the texts, the special
/// tokens and the way of counting. Where that is what is asked for, nothing is made again.
public struct CorpusPreparation {
  /// What is to be prepared.
  public struct Request {
    /// The files to learn from.
    public var corpus: [String]
    /// The text to evaluate on.
    public var validation: String?
    /// The folder of a finished tokenizer; nil learns one from the corpus.
    public var tokenizer: String?
    /// How many ids a tokenizer that is learned shall have.
    public var vocabularySize: Int
    /// The special tokens of a tokenizer that is learned.
    public var specialTokens = [Vocabulary.endOfTextToken]
    /// How a tokenizer that is learned counts pairs.
    public var pairCounting = PairCounting.presence

    /// Asks for a tokenizer of the corpus, or for the finished one of a folder.
    public init(
      corpus: [String], validation: String? = nil, tokenizer: String? = nil, vocabularySize: Int
    ) {
      self.corpus = corpus
      self.validation = validation
      self.tokenizer = tokenizer
      self.vocabularySize = vocabularySize
    }
  }

  /// What was prepared, and of what.
  private struct Manifest: Codable, Equatable {
    /// What decides a tokenizer that is learned.
    struct Learning: Codable, Equatable {
      var corpus: String
      var vocabularySize: Int
      var specialTokens: [String]
      var pairCounting: String
    }

    /// One text that was encoded.
    struct Text: Codable, Equatable {
      var digest: String
      var encoded: CollectiveTokenizer.Encoded
    }

    var learning: Learning?
    /// Tells the tokenizer's file from others.
    var vocabulary: String
    var training: Text
    var validation: Text?
  }

  private let communicator: any Communicator
  private let run: RunFolder
  private let request: Request
  private let report: (TrainingEvent) -> Void

  /// Prepares in the folder of a run; every rank gets the events.
  public init(
    communicator: any Communicator, run: RunFolder, request: Request,
    report: @escaping (TrainingEvent) -> Void = { _ in }
  ) {
    self.communicator = communicator
    self.run = run
    self.request = request
    self.report = report
  }

  /// Prepares what is asked for, or finds it prepared.
  ///
  /// With `resuming` the run goes on, and a corpus that changed is an error.
  public func prepare(resuming: Bool = false) throws -> PreparedCorpus {
    let found = manifest()
    let vocabulary: Vocabulary
    var learning: Manifest.Learning?
    var corpusDigest: String?
    if let folder = request.tokenizer {
      vocabulary = try Vocabulary.load(directory: folder)
      if vocabulary.differingMergeCount > 0 {
        report(.note(vocabulary.differingMergesNote(in: folder)))
      }
    } else {
      let reader = try DocumentReader(
        paths: request.corpus, specialTokens: request.specialTokens)
      let tokenizer = collective(reader)
      let digest = try tokenizer.digest()
      if resuming, let found, found.training.digest != digest {
        throw TrainingError.corpusChanged(
          path: request.corpus.joined(separator: " "), run: run.path)
      }
      corpusDigest = digest
      learning = Manifest.Learning(
        corpus: digest, vocabularySize: request.vocabularySize,
        specialTokens: request.specialTokens, pairCounting: request.pairCounting.rawValue)
      vocabulary = try self.vocabulary(found: found, learning: learning, tokenizer)
    }
    let identity = try identity(of: vocabulary)
    let isSame = found?.vocabulary == identity
    let training = try text(
      request.corpus, name: "train", vocabulary, found: isSame ? found?.training : nil,
      digest: corpusDigest, resuming: resuming)
    let validation = try request.validation.map { path in
      try text(
        [path], name: "validation", vocabulary, found: isSame ? found?.validation : nil,
        digest: nil, resuming: resuming)
    }
    let manifest = Manifest(
      learning: learning, vocabulary: identity, training: training.manifest,
      validation: validation?.manifest)
    if manifest != found && communicator.rank == 0 { try write(manifest) }
    try communicator.barrier()
    return PreparedCorpus(
      vocabulary: vocabulary, training: training.prepared.tokens,
      validation: validation?.prepared)
  }

  /// The run's own tokenizer: the one that is there if it was learned from the same, else a new one.
  private func vocabulary(
    found: Manifest?, learning: Manifest.Learning?, _ tokenizer: CollectiveTokenizer
  ) throws -> Vocabulary {
    if let found, found.learning == learning,
      let kept = try? Vocabulary.load(directory: run.tokenizer),
      try communicator.agrees(identity(of: kept) == found.vocabulary)
    {
      return kept
    }
    let learned = try tokenizer.learn(
      vocabularySize: request.vocabularySize, specialTokens: request.specialTokens,
      pairCounting: request.pairCounting)
    if learned.vocabulary.count < request.vocabularySize {
      report(
        .note(
          "no pair of tokens is left after \(learned.vocabulary.count) of "
            + "\(request.vocabularySize) ids, the vocabulary has \(learned.vocabulary.count)"))
    }
    if communicator.rank == 0 {
      try makeFolder(run.tokenizer)
      for file in try learned.vocabulary.files() {
        try DurableFile.write(file.bytes, to: run.tokenizer + "/" + file.name)
      }
    }
    try communicator.barrier()
    return learned.vocabulary
  }

  /// A text's token file: the one that is there if it was made of the same, else a new one.
  private func text(
    _ paths: [String], name: String, _ vocabulary: Vocabulary, found: Manifest.Text?,
    digest: String?, resuming: Bool
  ) throws -> (prepared: PreparedText, manifest: Manifest.Text) {
    let reader = try DocumentReader(
      paths: paths, specialTokens: vocabulary.specialTokens.map(\.text))
    let tokenizer = collective(reader)
    let digest = try digest ?? tokenizer.digest()
    if resuming, let found, found.digest != digest {
      throw TrainingError.corpusChanged(path: paths.joined(separator: " "), run: run.path)
    }
    let width = TokenFile.Width(vocabularyCount: vocabulary.count)
    let path = "\(run.tokens)/\(name).\(width.name)"
    if let found, found.digest == digest, let kept = try? TokenFile(path: path, width: width),
      try communicator.agrees(kept.count == found.encoded.tokens)
    {
      return (PreparedText(tokens: kept, byteCount: found.encoded.bytes), found)
    }
    if communicator.rank == 0 { try makeFolder(run.tokens) }
    try communicator.barrier()
    let encoded = try tokenizer.encode(with: vocabulary, into: path)
    if encoded.invalidBytes > 0 {
      report(
        .note(
          "\(encoded.invalidBytes) bytes of \(paths.joined(separator: " ")) are not valid UTF-8, "
            + "they are kept as they are"))
    }
    let tokens = try TokenFile(path: path, width: width)
    return (
      PreparedText(tokens: tokens, byteCount: encoded.bytes),
      Manifest.Text(digest: digest, encoded: encoded)
    )
  }

  private func collective(_ reader: DocumentReader) -> CollectiveTokenizer {
    let report = report
    return CollectiveTokenizer(communicator: communicator, reader: reader) { progress in
      switch progress {
      case .counting(let done, let total, _):
        report(.preparing(activity: "counting words", done: done, total: total))
      case .merging(let done, let total):
        report(.preparing(activity: "learning merges", done: done, total: total))
      case .encoding(let done, let total):
        report(.preparing(activity: "encoding", done: done, total: total))
      }
    }
  }

  private func identity(of vocabulary: Vocabulary) throws -> String {
    try vocabulary.tokenizerFile().withUnsafeBytes {
      ContentDigest.text(of: ContentDigest.parts(of: $0))
    }
  }

  private var manifestPath: String { run.tokens + "/preparation.json" }

  /// The manifest that is there, if every rank can read it.
  private func manifest() -> Manifest? {
    FileManager.default.contents(atPath: manifestPath).flatMap {
      try? JSONDecoder().decode(Manifest.self, from: $0)
    }
  }

  private func write(_ manifest: Manifest) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try DurableFile.write([UInt8](encoder.encode(manifest)) + [10], to: manifestPath)
  }

  private func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw TrainingError.file(
        path: path, reason: "cannot make the folder (\(systemReason(error)))")
    }
  }
}

extension Communicator {
  /// Whether something holds on all ranks.
  fileprivate func agrees(_ holds: Bool) throws -> Bool {
    try allGather(values: [UInt8(holds ? 1 : 0)]).joined().allSatisfy { $0 == 1 }
  }
}

extension Vocabulary {
  /// Says that the merges of an imported tokenizer are not those that decide.
  public func differingMergesNote(in path: String) -> String {
    "\(differingMergeCount) merges of \(path) are split in another way than the ids say, "
      + "the ids decide"
  }
}
