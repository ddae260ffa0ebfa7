import CParableText
import Glibc

/// A token that stands for itself: found before anything else, never part of a merge.
package struct SpecialToken: Hashable, Sendable {
  /// Its text as UTF-8.
  package let bytes: [UInt8]
  /// Its id.
  package let id: Int
  /// Whether `tokenizer.json` calls it special.
  ///
  /// Other programs may leave such tokens out when they decode. It is found in text in either case.
  package let isSpecial: Bool
  /// Whether `tokenizer.json` says that it is looked for in normalised text.
  ///
  /// Text is never normalised here; this is kept for whoever reads the file.
  package let isNormalized: Bool

  /// Names a special token.
  package init(_ text: String, id: Int, isSpecial: Bool = true, isNormalized: Bool = false) {
    self.bytes = Array(text.utf8)
    self.id = id
    self.isSpecial = isSpecial
    self.isNormalized = isNormalized
  }

  /// Its text.
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Finds special tokens in text: the earliest wins, at one position the longest.
package struct SpecialTokenFinder: Sendable {
  enum Finding {
    /// The token with this index into the list starts and ends here.
    case found(index: Int, range: Range<Int>)
    /// From here on the text may be a special token once more of it is there.
    case undecided(from: Int)
    /// There is none up to the end.
    case none
  }

  /// Longest first.
  private let tokens: [(bytes: [UInt8], index: Int)]
  private let firstBytes: [UInt8]
  private let isFirstByte: [Bool]
  /// Bytes of the longest.
  let maximumLength: Int

  /// Finds these tokens, known by their place in the list.
  package init(_ texts: [[UInt8]]) {
    tokens = texts.enumerated().map { ($1, $0) }.sorted {
      $0.bytes.count > $1.bytes.count
    }
    maximumLength = tokens.first?.bytes.count ?? 0
    let first = Set(texts.compactMap(\.first))
    firstBytes = first.sorted()
    isFirstByte = (UInt8.min...UInt8.max).map(first.contains)
  }

  /// Looks for the first special token in `text[from..<count]`; `PARABLE_SCAN_PADDING` more bytes
  /// are readable.
  func next(
    in text: UnsafePointer<UInt8>, from: Int, count: Int, isComplete: Bool
  ) -> Finding {
    var position = nextCandidate(in: text, from: from, count: count)
    while position < count {
      for token in tokens {
        let available = min(token.bytes.count, count - position)
        guard memcmp(text + position, token.bytes, available) == 0 else { continue }
        if available == token.bytes.count {
          return .found(index: token.index, range: position..<position + available)
        }
        if !isComplete { return .undecided(from: position) }
      }
      position = nextCandidate(in: text, from: position + 1, count: count)
    }
    return .none
  }

  private func nextCandidate(in text: UnsafePointer<UInt8>, from: Int, count: Int) -> Int {
    guard !firstBytes.isEmpty, from < count else { return count }
    if firstBytes.count <= 8 {
      return parable_find_any(text, from, count, firstBytes, firstBytes.count)
    }
    var position = from
    while position < count && !isFirstByte[Int(text[position])] { position += 1 }
    return position
  }
}
