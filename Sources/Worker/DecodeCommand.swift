import CommandLineInterface
import Foundation
import Tokenization

/// `worker decode`: ids to text.
enum DecodeCommand: Command {
  static let name = "decode"
  static let summary = "turn token ids into text"

  static let groups = [
    TokenizerOptions.group,
    OptionGroup(
      "Ids",
      [
        .text(
          "input", "FILE", "where the ids are", unlessGiven: "the standard input"),
        .choice(
          "format", ["u16", "u32"], "read raw little-endian numbers",
          unlessGiven: "one JSON array, or what encode --json prints"),
        .flag("skip-unknown", "leave out ids that the tokenizer does not have"),
        .json,
      ]),
  ]

  /// What `--json` prints.
  private struct Report: Encodable {
    var text: String
  }

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let vocabulary = try TokenizerOptions.load(invocation)
    let unknown: Vocabulary.UnknownIDs = arguments.flag("skip-unknown") ? .skip : .fail
    let input = IDInput(
      input: try ByteInput(path: arguments.text("input")),
      width: arguments.text("format").map { $0 == "u16" ? 2 : 4 })
    var whole: [UInt8] = []
    func take(_ ids: [Int32]) throws {
      let bytes: [UInt8]
      do {
        bytes = try vocabulary.decode(ids, unknown: unknown)
      } catch TokenizationError.unknownID(let id) {
        throw UnknownID(error: .unknownID(id))
      }
      if arguments.flag("json") {
        whole += bytes
      } else {
        try bytes.withUnsafeBytes { try invocation.output.bytes($0) }
      }
    }
    // Whether raw ids are of this width at all is known at the end, and then more to the point.
    var failure: UnknownID?
    try input.forEachPart { ids in
      do {
        if failure == nil { try take(ids) }
      } catch let error as UnknownID where arguments.text("format") != nil {
        failure = error
      }
    }
    if let failure { throw failure }
    if arguments.flag("json") {
      // Replaced once, when everything is there.
      try invocation.output.object(Report(text: String(decoding: whole, as: UTF8.self)))
    }
  }
}

/// An id that the vocabulary does not have, to which decoding has an option of its own.
private struct UnknownID: Error, CustomStringConvertible {
  let error: TokenizationError

  var description: String { "\(error), or --skip-unknown" }
}
