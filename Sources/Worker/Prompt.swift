import ParableCommandLineInterface
import ParableModel
import ParablePlatform
import ParableTokenization
import ParableTraining

/// What a text is written on from.
struct Prompt {
  /// The tokens that the network reads, at least one.
  let ids: [Int32]

  /// Those of them that were asked for: the start of a text is read and not shown.
  let shown: [Int32]
}

extension Prompt {
  /// All prompts that the command line names, in their order; one that is empty is the start of a
  /// text.
  static func all(
    _ invocation: Invocation<GenerateCommand.Options>, _ directory: ModelDirectory
  ) throws -> [Prompt] {
    let arguments = invocation.arguments
    let options = invocation.options
    let given: [PartialKeyPath<GenerateCommand.Options>] = [\.prompt, \.prompts, \.promptIds]
    guard given.filter(arguments.isGiven).count <= 1 else {
      throw arguments.unsuitable(
        "--prompt, --prompts and --prompt-ids exclude each other", remedy: "give one of them")
    }
    if let list = options.promptIds {
      return [try Prompt(list: list, arguments, directory)]
    }
    let texts =
      try options.prompts.map { try lines(ofFile: $0, invocation) }
      ?? options.prompt.map { Array($0.utf8) }
    let encoder = Encoder(directory.vocabulary)
    return try (texts.isEmpty ? [[]] : texts).map { text in
      let ids = encoder.encode(text)
      if !ids.isEmpty { return Prompt(ids: ids, shown: ids) }
      guard let endOfText = directory.vocabulary.endOfText else {
        throw arguments.unsuitable(
          "an empty prompt needs a tokenizer with \(Vocabulary.endOfTextToken)",
          remedy: "give --prompt TEXT")
      }
      // Every text of the training began behind the end of another.
      return Prompt(ids: [Int32(endOfText)], shown: [])
    }
  }

  /// Reads `1,2,3`.
  private init(
    list: String, _ arguments: ParsedArguments<GenerateCommand.Options>, _ directory: ModelDirectory
  ) throws {
    let numbers = list.split(separator: ",", omittingEmptySubsequences: false)
      .map { Int32($0.trimmingPrefix(" ")) }
    guard !numbers.contains(nil) else {
      throw arguments.unsuitable(
        "'\(list)' is no list of ids", remedy: "give --prompt-ids as 1,2,3")
    }
    let ids = numbers.compactMap(\.self)
    let known = min(directory.configuration.vocabulary, directory.vocabulary.count)
    if let unknown = ids.first(where: {
      $0 >= known || directory.vocabulary.bytes(of: Int($0)) == nil
    }) {
      throw arguments.unsuitable(
        "--prompt-ids has \(unknown), which is no token of this model",
        remedy: "give ids of its tokenizer, from 0 to \(known - 1)")
    }
    self.init(ids: ids, shown: ids)
  }

  /// The lines of a file, empty ones left out; a line ends with a line feed, or with a carriage
  /// return and a line feed.
  private static func lines(
    ofFile path: String, _ invocation: Invocation<GenerateCommand.Options>
  ) throws -> [[UInt8]] {
    var bytes: [UInt8] = []
    try ByteInput(path: path).forEachPart { bytes += $0 }
    let all = bytes.withoutByteOrderMark.split(separator: 10, omittingEmptySubsequences: false)
    var lines: [[UInt8]] = []
    for (index, line) in all.enumerated() {
      let line = Array(line.last == 13 ? line.dropLast() : line)
      if line.isEmpty { continue }
      if String(validating: line, as: UTF8.self) == nil {
        invocation.progress.note(
          "\(path): line \(index + 1) is not UTF-8, its bytes are taken as they are")
      }
      lines.append(line)
    }
    guard !lines.isEmpty else {
      throw invocation.arguments.unsuitable("\(path) has no prompt", remedy: "write one per line")
    }
    return lines
  }
}
