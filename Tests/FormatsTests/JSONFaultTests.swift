import Foundation
import ParableFormats
import Testing

@Suite struct JSONFaultTests {
  private func fault(_ text: String) -> JSONFault? {
    Array(text.utf8).withUnsafeBytes { JSONFault(in: $0) }
  }

  @Test(arguments: [
    ("", 1, 1, "ends too early"),
    ("[{\"a\": 1},\n {\"b\" 2}]", 2, 7, "a colon is expected"),
    ("[1, 2", 1, 6, "ends too early"),
    ("[1,\n2 3]", 2, 3, "a comma or ] is expected"),
    ("{\"a\": 1 \"b\": 2}", 1, 9, "a comma or } is expected"),
    ("{a: 1}", 1, 2, "a name in quotation marks"),
    ("[,1]", 1, 2, "a value is expected"),
    ("[\"é\", nul]", 1, 7, "a value is expected"),
    ("[\"open]", 1, 2, "has none to close it"),
    ("[\"a\nb\"]", 1, 4, "the line ends within a text"),
    ("[\"a\tb\"]", 1, 4, "a control character"),
    ("[\"\\x\"]", 1, 3, "unknown escape"),
    ("[\"ab\\ud83d\"]", 1, 5, "half a surrogate pair"),
    ("[\"\\ud83d\\u0041\"]", 1, 3, "half a surrogate pair"),
    ("[\"\\udc00\"]", 1, 3, "half a surrogate pair"),
    ("[\"\\udc00\\udc00\"]", 1, 3, "half a surrogate pair"),
    ("[\"\\u12g4\"]", 1, 7, "four hexadecimal digits"),
    ("[-]", 1, 3, "a digit is expected"),
    ("[1.]", 1, 4, "a digit is expected"),
    ("[1] 2", 1, 5, "more behind the end"),
    (String(repeating: "[", count: 100_000), 1, 513, "more than 512 brackets"),
  ])
  func theFirstFaultHasItsPlace(text: String, line: Int, column: Int, reason: String) throws {
    let fault = try #require(self.fault(text))
    #expect(fault.line == line && fault.column == column, "\(fault)")
    #expect(fault.failure.reason.contains(reason), "\(fault)")
    // Foundation refuses it too.
    let parsed = try? JSONSerialization.jsonObject(
      with: Data(text.utf8), options: .fragmentsAllowed)
    #expect(parsed == nil)
  }

  /// Foundation takes the last of them.
  @Test func aKeyThatStandsThereTwiceIsAFault() throws {
    let fault = try #require(self.fault("{\"a\": 1,\n \"b\": {\"a\": 2}, \"a\": 3}"))
    #expect(fault.description == "not JSON at line 2, column 17: \"a\" stands there twice")
  }

  @Test func whatIsJSONHasNone() {
    for text in [
      "[]", "{}",
      " [1, -2.5e+3, 0, true, false, null, \"\\u00e9\\ud83d\\ude00\\n\", {\"a\": {}}]\n",
      "\u{FEFF}[1]", "\"text\"",
    ] {
      #expect(fault(text) == nil, "\(text)")
    }
  }

  @Test func bytesThatAreNoTextHaveTheirPlace() throws {
    for (bytes, offset) in [
      ([0x5B, 0x22, 0xFF, 0x22, 0x5D], 2), ([0x5B, 0x22, 0xC3, 0xA9, 0xE2, 0x82], 4),
      ([0xED, 0xA0, 0x80], 0),
    ] as [([UInt8], Int)] {
      let fault = try #require(bytes.withUnsafeBytes { JSONFault(in: $0) })
      #expect(
        fault.failure.offset == offset && fault.failure.reason == "byte \(offset) is not UTF-8")
    }
  }

  @Test func aSecondRecordOnTheNextLineIsSeen() {
    #expect(fault("{\"a\": 1}\n{\"a\": 2}\n")?.hasMoreValues == true)
    #expect(fault("[1] x")?.hasMoreValues == false)
  }
}
