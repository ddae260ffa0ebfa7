import Collective
import Corpus
import Foundation
import TensorFiles
import Tokenization

/// A text as tokens, with what a loss by byte needs to know.
public struct PreparedText {
  /// The ids.
  public let tokens: TokenFile

  /// The length of the text without its special tokens, in bytes.
  public let byteCount: Int
}

/// Everything that a training reads.
struct PreparedCorpus {
  /// The tokenizer.
  let vocabulary: Vocabulary

  /// What is learned from.
  let training: TokenFile

  /// What is evaluated on.
  let validation: PreparedText?
}

/// Makes a run's tokenizer and token files from its text files, or takes those that the run has
/// already.
///
/// Beside each thing that is prepared stands what it was made from, so that another text or another
/// tokenizer is noticed. Everything has the same bytes for any number of ranks.
struct CorpusPreparation {
  private let communicator: any Communicator
  private let run: RunFolder
  private let settings: PretrainingSettings
  private let isResuming: Bool
  private let report: (TrainingEvent) -> Void

  init(
    communicator: any Communicator, run: RunFolder, settings: PretrainingSettings,
    isResuming: Bool, report: @escaping (TrainingEvent) -> Void
  ) {
    self.communicator = communicator
    self.run = run
    self.settings = settings
    self.isResuming = isResuming
    self.report = report
  }

  /// Prepares the corpus, or takes what the run has prepared.
  ///
  /// - Throws: ``TrainingError/corpusChanged(path:run:)`` where a resumed run would go on with
  ///   another text than it began with.
  func prepare() throws -> PreparedCorpus {
    if settings.corpus.isEmpty { try writeStories() }
    let corpus = try source(settings.corpus.isEmpty ? [run.stories] : settings.corpus)
    let vocabulary = try tokenizer(corpus)
    let training = try tokens(of: corpus, named: "training", vocabulary)
    let validation = try settings.validation.map { path in
      let tokens = try tokens(of: source([path]), named: "validation", vocabulary)
      guard tokens.count > 1 else { throw TrainingError.nothingToEvaluate(path: path) }
      return PreparedText(tokens: tokens, byteCount: vocabulary.byteCount(of: tokens))
    }
    return PreparedCorpus(vocabulary: vocabulary, training: training, validation: validation)
  }

  /// A text: its files, and a digest of what they hold.
  private struct Source {
    var paths: [String]
    /// Nil where the files of a resumed run are gone.
    var text: (reader: DocumentReader, fingerprint: String)?
  }

  private func source(_ paths: [String]) throws -> Source {
    let isGone = try communicator.fromFirstRank {
      paths.contains { !FileManager.default.fileExists(atPath: $0) }
    }
    if isResuming && isGone { return Source(paths: paths) }
    let reader = try DocumentReader(paths: paths, specialTokens: [Vocabulary.endOfTextToken])
    guard reader.byteCount > 0 else {
      throw TrainingError.emptyText(path: paths.joined(separator: ", "))
    }
    return Source(paths: paths, text: (reader, try reader.fingerprint(communicator)))
  }

  private func writeStories() throws {
    _ = try communicator.fromFirstRank {
      if !FileManager.default.fileExists(atPath: run.stories) {
        report(.note("writing \(StoryGrammar.defaultStoryCount) built-in stories"))
        let aside = run.stories + ".writing"
        try StoryGrammar(seed: 1).write(0..<StoryGrammar.defaultStoryCount, to: aside)
        try FileManager.default.moveItem(atPath: aside, toPath: run.stories)
      }
      return true
    }
  }

