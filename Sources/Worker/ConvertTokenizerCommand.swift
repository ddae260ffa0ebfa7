import CommandLineInterface
import Formats
import Foundation
import Platform
import Tokenization
import Training

/// `worker convert-tokenizer`: one tokenizer in every format that others read.
enum ConvertTokenizerCommand: Command {
  static let name = "convert-tokenizer"
  static let summary = "write a tokenizer in the formats of other programs"
  static let discussion = [
    "Writes vocab.json, merges.txt, tokenizer.json and tokenizer_config.json (Hugging Face) and "
      + "tokenizer.tiktoken; what a file's format cannot say is told, and tokenizer.tiktoken is left "
      + "out where it would give other ids."
  ]

  static let groups = [
    TokenizerOptions.group,
    OptionGroup(
      "Files",
      [
        .text(
          "tiktoken", "FILE",
          "lines of base64 and rank, instead of --tokenizer; special tokens get the next ids"),
        .text("output", "DIR", "folder of the files", isRequired: true),
        .flag("overwrite", "replace a tokenizer that is in that folder"),
      ]),
  ]

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let output = try arguments.requiredText("output")
    let vocabulary = try load(invocation)
    try TokenizerOptions.checkIsFree(output, arguments)
    var files = try vocabulary.files()
    do {
      files.append(("tokenizer.tiktoken", try vocabulary.tiktokenFile()))
    } catch let error as TokenizationError {
      invocation.progress.note("worker: \(error)")
    }
    if let loss = vocabulary.lossAsMerges {
      invocation.progress.note("worker: vocab.json and merges.txt: they cannot say that \(loss)")
    }
    try makeFolder(output)
    for file in files {
      try DurableFile.write(file.bytes, to: output + "/" + file.name)
      try invocation.output.line("\(output)/\(file.name)")
    }
  }

  private static func load(_ invocation: Invocation) throws -> Vocabulary {
    let arguments = invocation.arguments
    guard let file = arguments.text("tiktoken") else {
      return try TokenizerOptions.load(invocation)
    }
    guard ["tokenizer", "vocabulary", "merges"].allSatisfy({ arguments.text($0) == nil }) else {
      throw arguments.unsuitable(
        "--tiktoken is a whole tokenizer",
        remedy: "leave out --tokenizer, --vocabulary and --merges")
    }
    return try Vocabulary.load(
      tiktokenFile: file, specialTokens: arguments.texts("special-token").map { ($0, nil) })
  }
}
