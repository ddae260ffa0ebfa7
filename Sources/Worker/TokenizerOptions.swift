import CommandLineInterface
import Platform
import Tokenization
import Training

/// The options by which a command names a finished tokenizer.
enum TokenizerOptions {
  static let group = OptionGroup(
    "Tokenizer",
    [
      .text("tokenizer", "DIR", "folder of a tokenizer or of a run, with its special tokens"),
      .text("vocabulary", "FILE", "vocab.json, with --merges instead of --tokenizer"),
      .text("merges", "FILE", "merges.txt of that vocabulary"),
      .text(
        "special-token", "S", "special token of that vocabulary",
        isRepeatable: true, unlessGiven: "none"),
    ])

  /// Refuses a folder that holds a tokenizer already, unless it is to be replaced.
  static func checkIsFree(_ folder: String, _ arguments: ParsedArguments) throws {
    guard !arguments.flag("overwrite"), let file = Vocabulary.existingFile(in: folder) else {
      return
    }
    throw TokenizerExists(file: file)
  }

  /// Loads the tokenizer that is named, and says once if its merges are not the ones that decide.
  static func load(_ invocation: Invocation) throws -> Vocabulary {
    let arguments = invocation.arguments
    let special = arguments.texts("special-token")
    let vocabulary: Vocabulary
    let source: String
    if let folder = arguments.text("tokenizer") {
      guard arguments.text("vocabulary") == nil, arguments.text("merges") == nil, special.isEmpty
      else {
        throw arguments.unsuitable(
          "--tokenizer is a whole tokenizer",
          remedy: "leave out --vocabulary, --merges and --special-token")
      }
      source = RunFolder.tokenizerFolder(at: folder)
      vocabulary = try Vocabulary.load(directory: source)
    } else {
      guard let file = arguments.text("vocabulary"), let merges = arguments.text("merges") else {
        throw arguments.unsuitable(
          "no tokenizer is named", remedy: "give --tokenizer DIR, or --vocabulary and --merges")
      }
      vocabulary = try Vocabulary.load(
        vocabularyFile: file, mergesFile: merges, specialTokens: special)
      source = merges
    }
    for note in vocabulary.notesOnMerges(in: source) {
      invocation.progress.note("worker: " + note)
    }
    return vocabulary
  }
}

/// A tokenizer would be lost.
private struct TokenizerExists: Error, CustomStringConvertible {
  let file: String

  var description: String {
    "\(quoted(file)): a tokenizer is there already; choose another --output, or give --overwrite"
  }
}
