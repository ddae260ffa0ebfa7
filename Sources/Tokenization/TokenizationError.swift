/// What can go wrong with tokenizers for reasons outside the program.
public enum TokenizationError: Error, Equatable, CustomStringConvertible {
  /// A file could not be read.
  case unreadable(path: String, reason: String)
  /// A file could not be written.
  case unwritable(path: String, reason: String)
  /// A file is not what its name says.
  case malformed(path: String, detail: String)
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

  /// One line: what, where, what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "cannot read \(path): \(reason), check the path and its permissions"
    case .unwritable(let path, let reason):
      "cannot write \(path): \(reason), check the path, its permissions and the space left"
    case .malformed(let path, let detail):
      "\(path) is malformed: \(detail), export the tokenizer again"
    case .missingByte(let byte):
      "the vocabulary has no token for byte \(byte), a byte-level vocabulary needs all 256"
    case .emptySpecialToken:
      "a special token is empty, give it at least one character"
    case .repeatedSpecialToken(let text):
      "special token \(text) is given twice, give it once"
    case .vocabularyTooSmall(let requested, let minimum):
      "vocabulary size \(requested) is too small, special tokens and bytes alone need \(minimum)"
    case .unknownID(let id):
      "id \(id) is not in the vocabulary, check the tokenizer or skip unknown ids"
    case .ambiguousSpelling(let text):
      "special token \(text) is spelled like another token of the vocabulary, rename it"
    }
  }
}
