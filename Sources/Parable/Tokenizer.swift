import ParableCollective
import ParableCorpus
import ParableTokenization
import ParableTraining

/// A byte-pair tokenizer: from text to token ids and back.
///
/// Any text can be encoded, as all bytes are tokens. `<|endoftext|>` is the special token that ends a
/// document.
public struct Tokenizer: Sendable {
  private let encoder: Encoder

  /// How many ids there are.
  public var vocabularySize: Int { encoder.vocabulary.count }

  init(_ vocabulary: Vocabulary) { encoder = Encoder(vocabulary) }

  /// Learns a tokenizer of at most `vocabularySize` ids, 257 or more, from text files.
  ///
  /// The same files give the same tokenizer everywhere.
  public init(learningFrom files: [String], vocabularySize: Int) throws {
    let special = [Vocabulary.endOfTextToken]
    let reader = try DocumentReader(paths: files, specialTokens: special)
    let learned = try CollectiveTokenizer(communicator: SoloCommunicator(), reader: reader)
      .learn(
        vocabularySize: vocabularySize, specialTokens: special, pairCounting: .presence)
    self.init(learned.vocabulary)
  }

  /// Opens the tokenizer in a folder: `tokenizer.json`, or `vocab.json` with `merges.txt`.
  public init(contentsOf folder: String) throws {
    self.init(try Vocabulary.load(verifying: folder))
  }

  /// Writes `tokenizer.json`, `vocab.json` and `merges.txt` into an existing folder.
  public func save(to folder: String) throws {
    try encoder.vocabulary.save(to: folder)
  }

  /// The ids of a text.
  public func encode(_ text: String) -> [Int] { encoder.encode(text).map { Int($0) } }

  /// The text of ids; bytes that are no UTF-8 are replaced.
  ///
  /// Throws where an id has no token.
  public func decode(_ ids: [Int]) throws -> String {
    try encoder.vocabulary.decodeText(ids.map { Int32(clamping: $0) })
  }
}
