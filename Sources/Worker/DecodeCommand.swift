import CommandLineInterface
import Foundation
import Settings
import Tokenization

/// `worker decode`: ids to text.
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
      TokenizerOptions.settings.map { $0.within(\.source) } + [
        Setting(\.input, "input", "where the ids are", unit: "FILE")
          .unlessGiven("the standard input").heading("Ids"),
        Setting(choice: \.format, "format", "read raw little-endian numbers")
          .unlessGiven("one JSON array, or what encode --json prints"),
        Setting(
          \.skipUnknown, "skipUnknown", "leave out ids that the tokenizer does not have"),
        .json(\.json),
      ]
    }
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    var text: String
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    let vocabulary = try options.source.load(for: invocation)
    let unknown: Vocabulary.UnknownIDs = options.skipUnknown ? .skip : .fail
    let input = ByteInput(path: options.input)
    var reader = IDReader(width: options.format.map { $0 == .u16 ? 2 : 4 })
    var whole: [UInt8] = []
    func take(_ ids: [Int32]) throws {
      let bytes: [UInt8]
      do {
        bytes = try vocabulary.decode(ids, unknown: unknown)
      } catch TokenizationError.unknownID(let id) {
        throw UnknownID(error: .unknownID(id))
      }
      if options.json {
        whole += bytes
      } else {
        try bytes.withUnsafeBytes { try invocation.output.bytes($0) }
      }
    }
    // Whether raw ids are of this width at all is known at the end, and then more to the point.
    var failure: UnknownID?
    try input.forEachPart { bytes in
      let ids = try reader.read(bytes)
      do {
        if failure == nil { try take(ids) }
      } catch let error as UnknownID where options.format != nil {
        failure = error
      }
    }
    try reader.finish()
    if let failure { throw failure }
    if options.json {
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

/// Input that is no list of ids.
private struct MalformedIDs: Error, CustomStringConvertible {
  let what: String
  let position: Int

  var description: String {
    "the ids, byte \(position): \(what); give a JSON array of ids, or u16 or u32 with --format"
  }
}

/// Reads ids from bytes that come in parts: a JSON array, the object that `encode --json` prints, or
/// raw numbers.
private struct IDReader {
  private enum State {
    case beforeArray, inKey, beforeFirst, inNumber, afterNumber, beforeNumber, afterArray, afterAll
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  /// What stands between an object's beginning and its ids; spaces may stand outside the quotes.
  private static let key = Array("\"ids\":[".utf8)

  private let width: Int?
  private var state = State.beforeArray
  private var value: Int64 = 0
  private var isNegative = false
  private var digits = 0
  private var position = 0
  private var markLength = 0
  private var keyLength = 0
  private var isObject = false

  /// Reads raw numbers of `width` bytes, or where that is nil JSON.
  init(width: Int?) { self.width = width }

  mutating func read(_ bytes: UnsafeRawBufferPointer) throws -> [Int32] {
    var ids: [Int32] = []
    for byte in bytes {
      if let width {
        value |= Int64(byte) << (8 * digits)
        digits += 1
        if digits == width { try ids.append(take()) }
      } else if try !isMark(byte), let id = try step(byte) {
        ids.append(id)
      }
      position += 1
    }
    return ids
  }

  func finish() throws {
    if let width, digits > 0 {
      throw MalformedIDs(
        what: "the end is not that of a number of \(width) bytes (odd length)", position: position)
    }
    if width == nil, state != (isObject ? .afterAll : .afterArray) {
      throw MalformedIDs(what: "the ids end too early", position: position)
    }
  }

  /// Whether the byte belongs to a byte order mark at the beginning, which is skipped.
  private mutating func isMark(_ byte: UInt8) throws -> Bool {
    guard position == markLength, markLength < 3 else { return false }
    guard byte == Self.byteOrderMark[markLength] else {
      if markLength > 0 { throw MalformedIDs(what: "this is no list of ids", position: position) }
      markLength = 3
      return false
    }
    markLength += 1
    return true
  }

  private mutating func take() throws -> Int32 {
    defer { (value, digits, isNegative) = (0, 0, false) }
    guard let id = Int32(exactly: isNegative ? -value : value) else {
      throw MalformedIDs(what: "an id is too large", position: position)
    }
    return id
  }

  /// Reads one byte of JSON; an id is complete with the byte after it.
  private mutating func step(_ byte: UInt8) throws -> Int32? {
    let isSpace = [0x20, 0x09, 0x0A, 0x0D].contains(byte)
    let isDigit = (0x30...0x39).contains(byte)
    switch (state, byte) {
    case (.beforeArray, UInt8(ascii: "[")): state = .beforeFirst
    case (.beforeArray, UInt8(ascii: "{")): (state, isObject) = (.inKey, true)
    case (.inKey, Self.key[keyLength]):
      keyLength += 1
      if keyLength == Self.key.count { state = .beforeFirst }
    case (.inKey, _) where isSpace && [0, 5, 6].contains(keyLength): break
    case (.afterArray, UInt8(ascii: "}")) where isObject: state = .afterAll
    case (.inNumber, _) where isDigit:
      value = value * 10 + Int64(byte - 0x30)
      digits += 1
      if value > Int64(Int32.max) { _ = try take() }
    case (.beforeFirst, _) where isDigit || byte == UInt8(ascii: "-"),
      (.beforeNumber, _) where isDigit || byte == UInt8(ascii: "-"):
      isNegative = !isDigit
      value = isDigit ? Int64(byte - 0x30) : 0
      digits = isDigit ? 1 : 0
      state = .inNumber
    case (.inNumber, UInt8(ascii: ",")) where digits > 0:
      state = .beforeNumber
      return try take()
    case (.inNumber, UInt8(ascii: "]")) where digits > 0:
      state = .afterArray
      return try take()
    case (.inNumber, _) where isSpace && digits > 0:
      state = .afterNumber
      return try take()
    case (.afterNumber, UInt8(ascii: ",")): state = .beforeNumber
    case (.afterNumber, UInt8(ascii: "]")), (.beforeFirst, UInt8(ascii: "]")): state = .afterArray
    case (_, _) where isSpace && state != .inNumber && state != .inKey: break
    default: throw MalformedIDs(what: "this is no list of ids", position: position)
    }
    return nil
  }
}
