import Foundation
import ParableCommandLineInterface
import ParableCorpus
import ParablePlatform
import ParableSettings
import ParableTokenization

enum EncodeCommand: Command {
  static let name = "encode"
  static let summary = "turn text from the standard input into token ids"

  struct Options: JSONOptions {
    var source = TokenizerOptions()
    var format: RawIDs?
    var output: String?
    var show = false
    var json = false

    static var settings: [Setting<Options>] {
      TokenizerOptions.settings.map { $0.within(\.source) }
      Setting(choice: \.format, "format", "write raw little-endian numbers to --output")
        .unlessGiven("one JSON array on standard output").heading("Ids")
      Setting(\.output, "output", "where raw ids go", unit: "FILE")
      Setting(
        \.show, "show", "print the tokens in turn with their ids, to see how the text was cut")
      Setting.json(\.json)
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let arguments = invocation.arguments
    let options = invocation.options
    guard (options.format == nil) == (options.output == nil) else {
      throw arguments.unsuitable(
        "--format and --output belong together", remedy: "give both or neither")
    }
    guard !options.show || options.output == nil && !options.json else {
      throw arguments.unsuitable(
        "--show is for people", remedy: "leave out --output, --format and --json")
    }
    let vocabulary = try options.source.load(for: invocation)
    let stream = StreamingEncoder(Encoder(vocabulary))
    if let output = options.output {
      try write(vocabulary, stream, to: output, arguments)
    } else if options.show {
      try show(vocabulary, stream, invocation.output)
    } else {
      try writeArray(stream, invocation.output, isObject: options.json)
    }
    if stream.invalidByteCount > 0 {
      invocation.progress.note(
        "the input: \(stream.invalidByteCount) bytes are not valid UTF-8; they stay as they are"
      )
    }
  }

  private static func encode(
    _ stream: StreamingEncoder, _ body: (UnsafeBufferPointer<Int32>) throws -> Void
  ) throws {
    try ByteInput(path: nil).forEachPart { try stream.feed($0, body) }
    try stream.finish(body)
  }

  private static func write(
    _ vocabulary: Vocabulary, _ stream: StreamingEncoder, to path: String,
    _ arguments: ParsedArguments<Options>
  ) throws {
    let width: TokenFile.Width = arguments.options.format == .u16 ? .u16 : .u32
    guard width.rawValue >= TokenFile.Width(vocabularyCount: vocabulary.count).rawValue else {
      throw arguments.unsuitable(
        "u16 has no room for \(vocabulary.count) ids", remedy: "use --format u32")
    }
    try DurableFile.write(to: path) { file in
      let writer = try TokenFileWriter(path: file.path, width: width, shownPath: path)
      try encode(stream, writer.append)
      try writer.finish()
    }
  }

  private static func writeArray(
    _ stream: StreamingEncoder, _ output: Output, isObject: Bool
  ) throws {
    var text = isObject ? "{\"ids\":[" : "["
    var separator = ""
    try encode(stream) { ids in
      for id in ids {
        text += "\(separator)\(id)"
        separator = ", "
      }
      try output.text(text)
      text = ""
    }
    try output.text(text + (isObject ? "]}\n" : "]\n"))
  }

  /// One token per line: its id, and its text as it would stand in a program.
  private static func show(
    _ vocabulary: Vocabulary, _ stream: StreamingEncoder, _ output: Output
  ) throws {
    let special = Set(vocabulary.specialTokens.map { Int32($0.id) })
    try encode(stream) { ids in
      var lines = ""
      for id in ids {
        let number = String(id)
        let padding = String(repeating: " ", count: max(0, 7 - number.count))
        let mark = special.contains(id) ? "  special" : ""
        lines += "\(padding)\(number)  \(readable(vocabulary.bytes(of: Int(id)) ?? []))\(mark)\n"
      }
      try output.text(lines)
    }
  }

  /// Bytes as text in quotes; what is not valid UTF-8, as hexadecimal numbers.
  ///
  /// Of more than `longest` bytes, only the first are shown.
  static func readable(_ bytes: [UInt8], longest: Int = .max) -> String {
    guard bytes.count <= longest else {
      // Not in the middle of a character.
      var end = longest
      while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
      return readable(Array(bytes[..<end])) + "… (\(bytes.count.formatted()) bytes)"
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return bytes.map { String(format: "<%02X>", $0) }.joined()
    }
    let shown = text.unicodeScalars.map { scalar in
      scalar == "\"" || scalar == "\\" || scalar.properties.generalCategory == .control
        ? scalar.escaped(asASCII: false) : String(scalar)
    }
    return "\"\(shown.joined())\""
  }
}
