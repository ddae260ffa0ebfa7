import Foundation
import ParableCommandLineInterface
import ParableSettings
import ParableTokenization

enum DecodeCommand: Command {
  static let name = "decode"
  static let summary = "turn token ids into text"

  struct Options: JSONOptions {
    var source = TokenizerOptions()
    var input: String?
    var format: RawIDs?
    var skipUnknown = false
    var json = false

    static var settings: [Setting<Options>] {
      TokenizerOptions.settings.map { $0.within(\.source) }
      Setting(\.input, "input", "where the ids are", unit: "FILE").unlessGiven("the standard input")
        .heading("Ids")
      Setting(choice: \.format, "format", "read raw little-endian numbers")
        .unlessGiven("one JSON array, or what encode --json prints")
      Setting(\.skipUnknown, "skipUnknown", "leave out ids that the tokenizer does not have")
      Setting.json(\.json)
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    let vocabulary = try options.source.load(for: invocation)
    let unknown: Vocabulary.UnknownIDs = options.skipUnknown ? .skip : .fail
    let input = IDInput(
      input: try ByteInput(path: options.input), width: options.format.map { $0 == .u16 ? 2 : 4 })
    var whole: [UInt8] = []
    // Whether raw ids are of this width at all is known at the end, and then more to the point.
    var failure: CommandFailure?
    try input.forEachPart { ids in
      guard failure == nil else { return }
      do {
        let bytes = try vocabulary.decode(ids, unknown: unknown)
        if options.json {
          whole += bytes
        } else {
          try bytes.withUnsafeBytes { try invocation.output.bytes($0) }
        }
      } catch let error as TokenizationError {
        guard case .unknownID = error else { throw error }
        let described = CommandFailure(description: "\(error), or --skip-unknown")
        guard options.format != nil else { throw described }
        failure = described
      }
    }
    if let failure { throw failure }
    if options.json {
      // Replaced once, when everything is there.
      try invocation.output.object(["text": String(decoding: whole, as: UTF8.self)])
    }
  }
}
