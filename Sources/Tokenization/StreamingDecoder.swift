/// Decodes ids one at a time into text that never ends in half a character.
package struct StreamingDecoder {
  private let vocabulary: Vocabulary
  private let unknown: Vocabulary.UnknownIDs
  /// The beginning of a character that later ids may complete: at most three bytes.
  private var kept: [UInt8] = []

  /// Makes a decoder for one text.
  package init(_ vocabulary: Vocabulary, unknown: Vocabulary.UnknownIDs = .fail) {
    self.vocabulary = vocabulary
    self.unknown = unknown
  }

  /// The text that is complete with this id.
  package mutating func feed(_ id: Int32) throws -> String {
    kept += try vocabulary.decode(CollectionOfOne(id), unknown: unknown)
    let end = kept.count - Self.unfinishedLength(kept)
    let text = String(decoding: kept[..<end], as: UTF8.self)
    kept.removeFirst(end)
    return text
  }

  /// What is left: nothing, or the replacement character for a beginning without an end.
  package mutating func finish() -> String {
    defer { kept = [] }
    return String(decoding: kept, as: UTF8.self)
  }

  /// How many bytes at the end are the beginning of a valid sequence.
  private static func unfinishedLength(_ bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let tail = bytes.suffix(length)
      guard let first = tail.first, first & 0xC0 != 0x80 else { continue }
      let needed = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
      guard length < needed, first >= 0xC2, first <= 0xF4 else { return 0 }
      guard let second = tail.dropFirst().first else { return length }
      let low: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
      let high: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
      return (low...high).contains(second) ? length : 0
    }
    return 0
  }
}
