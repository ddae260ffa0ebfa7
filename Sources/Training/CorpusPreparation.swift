import Collective
import Corpus
import Formats
import Foundation
import Platform
import Tokenization

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
  /// What is to be prepared.
  package struct Request {
    /// The files to learn from.
    package var corpus: [String]
    /// The text to evaluate on.
    package var validation: String?
    /// The folder of a finished tokenizer; nil learns one from the corpus.
    package var tokenizer: String?
    /// How many ids a tokenizer that is learned shall have.
    package var vocabularySize: Int
    /// The special tokens of a tokenizer that is learned.
    package var specialTokens = [Vocabulary.endOfTextToken]
    /// How a tokenizer that is learned counts pairs.
    package var pairCounting = PairCounting.presence

    /// Asks for a tokenizer of the corpus, or for the finished one of a folder.
    package init(
      corpus: [String], validation: String? = nil, tokenizer: String? = nil, vocabularySize: Int
    ) {
      self.corpus = corpus
      self.validation = validation
      self.tokenizer = tokenizer
      self.vocabularySize = vocabularySize
    }
  }

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
    package init(tokenizer: String) { self.tokenizer = tokenizer }
  }

  private let communicator: any Communicator
  private let run: RunFolder
  private let request: Request
  private let resumption: Resumption?
  private var isResuming: Bool { resumption != nil }
  private let report: (TrainingEvent) -> Void

  /// Prepares in the folder of a run; every rank gets the events.
  ///
  /// A run that goes on keeps its tokenizer, and a corpus that changed is an error.
  package init(
    communicator: any Communicator, run: RunFolder, request: Request,
    resuming resumption: Resumption? = nil, report: @escaping (TrainingEvent) -> Void = { _ in }
  ) {
    self.communicator = communicator
    self.run = run
    self.request = request
    self.resumption = resumption
    self.report = report
  }

  /// Prepares what is asked for, or finds it prepared.
  ///
  /// - Throws: ``TrainingError/corpusChanged(path:run:)`` where a resumed run would go on with
  ///   another text than it began with.
  package func prepare() throws -> PreparedCorpus {
    let found = try resumption?.record ?? communicator.fromFirstRank { self.record() }
    let learning = Record.Learning(
      vocabularySize: request.vocabularySize, specialTokens: request.specialTokens,
      pairCounting: request.pairCounting.rawValue)
    let given =
      try resumption.map { try keep($0.tokenizer) } ?? request.tokenizer.map { try take($0) }
    let corpus = try Source(
      request.corpus, specialTokens: given?.specialTokens.map(\.text) ?? request.specialTokens,
      self)
    let vocabulary =
      try given ?? kept(found, learning, corpus) ?? learn(from: corpus)
    let identity = try identity(of: vocabulary)
    let isSame = found?.vocabulary == identity
    if isResuming && !isSame {
      report(
        .note("\(recordPath) is missing or another: the text may not be the one of the first start")
      )
    }
    let training = try encode(
      corpus, "training", vocabulary, found: isSame ? found?.training : nil)
    let validation = try request.validation.map { path in
      let source = try Source(
        [path], specialTokens: vocabulary.specialTokens.map(\.text), self)
      let text = try encode(
        source, "validation", vocabulary, found: isSame ? found?.validation : nil)
      guard text.tokens.count > 1 else { throw TrainingError.nothingToEvaluate(path: path) }
      return text
    }
    let record = Record(
      learning: isResuming ? found?.learning : given == nil ? learning : nil, vocabulary: identity,
      training: training.origin, validation: validation?.origin)
    try communicator.onFirstRank {
      if record != self.record() { try write(record) }
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

    init(_ paths: [String], specialTokens: [String], _ preparation: CorpusPreparation) throws {
      self.paths = paths
      let areThere = paths.allSatisfy { FileManager.default.fileExists(atPath: $0) }
      if preparation.isResuming, try !preparation.communicator.agrees(areThere) {
        text = nil
        return
      }
      for path in paths { try refuseOtherForms(path) }
      let tokenizer = preparation.collective(
        try DocumentReader(paths: paths, specialTokens: specialTokens))
      text = (tokenizer, try tokenizer.digest())
    }

    var names: String { paths.joined(separator: ", ") }
  }

  private func load(_ folder: String) throws -> Vocabulary {
    let vocabulary = try Vocabulary.load(directory: folder)
    for note in vocabulary.notesOnMerges(in: folder) { report(.note(note)) }
    return vocabulary
  }

  /// The tokenizer of a run that goes on, which the run's own copy has to be too.
  private func keep(_ folder: String) throws -> Vocabulary {
    let vocabulary = try load(folder)
    let own = try? Vocabulary.load(directory: run.tokenizer)
    guard try own.map({ try identity(of: $0) }) == identity(of: vocabulary) else {
      throw TrainingError.file(
        path: run.tokenizer, reason: "it is not the tokenizer that the run trains with",
        remedy: "copy tokenizer.json, vocab.json and merges.txt of \(folder) there")
    }
    return vocabulary
  }

  /// A finished tokenizer, of which the run keeps a copy.
  private func take(_ folder: String) throws -> Vocabulary {
    let vocabulary = try load(RunFolder.tokenizerFolder(at: folder))
    try save(vocabulary)
    return vocabulary
  }

  /// The run's tokenizer, if it was learned from the same corpus in the same way.
  private func kept(
    _ found: Record?, _ learning: Record.Learning, _ corpus: Source
  ) throws -> Vocabulary? {
    guard let found, found.learning == learning, found.training.digest == corpus.text?.digest
    else { return nil }
    let vocabulary = try? Vocabulary.load(directory: run.tokenizer)
    let isSame = try vocabulary.map { try identity(of: $0) == found.vocabulary } ?? false
    return try communicator.agrees(isSame) ? vocabulary : nil
  }

  private func learn(from corpus: Source) throws -> Vocabulary {
    guard let tokenizer = corpus.text?.tokenizer else {
      throw CorpusError.emptyCorpus(paths: corpus.paths)
    }
    let learned = try tokenizer.learn(
      vocabularySize: request.vocabularySize, specialTokens: request.specialTokens,
      pairCounting: request.pairCounting)
    let vocabulary = learned.vocabulary
    if learned.wordsLeftOut.distinct > 0 { report(.note(learned.noteOnWordsLeftOut)) }
    if vocabulary.count < request.vocabularySize {
      report(
        .note(
          "no pair is left to merge: the vocabulary has \(vocabulary.count) ids instead of "
            + "\(request.vocabularySize)"))
    }
    try save(vocabulary)
    return vocabulary
  }

  private func save(_ vocabulary: Vocabulary) throws {
    if communicator.rank == 0 {
      try makeFolder(run.tokenizer)
      for file in try vocabulary.files() {
        try DurableFile.write(file.bytes, to: run.tokenizer + "/" + file.name)
      }
    }
    try communicator.barrier()
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
      guard kept != nil else {
        throw TrainingError.corpusChanged(path: source.names, run: run.path)
      }
      throw TrainingError.file(
        path: path, reason: "it is not what was written, and \(source.names) is gone",
        remedy: "restore one of them")
    }
    if isResuming, let found, found.digest != text.digest {
      throw TrainingError.corpusChanged(path: source.names, run: run.path)
    }
    if let whole, found?.digest == text.digest { return whole }
    if isResuming && kept != nil {
      report(.note("\(path): it is not what was written; encoding \(source.names) again"))
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
    return try collective(DocumentReader(paths: [file.path])).digest()
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

  private var recordPath: String { run.tokens + "/preparation.json" }

  /// The record that is there, if it can be read; all ranks go by what the first one finds.
  private func record() -> Record? {
    (try? contents(ofFile: recordPath)).flatMap {
      try? JSONDecoder().decode(Record.self, from: Data($0))
    }
  }

  private func write(_ record: Record) throws {
    try DurableFile.write(
      [UInt8](JSONEncoder.pretty.encode(record)) + [10], to: recordPath)
  }
}

extension Communicator {
  /// Whether something holds on all ranks.
  fileprivate func agrees(_ holds: Bool) throws -> Bool {
    try allGather(values: [UInt8(holds ? 1 : 0)]).joined().allSatisfy { $0 == 1 }
  }
}

extension Vocabulary {
  /// What is to be said of merges of an imported tokenizer that do not decide as they stand.
  package func notesOnMerges(in path: String) -> [String] {
    var notes: [String] = []
    if ignoredMergeCount > 0 {
      let (merges, are) =
        ignoredMergeCount == 1 ? ("merge makes", "it is") : ("merges make", "they are")
      notes.append(
        "\(path): \(ignoredMergeCount) \(merges) no token of the vocabulary; \(are) ignored")
    }
    if differingMergeCount > 0 {
      notes.append(
        "\(path): \(differingMergeCount) merges are split in another way than the ids say; the ids "
          + "decide")
    }
    return notes
  }
}
