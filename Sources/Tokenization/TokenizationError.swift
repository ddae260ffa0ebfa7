import Files

/// What can go wrong with tokenizers for reasons outside the program.
public enum TokenizationError: Error, Equatable, CustomStringConvertible {
  /// A file could not be read.
  case unreadable(
    path: String, reason: String, remedy: String = "check the name and its permissions")
  /// A file could not be written.
  case unwritable(path: String, reason: String, remedy: String = "choose another place")
  /// A file is not what its name says.
  case malformed(path: String, detail: String, remedy: String = "export the tokenizer again")
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
  public var description: String {
    switch self {
    case .unreadable(let path, let reason, let remedy),
      .unwritable(let path, let reason, let remedy),
      .malformed(let path, let reason, let remedy):
      "\(quoted(path)): \(quoted(reason)); \(remedy)"
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
