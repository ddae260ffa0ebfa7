import Foundation
import ParableFormats
import Testing

/// What ends a process in Foundation's own parser is refused before it gets there.
@Suite struct UntrustedJSONTests {
  private func read(_ text: String) throws -> [String: [Int]] {
    try JSONDecoder().decode(untrusted: Data(text.utf8))
  }

  @Test func valuesAreDecodedAsFoundationDecodesThem() throws {
    #expect(try read(#"{"a": [1, 2], "[[\"": []}"#) == ["a": [1, 2], "[[\"": []])
    #expect(throws: DecodingError.self) { try read("{") }
    #expect(throws: DecodingError.self) { try read("") }
  }

  @Test(arguments: ["[", "{\"a\":"], [257, 512, 513, 514, 5_000])
  func bracketsWithoutEndAreRefused(_ mark: String, _ count: Int) {
    #expect(throws: TooDeeplyNested.self) { try read(String(repeating: mark, count: count)) }
  }

  /// Brackets in texts, and those that were closed, do not count.
  @Test func onlyOpenBracketsCount() throws {
    let text = String(repeating: "[", count: 2_000)
    #expect(try read("{\"\(text)\\\\\": [1]}") == [text + "\\": [1]])
    let closed = Array(repeating: "[]", count: 1_000).joined(separator: ",")
    let value: [[Int]] = try JSONDecoder().decode(untrusted: Data("[\(closed)]".utf8))
    #expect(value.count == 1_000)
  }
}
