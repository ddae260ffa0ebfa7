/// Writes strings as JSON has them, with the escapes that the reference implementations of
/// safetensors and tokenizers use (`serde_json`).
package enum JSONText {
  /// Appends UTF-8 text in quotation marks.
  package static func append(_ text: [UInt8], to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
      case 0x08: output += Array("\\b".utf8)
      case 0x09: output += Array("\\t".utf8)
      case 0x0A: output += Array("\\n".utf8)
      case 0x0C: output += Array("\\f".utf8)
      case 0x0D: output += Array("\\r".utf8)
      case 0..<0x20:
        output += Array(("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8)
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  /// The text in quotation marks.
  package static func literal(_ text: String) -> String {
    var output: [UInt8] = []
    append(Array(text.utf8), to: &output)
    return String(decoding: output, as: UTF8.self)
  }
}
