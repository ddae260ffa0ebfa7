import Foundation

/// Bytes with more brackets within each other than any file of this program has.
package struct TooDeeplyNested: Error, CustomStringConvertible {
  package let description = "there are too many brackets within each other"
}

extension JSONDecoder {
  /// The most brackets within each other that are read.
  private static let deepest = 256

  /// Decodes a value from bytes that nobody has checked.
  ///
  /// Foundation's parser ends the process where it meets the 513th bracket at the end of the bytes, while
  /// it looks for the place to name; such bytes are refused before.
  ///
  /// - Throws: ``TooDeeplyNested``, or what the decoder throws.
  package func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, untrusted data: Data
  ) throws -> Value {
    guard data.withUnsafeBytes(isShallow) else { throw TooDeeplyNested() }
    return try decode(type, from: data)
  }

  private func isShallow(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var depth = 0
    var (isInText, isEscaped) = (false, false)
    for byte in bytes {
      if isEscaped {
        isEscaped = false
      } else if isInText {
        isEscaped = byte == UInt8(ascii: "\\")
        if byte == UInt8(ascii: "\"") { isInText = false }
      } else {
        switch byte {
        case UInt8(ascii: "\""): isInText = true
        case UInt8(ascii: "["), UInt8(ascii: "{"):
          depth += 1
          if depth > Self.deepest { return false }
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        default: break
        }
      }
    }
    return true
  }
}