  /// The run's own tokenizer: learned here, or a copy of the one that the settings name.
  private func tokenizer(_ corpus: Source) throws -> Vocabulary {
    if isResuming { return try Vocabulary.load(directory: run.tokenizer) }
    if let given = settings.tokenizer {
      let vocabulary = try Vocabulary.load(directory: given)
      try save(vocabulary)
      return vocabulary
    }
    guard let (reader, fingerprint) = corpus.text else {
      throw TrainingError.emptyText(path: corpus.paths.joined(separator: ", "))
    }
    let origin = Origin(text: fingerprint, tokenizer: "\(settings.vocabularySize) ids")
    if try isPrepared(origin, "tokenizer") {
      return try Vocabulary.load(directory: run.tokenizer)
    }
    let learned = try TokenizerTraining(
      communicator: communicator, vocabularySize: settings.vocabularySize,
      specialTokens: [Vocabulary.endOfTextToken], report: report
    ).train(on: reader).vocabulary
    if learned.count < settings.vocabularySize {
      report(
        .note(
          "no pair is left to merge: the vocabulary has \(learned.count) ids instead of "
            + "\(settings.vocabularySize)"))
    }
    try save(learned)
    try record(origin, "tokenizer")
    return learned
  }

  private func save(_ vocabulary: Vocabulary) throws {
    _ = try communicator.fromFirstRank {
      try FileManager.default.createDirectory(
        atPath: run.tokenizer, withIntermediateDirectories: true)
      try vocabulary.save(to: run.tokenizer)
      return true
    }
  }

  /// The token file of a text, encoded where it is not there yet.
  private func tokens(
    of source: Source, named name: String, _ vocabulary: Vocabulary
  ) throws -> TokenFile {
    let width = TokenWidth(vocabulary: vocabulary.count)
    let path = "\(run.tokens)/\(name).\(width.name)"
    let digest = try vocabulary.vocabularyFile().withUnsafeBytes { SHA256.hexDigest(of: $0) }
    guard let (reader, fingerprint) = source.text else {
      report(.note("\(source.paths.joined(separator: ", ")) is gone: going on with \(path)"))
      return try TokenFile(path: path, width: width)
    }
    let origin = Origin(text: fingerprint, tokenizer: digest)
    if try isPrepared(origin, name) { return try TokenFile(path: path, width: width) }
    guard !isResuming else {
      throw TrainingError.corpusChanged(
        path: source.paths.joined(separator: ", "), run: run.path)
    }
    let result = try CorpusEncoding(
      communicator: communicator, vocabulary: vocabulary, report: report
    ).encode(reader, to: path)
    if result.invalidSequences > 0 {
      report(
        .note(
          "\(result.invalidSequences) sequences of bytes are not UTF-8 and stay as they are, "
            + source.paths.joined(separator: ", ")))
    }
    try record(origin, name)
    return result.tokens
  }

  // What each prepared thing was made from, in a file beside it.

  private struct Origin: Codable, Equatable {
    var text: String
    var tokenizer: String
  }

  private func isPrepared(_ origin: Origin, _ name: String) throws -> Bool {
    try communicator.fromFirstRank {
      let data = FileManager.default.contents(atPath: originFile(name)) ?? Data()
      return (try? JSONDecoder().decode(Origin.self, from: data)) == origin
    }
  }

  private func record(_ origin: Origin, _ name: String) throws {
    _ = try communicator.fromFirstRank {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try DurableFile.write([UInt8](encoder.encode(origin)), to: originFile(name))
      return true
    }
  }

  private func originFile(_ name: String) -> String { "\(run.tokens)/\(name).origin.json" }
}

extension Vocabulary {
  /// The length of the text of `tokens` without special tokens, in bytes.
  func byteCount(of tokens: TokenFile) -> Int {
    let lengths = textLengths
    var total = 0
    var ids = [Int32](repeating: 0, count: 1 << 16)
    for start in stride(from: 0, to: tokens.count, by: ids.count) {
      ids.withUnsafeMutableBufferPointer { buffer in
        let part = UnsafeMutableBufferPointer(
          rebasing: buffer[..<min(buffer.count, tokens.count - start)])
        tokens.read(at: start, into: part)
        for id in part { total += lengths[Int(id)] }
      }
    }
    return total
  }

  /// The same for ids in memory.
  func byteCount(of ids: [Int32]) -> Int {
    let lengths = textLengths
    return ids.reduce(0) { $0 + lengths[Int($1)] }
  }

  /// The length of each token in bytes, 0 for special tokens.
  private var textLengths: [Int] {
    var lengths = (0..<count).map { bytes(of: $0)?.count ?? 0 }
    for token in specialTokens { lengths[token.id] = 0 }
    return lengths
  }
}
