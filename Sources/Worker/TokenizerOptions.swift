import ParableCommandLineInterface
import ParablePlatform
import ParableSettings
import ParableTokenization
import ParableTraining

/// The options by which a command names a finished tokenizer.
struct TokenizerOptions {
  var tokenizer: String?
  var vocabulary: String?
  var merges: String?
  var specialToken: [String] = []

  @SettingsBuilder<Self> static var settings: [Setting<Self>] {
    Setting(
      \.tokenizer, "tokenizer", "folder of a tokenizer or of a run, with its special tokens",
      unit: "DIR"
    ).heading("Tokenizer")
    Setting(
      \.vocabulary, "vocabulary", "vocab.json, with --merges instead of --tokenizer",
      unit: "FILE")
    Setting(\.merges, "merges", "merges.txt of that vocabulary", unit: "FILE")
    Setting(\.specialToken, "specialToken", "special token of that vocabulary", unit: "TOKEN")
      .unlessGiven("none")
  }
}

/// How ids are written outside JSON: raw little-endian numbers.
enum RawIDs: String, CaseIterable {
  case u16, u32
}

extension TokenizerOptions {
  /// Refuses a folder that holds a tokenizer already, unless it is to be replaced.
  static func checkIsFree(_ folder: String, overwrite: Bool) throws {
    guard !overwrite, let file = Vocabulary.existingFile(in: folder) else { return }
    throw CommandFailure(
      description:
        "\(quoted(file)): a tokenizer is there already; choose another --output, or give "
        + "--overwrite")
  }

  /// Loads the tokenizer that is named, and says once if its merges are not the ones that decide.
  func load<Options>(for invocation: Invocation<Options>) throws -> Vocabulary {
    let arguments = invocation.arguments
    let vocabulary: Vocabulary
    let source: String
    if let folder = tokenizer {
      guard self.vocabulary == nil, merges == nil, specialToken.isEmpty else {
        throw arguments.unsuitable(
          "--tokenizer is a whole tokenizer",
          remedy: "leave out --vocabulary, --merges and --special-token")
      }
      source = RunFolder.tokenizerFolder(at: folder)
      vocabulary = try Vocabulary.load(verifying: source)
    } else {
      guard let file = self.vocabulary, let merges else {
        throw arguments.unsuitable(
          "no tokenizer is named", remedy: "give --tokenizer DIR, or --vocabulary and --merges")
      }
      vocabulary = try Vocabulary.load(
        vocabularyFile: file, mergesFile: merges, specialTokens: specialToken)
      source = merges
    }
    for note in vocabulary.notesOnMerges(in: source) {
      invocation.progress.note(note)
    }
    return vocabulary
  }
}
