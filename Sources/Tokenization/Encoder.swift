/// Encodes text with a vocabulary, exactly as its byte-pair merges say.
///
/// Special tokens are found first; the text between them is cut by GPT-2's pattern, and in each
/// pre-token the pair whose merged token has the lowest id is merged until there is none. A
/// pre-token that is itself a token is that token.
package final class Encoder: Sendable {
  /// The vocabulary.
  package let vocabulary: Vocabulary
  let finder: SpecialTokenFinder

  /// Makes an encoder, which many threads may use.
  package init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    finder = SpecialTokenFinder(vocabulary.specialTokens.map(\.bytes))
  }

  /// The ids of a text.
  package func encode(_ text: String) -> [Int32] { encode(Array(text.utf8)) }

  /// The ids of any bytes; a byte that belongs to no valid UTF-8 sequence is one character that is
  /// neither letter, number nor white.
  package func encode(_ bytes: [UInt8]) -> [Int32] {
    let stream = StreamingEncoder(self, cacheByteCount: min(768 << 10, max(8 << 10, bytes.count)))
    var ids: [Int32] = []
    bytes.withUnsafeBytes { stream.feed($0, isComplete: true) { ids += $0 } }
    return ids
  }
}
