import ParablePlatform

/// What can go wrong with tokenizers for reasons outside the program.
package enum TokenizationError: Error, Equatable, CustomStringConvertible {
  /// A file is not what its name says.
  case malformed(path: String, detail: String, remedy: String = "export the tokenizer again")
  /// A file says something that would give other ids here than where it comes from.
  case unsupported(path: String, detail: String, remedy: String)
  /// A folder holds no tokenizer.
  case noTokenizer(path: String, reason: String)
  /// A file format cannot say what the tokenizer does.
  case inexpressible(format: String, reason: String)
  /// More ids than a vocabulary may have.
  case tooManyIDs(Int, maximum: Int)
  /// Ids so far apart that their table would be mostly empty.
  case sparseIDs(highest: Int, tokens: Int)
  /// More ids are asked for than a vocabulary may have.
  case vocabularyTooLarge(requested: Int, maximum: Int)
  /// A vocabulary has no token for a byte.
  case missingByte(UInt8)
  /// A special token has no text.
  case emptySpecialToken
  /// A special token is given twice.
  case repeatedSpecialToken(String)
  /// More ids are needed for the special tokens and the bytes than were asked for.
  case vocabularyTooSmall(requested: Int, minimum: Int)
  /// An id that the vocabulary does not have.
  case unknownID(Int)
  /// A special token is spelled like another token.
  case ambiguousSpelling(String)

  /// One line: `where: what; remedy`.
  package var description: String {
    switch self {
    case .malformed(let path, let reason, let remedy),
      .unsupported(let path, let reason, let remedy):
      "\(quoted(path)): \(quoted(reason)); \(remedy)"
    case .noTokenizer(let path, let reason):
      "\(quoted(path)): \(reason); name a folder that holds a tokenizer.json, or a run"
    case .inexpressible(let format, let reason):
      "\(format): it cannot say that \(reason); use tokenizer.json"
    case .tooManyIDs(let count, let maximum):
      "the vocabulary: it would need \(count) ids; give one of at most \(maximum)"
    case .sparseIDs(let highest, let tokens):
      "the vocabulary: its \(tokens) tokens have ids up to \(highest); number them without such gaps"
    case .vocabularyTooLarge(let requested, let maximum):
      "--vocabulary-size: \(requested) is too large; give at most \(maximum)"
    case .missingByte(let byte):
      "the vocabulary: it has no token for byte \(byte); give one with all 256 bytes"
    case .emptySpecialToken:
      "the special tokens: one is empty; give it at least one character"
    case .repeatedSpecialToken(let text):
      "special token \(quoted(text)): it is given twice; give it once"
    case .vocabularyTooSmall(let requested, let minimum):
      "--vocabulary-size: \(requested) is too small; give at least \(minimum), for special tokens "
        + "and bytes"
    case .unknownID(let id):
      "id \(id): the vocabulary does not have it; use the tokenizer that the ids were made with"
    case .ambiguousSpelling(let text):
      "special token \(quoted(text)): it is spelled like another token of the vocabulary; rename it"
    }
  }
}

/// Bytes as they may stand in a message.
func quoted(_ bytes: some Collection<UInt8>) -> String {
  // Cut before it is decoded, so that no message is made of a megabyte.
  let longest = 200
  guard bytes.count > longest else { return quoted(String(decoding: bytes, as: UTF8.self)) }
  return quoted(String(decoding: bytes.prefix(longest / 2), as: UTF8.self)) + "…"
    + quoted(String(decoding: bytes.suffix(longest / 2), as: UTF8.self))
}
