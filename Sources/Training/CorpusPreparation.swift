import Foundation
import ParableCollective
import ParableCorpus
import ParableFormats
import ParablePlatform
import ParableTokenization

/// A text as ids.
package struct PreparedText {
  /// The ids.
  package let tokens: TokenFile
  /// The bytes of the text without its special tokens.
  package let byteCount: Int
}

/// What a training learns from.
package struct PreparedCorpus {
  /// The tokenizer.
  package let vocabulary: Vocabulary
  /// The ids to learn.
  package let training: TokenFile
  /// The text to evaluate on.
  package let validation: PreparedText?
  /// What was prepared, for the checkpoints.
  package let record: CorpusPreparation.Record
}

/// Makes the tokenizer and the token files of a run, on all ranks together, and finds again what
/// the run has prepared before.
///
/// `tokens/preparation.json` says what was made and of what: the digests of the texts, the special
/// tokens and the way of counting. Where that is what is asked for, nothing is made again.
package struct CorpusPreparation {
  /// `tokens/preparation.json`: what was prepared, and of what.
  package struct Record: Codable, Equatable {
    /// What decides a tokenizer that is learned.
    struct Learning: Codable, Equatable {
      var vocabularySize: Int
      var specialTokens: [String]
      var pairCounting: String
    }

    /// One text that was encoded.
    struct Text: Codable, Equatable {
      var digest: String
      var encoded: CollectiveTokenizer.Encoded
      /// Tells the token file from others; nil in records of before there was one.
      var tokenDigest: String?
    }

    var learning: Learning?
    /// Tells the tokenizer's file from others.
    var vocabulary: String
    var training: Text
    var validation: Text?
  }

  /// What a run that goes on has to find again.
  package struct Resumption {
    /// The folder of the tokenizer that it trains with: its checkpoint's.
    package var tokenizer: String
    /// What its checkpoint knows of the token files; nil in those of before it was stored.
    package var record: Record?

    /// Goes on with the tokenizer of a folder.
    package init(tokenizer: String, record: Record? = nil) {
      self.tokenizer = tokenizer
      self.record = record
    }
  }

  /// What a tokenizer that is learned has beside its merges, and how it counts pairs.
  private static let specialTokens = [Vocabulary.endOfTextToken]
  private static let pairCounting = PairCounting.presence

  private let communicator: any Communicator
  private let run: RunFolder
  private let settings: PretrainingSettings
  private let isResuming: Bool
  private let report: (TrainingEvent) -> Void
  private let found: Record?
  private let given: Vocabulary?
  private let corpus: Source
  private let validation: Source?

  /// Opens the texts, and the tokenizer where there is one already, for the folder of a run; every
  /// rank gets the events.
  ///
  /// A resumed run keeps its tokenizer. Of the settings those of the data count; a corpus is among them.
  package init(
    communicator: any Communicator, run: RunFolder, settings: PretrainingSettings,
    resuming resumption: Resumption? = nil, report: @escaping (TrainingEvent) -> Void = { _ in }
  ) throws {
    self.communicator = communicator
    self.run = run
    self.settings = settings
    self.report = report
    isResuming = resumption != nil
    found = try resumption?.record ?? communicator.fromFirstRank { Self.record(of: run) }
    func load(_ folder: String) throws -> Vocabulary {
      let vocabulary = try Vocabulary.load(verifying: folder)
      for note in vocabulary.notesOnMerges(in: folder) { report(.note(note)) }
      return vocabulary
    }
    given =
      if let resumption {
        try load(resumption.tokenizer)
      } else {
        try settings.tokenizer.map { try load(RunFolder.tokenizerFolder(at: $0)) }
      }
    if let resumption, let given {
      // The tokenizer of a run that goes on, which the run's own copy has to be too.
      let own = try? Vocabulary.load(directory: run.tokenizer)
      guard try own.map(Self.identity) == Self.identity(of: given) else {
        throw TrainingError.file(
          path: run.tokenizer, reason: "it is not the tokenizer that the run trains with",
          remedy: "copy tokenizer.json, vocab.json and merges.txt of \(resumption.tokenizer) there")
      }
    }
    let specialTokens = given?.specialTokens.map(\.text) ?? Self.specialTokens
    func source(_ paths: [String]) throws -> Source {
      try Source(
        paths, specialTokens, mayBeGone: resumption != nil, communicator, report)
    }
    corpus = try source(settings.corpus)
    validation = try settings.validation.map { try source([$0]) }
  }

  /// The digests of the texts that are there, by their paths.
  package var inputs: [String: String] {
    corpus.digests.merging(validation?.digests ?? [:]) { $1 }
  }

  /// What a checkpoint says of the texts as they were: its own digests or, in one of the version
  /// before, today's where the text as a whole is the one that was prepared.
  package func inputs(
    of record: TrainingRecord<PretrainingSettings, PretrainingProgress>
  ) -> [String: String] {
    guard record.inputs.isEmpty, let before = record.progress.preparation else {
      return record.inputs
    }
    return [(corpus, before.training), (validation, before.validation)].reduce(into: [:]) {
      guard let source = $1.0, let text = source.text else { return }
      let isSame = $1.1.map { $0.digest == text.digest } ?? true
      $0.merge(isSame ? source.digests : source.digests.mapValues { _ in "another" }) { $1 }
    }
  }

  /// Prepares what is asked for, or finds it prepared.
  package func prepare() throws -> PreparedCorpus {
    if let given, !isResuming { try save(given) }
    let learning = Record.Learning(
      vocabularySize: settings.vocabularySize, specialTokens: Self.specialTokens,
      pairCounting: Self.pairCounting.rawValue)
    let vocabulary =
      try given ?? kept(found, learning, corpus) ?? learn(from: corpus)
    let identity = try Self.identity(of: vocabulary)
    let isSame = found?.vocabulary == identity
    if isResuming && !isSame {
      report(
        .note("\(recordPath) is missing or another: the text may not be the one of the first start")
      )
    }
    let training = try encode(
      corpus, "training", vocabulary, found: isSame ? found?.training : nil)
    let validation = try validation.map { source in
      let text = try encode(
        source, "validation", vocabulary, found: isSame ? found?.validation : nil)
      guard text.tokens.count > 1 else { throw TrainingError.nothingToEvaluate(path: source.names) }
      return text
    }
    let record = Record(
      // A tokenizer that is kept was not learned from a text that changed.
      learning: isResuming
        ? (training.origin.digest == found?.training.digest ? found?.learning : nil)
        : given == nil ? learning : nil, vocabulary: identity,
      training: training.origin, validation: validation?.origin)
    try communicator.onFirstRank {
      if record != Self.record(of: run) { try write(record) }
    }
    return PreparedCorpus(
      vocabulary: vocabulary, training: training.tokens,
      validation: validation.map {
        PreparedText(tokens: $0.tokens, byteCount: $0.origin.encoded.bytes)
      }, record: record)
  }

  /// A text: its files, and what they hold.
  private struct Source {
    let paths: [String]
    /// Nil where the files of a run that goes on are gone.
    let text: (tokenizer: CollectiveTokenizer, digest: String)?
    /// The digest of each file by its path.
    let digests: [String: String]

    init(
      _ paths: [String], _ specialTokens: [String], mayBeGone: Bool,
      _ communicator: any Communicator, _ report: @escaping (TrainingEvent) -> Void
    ) throws {
      self.paths = paths
      let areThere = paths.allSatisfy { FileManager.default.fileExists(atPath: $0) }
      if mayBeGone, try !communicator.agrees(areThere) {
        text = nil
        digests = [:]
        return
      }
      for path in paths { try refuseOtherForms(path) }
      let tokenizer = CollectiveTokenizer(
        communicator, try DocumentReader(paths: paths, specialTokens: specialTokens), report)
      let found = try tokenizer.digests()
      text = (tokenizer, found.whole)
      digests = Dictionary(zip(paths.map(absolutePath), found.files), uniquingKeysWith: { $1 })
    }

    var names: String { paths.joined(separator: ", ") }
  }

  /// The run's tokenizer, if it was learned from the same corpus in the same way.
  private func kept(
    _ found: Record?, _ learning: Record.Learning, _ corpus: Source
  ) throws -> Vocabulary? {
    guard let found, found.learning == learning, found.training.digest == corpus.text?.digest
    else { return nil }
    let vocabulary = try? Vocabulary.load(directory: run.tokenizer)
    let isSame = try vocabulary.map { try Self.identity(of: $0) == found.vocabulary } ?? false
    return try communicator.agrees(isSame) ? vocabulary : nil
  }

  private func learn(from corpus: Source) throws -> Vocabulary {
    guard let tokenizer = corpus.text?.tokenizer else {
      throw CorpusError.emptyCorpus(paths: corpus.paths)
    }
    let learned = try tokenizer.learn(
      vocabularySize: settings.vocabularySize, specialTokens: Self.specialTokens,
      pairCounting: Self.pairCounting)
    let vocabulary = learned.vocabulary
    if learned.wordsLeftOut.distinct > 0 { report(.note(learned.noteOnWordsLeftOut)) }
    if vocabulary.count < settings.vocabularySize {
      report(
        .note(
          "no pair is left to merge: the vocabulary has \(vocabulary.count) ids instead of "
            + "\(settings.vocabularySize)"))
    }
    try save(vocabulary)
    return vocabulary
  }

  private func save(_ vocabulary: Vocabulary) throws {
    try communicator.onFirstRank {
      try makeFolder(run.tokenizer)
      for file in try vocabulary.files() {
        try DurableFile.write(file.bytes, to: run.tokenizer + "/" + file.name)
      }
    }
  }

  /// A text's token file: the one that is there if it was made of the same, else a new one.
  private func encode(
    _ source: Source, _ name: String, _ vocabulary: Vocabulary, found: Record.Text?
  ) throws -> (tokens: TokenFile, origin: Record.Text) {
    let width = TokenFile.Width(vocabularyCount: vocabulary.count)
    let path = "\(run.tokens)/\(name).\(width.name)"
    let kept = try? TokenFile(path: path, width: width)
    let whole = try undamaged(kept, found, vocabulary)
    guard let text = source.text else {
      if let whole {
        report(.note("\(source.names): it is gone; going on with \(path)"))
        return whole
      }
      let reason = kept == nil ? "it is gone" : "it is not what was written"
      throw TrainingError.file(
        path: path, reason: "\(reason), and \(source.names) is gone", remedy: "restore one of them")
    }
    let isSameText = found?.digest == text.digest
    if let whole, isSameText { return whole }
    if isResuming && kept != nil {
      let reason = isSameText ? "it is not what was written" : "it is of another text"
      report(.note("\(path): \(reason); encoding \(source.names) again"))
    }
    return try encodeAnew(text, source.names, vocabulary, into: path)
  }

  private func encodeAnew(
    _ text: (tokenizer: CollectiveTokenizer, digest: String), _ names: String,
    _ vocabulary: Vocabulary, into path: String
  ) throws -> (tokens: TokenFile, origin: Record.Text) {
    try communicator.onFirstRank {
      try makeFolder(run.tokens)
    }
    let encoded = try text.tokenizer.encode(with: vocabulary, into: path)
    if encoded.invalidBytes > 0 {
      report(.note("\(names): \(encoded.invalidBytes) bytes are not UTF-8 and stay as they are"))
    }
    let tokens = try TokenFile(path: path, width: encoded.width)
    return (
      tokens,
      Record.Text(digest: text.digest, encoded: encoded, tokenDigest: try digest(of: tokens))
    )
  }

  /// The token file that was found, if on all ranks it is the one that was written and all of its
  /// ids are the tokenizer's: what is learned from it is never looked at again.
  private func undamaged(
    _ file: TokenFile?, _ found: Record.Text?, _ vocabulary: Vocabulary
  ) throws -> (tokens: TokenFile, origin: Record.Text)? {
    let isThere =
      (file?.count ?? 0) > 0 && file?.count == found?.encoded.tokens
      && (found?.encoded.bytes ?? -1) >= 0
    guard try communicator.agrees(isThere), let file, var found else { return nil }
    let digest = try digest(of: file)
    guard found.tokenDigest == nil || found.tokenDigest == digest else { return nil }
    found.tokenDigest = digest
    let share = WorkPartition(itemCount: file.count, partCount: communicator.size)
      .range(of: communicator.rank)
    guard try communicator.agrees((file.largestID(share) ?? 0) < vocabulary.count) else {
      return nil
    }
    return (file, found)
  }

  private func digest(of file: TokenFile) throws -> String? {
    guard file.count > 0 else { return nil }
    return try CollectiveTokenizer(communicator, DocumentReader(paths: [file.path]), report)
      .digests().whole
  }

  /// Tells a tokenizer's file from others.
  package static func identity(of vocabulary: Vocabulary) throws -> String {
    try vocabulary.tokenizerFile().withUnsafeBytes {
      ContentDigest.text(of: ContentDigest.parts(of: $0))
    }
  }

  private static func recordPath(of run: RunFolder) -> String { run.tokens + "/preparation.json" }
  private var recordPath: String { Self.recordPath(of: run) }

  /// The record that is there, if it can be read; all ranks go by what the first one finds.
  private static func record(of run: RunFolder) -> Record? {
    (try? contents(ofFile: recordPath(of: run))).flatMap {
      try? JSONDecoder().decode(Record.self, untrusted: Data($0))
    }
  }

  private func write(_ record: Record) throws {
    try DurableFile.write(
      [UInt8](JSONEncoder.pretty.encode(record)) + [10], to: recordPath)
  }
}

extension CollectiveTokenizer {
  /// Reports as a training does.
  fileprivate init(
    _ communicator: any Communicator, _ reader: DocumentReader,
    _ report: @escaping (TrainingEvent) -> Void
  ) {
    self.init(communicator: communicator, reader: reader) { progress in
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
}

extension Communicator {
  /// Whether something holds on all ranks.
  fileprivate func agrees(_ holds: Bool) throws -> Bool {
    try allGather(values: [UInt8(holds ? 1 : 0)]).joined().allSatisfy { $0 == 1 }
  }
}
