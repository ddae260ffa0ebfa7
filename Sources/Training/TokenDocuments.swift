import ParableCorpus
import ParableTokenization

/// The documents of a token file, found where one asks for them: each ends with the token that ends a
/// text.
struct TokenDocuments {
  private let tokens: TokenFile
  private let vocabulary: Vocabulary

  init(_ tokens: TokenFile, _ vocabulary: Vocabulary) {
    (self.tokens, self.vocabulary) = (tokens, vocabulary)
  }

  /// Which tokens and documents a range has, in words: documents count from 1, in the order of the
  /// corpus.
  ///
  /// Reads the file from its beginning.
  func describe(_ range: Range<Int>) throws -> String {
    let place = "tokens \(range.lowerBound) to \(range.upperBound - 1)"
    guard let end = vocabulary.endOfText.map(Int32.init) else { return place }
    var (number, start) = (1, 0)
    forEach(in: 0..<range.lowerBound) { index, id in
      if id == end { (number, start) = (number + 1, index + 1) }
    }
    var last = number
    // The end of a text belongs to it.
    forEach(in: range.lowerBound..<range.upperBound - 1) { _, id in if id == end { last += 1 } }
    let documents = last == number ? "document \(number)" : "documents \(number) to \(last)"
    return "\(place) of \(documents) (\"\(try firstWords(ofDocumentAt: start))\")"
  }

  private func firstWords(ofDocumentAt start: Int) throws -> String {
    let ids = tokens.ids(start..<min(start + 24, tokens.count))
    let end = vocabulary.endOfText.map(Int32.init)
    let text = String(decoding: try vocabulary.decode(ids.prefix { $0 != end }), as: UTF8.self)
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > 40 ? line.prefix(40) + "…" : line
  }

  private func forEach(in range: Range<Int>, _ body: (_ index: Int, _ id: Int32) -> Void) {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 16) {
      let part = start..<min(start + 1 << 16, range.upperBound)
      for (place, id) in tokens.ids(part).enumerated() { body(start + place, id) }
    }
  }
}
