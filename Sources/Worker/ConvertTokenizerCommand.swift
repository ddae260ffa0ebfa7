import Foundation
import ParableCommandLineInterface
import ParableFormats
import ParablePlatform
import ParableSettings
import ParableTokenization
import ParableTraining

enum ConvertTokenizerCommand: Command {
  static let name = "convert-tokenizer"
  static let summary = "write a tokenizer in the formats of other programs"
  static let discussion = [
    "Writes vocab.json, merges.txt, tokenizer.json and tokenizer_config.json (Hugging Face) and "
      + "tokenizer.tiktoken; what a file's format cannot say is told, and tokenizer.tiktoken is left "
      + "out where it would give other ids."
  ]

  struct Options: DeclaredSettings {
    var source = TokenizerOptions()
    var tiktoken: String?
    var output = ""
    var overwrite = false

    static var settings: [Setting<Options>] {
      TokenizerOptions.settings.map { $0.within(\.source) }
      Setting(
        \.tiktoken, "tiktoken",
        "lines of base64 and rank, instead of --tokenizer; special tokens get the next ids",
        unit: "FILE"
      ).heading("Files")
      Setting(\.output, "output", "folder of the files", unit: "DIR").required
      Setting(\.overwrite, "overwrite", "replace a tokenizer that is in that folder")
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let output = invocation.options.output
    let vocabulary = try load(invocation)
    try TokenizerOptions.checkIsFree(output, overwrite: invocation.options.overwrite)
    var files = try vocabulary.files()
    do {
      files.append(("tokenizer.tiktoken", try vocabulary.tiktokenFile()))
    } catch let error as TokenizationError {
      invocation.progress.note("\(error)")
    }
    if let loss = vocabulary.lossAsMerges {
      invocation.progress.note("vocab.json and merges.txt: they cannot say that \(loss)")
    }
    try makeFolder(output)
    for file in files {
      try DurableFile.write(file.bytes, to: output + "/" + file.name)
      try invocation.output.line("\(output)/\(file.name)")
    }
  }

  private static func load(_ invocation: Invocation<Options>) throws -> Vocabulary {
    let source = invocation.options.source
    guard let file = invocation.options.tiktoken else { return try source.load(for: invocation) }
    guard [source.tokenizer, source.vocabulary, source.merges].allSatisfy({ $0 == nil }) else {
      throw invocation.arguments.unsuitable(
        "--tiktoken is a whole tokenizer",
        remedy: "leave out --tokenizer, --vocabulary and --merges")
    }
    return try Vocabulary.load(
      tiktokenFile: file, specialTokens: source.specialToken.map { ($0, nil) })
  }
}
