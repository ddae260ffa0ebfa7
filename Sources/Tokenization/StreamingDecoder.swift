import CParableText

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
    (1...3).first { length in
      var codePoint: UInt32 = 0
      return length <= bytes.count
        && parable_decode_utf8(Array(bytes.suffix(length)), length, &codePoint) == 0
    } ?? 0
  }
}
