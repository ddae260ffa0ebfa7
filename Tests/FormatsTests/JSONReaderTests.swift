import ParablePlatform
import Testing

@testable import ParableFormats

@Suite struct JSONReaderTests {
  private static let text =
    #" { "a\n" : [ 1 , -20, 0 ] , "é\u00e9\ud83d\ude00" :{"x":[true,false,null]} , "n":-1.5e+3 } "#

  /// What is read of bytes that come in parts of `length`, as text.
  private func read(_ bytes: [UInt8], partLength length: Int) throws -> String {
    let part = OwnedBuffer<UInt8>(uninitializedCount: length)
    var rest = bytes[...]
    var reader = JSONReader {
      // Each part is written over by the next.
      let count = part.buffer.update(fromContentsOf: rest.prefix(length))
      rest = rest.dropFirst(length)
      return count == 0
        ? nil : UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(part.buffer)[..<count])
    }
    let value = try reader.value()
    try reader.end()
    return "\(value)"
  }

  @Test func partsOfAnyLengthGiveTheSame() throws {
    let bytes = [0xEF, 0xBB, 0xBF] + Array(Self.text.utf8)
    let whole = try bytes.withUnsafeBytes { "\(try JSONValue(parsing: $0))" }
    #expect(whole.contains("éé😀"))
    for length in [1, 2, 3, 7, bytes.count] {
      #expect(try read(bytes, partLength: length) == whole)
    }
  }

  @Test(arguments: [1, 2, 100])
  func faultsHaveTheSamePlaceInParts(length: Int) throws {
    for (bytes, offset) in [
      (Array("[1, 2".utf8), 6 - 1), (Array("[1 2]".utf8), 3), (Array("[\"".utf8) + [0xC3], 2),
      (Array("[\"a\"]x".utf8), 5), (Array("{\"a\":1,\"\\u0061\":2}".utf8), 7),
    ] {
      let failure = #expect(throws: JSONFailure.self) { try read(bytes, partLength: length) }
      #expect(failure?.offset == offset, "\(bytes)")
    }
  }

  @Test func wholeNumbersAreReadExactly() throws {
    func integer(_ text: String) throws -> Int {
      try Array(text.utf8).withUnsafeBytes { bytes in
        var reader = JSONReader(bytes)
        let value = try reader.integer()
        try reader.end()
        return value
      }
    }
    #expect(try integer(" 9223372036854775807 ") == .max)
    #expect(try integer("-12") == -12 && integer("0") == 0 && integer("-0") == 0)
    for text in ["9223372036854775808", "01", "1.0", "1e3", "-", "+1", "", "x", "\"1\""] {
      #expect(throws: JSONFailure.self) { try integer(text) }
    }
    for text in ["1.0", "1e3"] {
      let failure = JSONFailure(reason: "a whole number is expected", offset: 0)
      #expect(throws: failure) { try integer(text) }
    }
  }

  @Test func textsAreWrittenAsTheyAreRead() throws {
    let text = String(String.UnicodeScalarView((0..<0x100).compactMap { Unicode.Scalar($0) })) + "😀"
    let literal = JSONText.literal(text)
    #expect(literal.hasPrefix(#""\u0000\u0001"#) && literal.contains(#"\b\t\n\u000b\f\r\u000e"#))
    let value = try Array(literal.utf8).withUnsafeBytes { try JSONValue(parsing: $0) }
    #expect(value.text == text)
  }
}
