import Foundation

/// A stretch of one file of a corpus that can be tokenized by itself.
public struct CorpusPiece: Hashable, Sendable {
  /// Which file, in the order given.
  public let file: Int

  /// The bytes of the file that it covers.
  public let range: Range<Int>
}

/// Cuts the files of a corpus into pieces whose tokens, one piece after the other, are the tokens of
/// the whole files.
///
/// The cuts depend on the files and on nothing else, so that any number of ranks shares out the same
/// pieces. They lie behind special tokens (the ends of documents); where none ends within 1 MiB,
/// before a single space between two other characters, which always begins a pre-token.
public final class DocumentReader {
  /// Pieces are at least this long, so that there are not too many of them.
  private static let shortest = 128 << 10

  /// How far the next end of a document is looked for.
  private static let longest = 1 << 20

  /// The pieces of all files in order.
  public let pieces: [CorpusPiece]

  /// The length of all files together in bytes.
  public let byteCount: Int

  private let files: [InputFile]

  /// Opens the files and finds the cuts.
  ///
  /// - Parameters:
  ///   - paths: The files, in order.
  ///   - specialTokens: What the text is split at before anything else, such as `<|endoftext|>`.
  /// - Throws: ``CorpusError`` where a file cannot be read.
  public init(paths: [String], specialTokens: [String]) throws {
    let files = try paths.map { try InputFile(path: $0) }
    let tokens = specialTokens.map { [UInt8]($0.utf8) }
    self.files = files
    byteCount = files.reduce(0) { $0 + $1.byteCount }
    pieces = try files.enumerated().flatMap { index, file in
      try Self.cuts(of: file, CutFinder(specialTokens: tokens)).map {
        CorpusPiece(file: index, range: $0)
      }
    }
  }

  /// Reads a piece.
  public func bytes(of piece: CorpusPiece) throws -> [UInt8] {
    try files[piece.file].read(piece.range)
  }

  private static func cuts(of file: InputFile, _ finder: CutFinder) throws -> [Range<Int>] {
    var cuts: [Range<Int>] = []
    var start = 0
    while start < file.byteCount {
      let end = try cut(after: start, of: file, finder)
      cuts.append(start..<end)
      start = end
    }
    return cuts
  }

  /// Where the piece that begins at `start` ends.
  private static func cut(
    after start: Int, of file: InputFile, _ finder: CutFinder
  ) throws -> Int {
    guard start + longest < file.byteCount else { return file.byteCount }
    // Around every cut that is tried, enough bytes must be known to recognise a special token.
    let margin = finder.margin
    var first = start + shortest
    var length = 64 << 10
    // Ends of documents, in windows that grow until one is found.
    while first < start + longest {
      let window = first - margin..<min(first + length + margin, file.byteCount)
      let bytes = try file.read(window)
      let inner = margin..<min(margin + length, bytes.count)
      if let cut = finder.documentEnd(in: bytes, inner) { return window.lowerBound + cut }
      first += length
      length = min(2 * length, start + longest - first)
    }
    // Single spaces, the last before the limit, or else whatever comes first behind it.
    let window = start + 1..<min(start + longest + margin, file.byteCount)
    let bytes = try file.read(window)
    if let cut = finder.lastSpace(in: bytes, margin..<longest - 1) {
      return window.lowerBound + cut
    }
    first = start + longest
    while first < file.byteCount {
      let window = first - margin..<min(first + longest + margin, file.byteCount)
      let bytes = try file.read(window)
      let inner = margin..<min(margin + longest, bytes.count)
      let found = [finder.documentEnd(in: bytes, inner), finder.firstSpace(in: bytes, inner)]
      if let cut = found.compactMap({ $0 }).min() { return window.lowerBound + cut }
      first += longest
    }
    return file.byteCount
  }
}

/// Recognises the places where a text may be cut.
private struct CutFinder {
  private let specialTokens: [[UInt8]]

  /// How many bytes on both sides of a cut are looked at.
  let margin: Int

  init(specialTokens: [[UInt8]]) {
    self.specialTokens = specialTokens
    margin = max(4, specialTokens.map(\.count).max() ?? 0)
  }

  /// The first cut in `range` that lies behind a special token.
  func documentEnd(in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    range.first { cut in
      specialTokens.contains { $0.last == bytes[cut - 1] && bytes[..<cut].hasSuffix($0) }
        && isOutsideSpecialTokens(cut, bytes)
    }
  }

  /// The first cut in `range` that lies before a single space.
  func firstSpace(in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    range.first { isSingleSpace($0, bytes) && isOutsideSpecialTokens($0, bytes) }
  }

  /// The last one.
  func lastSpace(in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    range.last { isSingleSpace($0, bytes) && isOutsideSpecialTokens($0, bytes) }
  }

  /// Whether no special token reaches over the cut.
  private func isOutsideSpecialTokens(_ cut: Int, _ bytes: [UInt8]) -> Bool {
    !specialTokens.contains { token in
      (1..<max(1, token.count)).contains { before in
        bytes.count - cut >= token.count - before
          && bytes[(cut - before)...].starts(with: token)
      }
    }
  }

  private func isSingleSpace(_ place: Int, _ bytes: [UInt8]) -> Bool {
    guard bytes[place] == 0x20, place + 4 <= bytes.count else { return false }
    return !endsInWhiteSpace(bytes[place - 3..<place])
      && !beginsWithWhiteSpace(bytes[place + 1..<place + 4])
  }

  private func beginsWithWhiteSpace(_ bytes: ArraySlice<UInt8>) -> Bool {
    (1...3).contains { Self.isWhiteSpace(bytes.prefix($0)) }
  }

  private func endsInWhiteSpace(_ bytes: ArraySlice<UInt8>) -> Bool {
    (1...3).contains { Self.isWhiteSpace(bytes.suffix($0)) }
  }

  /// Whether the bytes are one character of Unicode's White_Space.
  private static func isWhiteSpace(_ bytes: ArraySlice<UInt8>) -> Bool {
    switch Array(bytes) {
    case [0x09], [0x0A], [0x0B], [0x0C], [0x0D], [0x20]: true
    case [0xC2, 0x85], [0xC2, 0xA0]: true
    case [0xE1, 0x9A, 0x80], [0xE2, 0x81, 0x9F], [0xE3, 0x80, 0x80]: true
    case let three where three.starts(with: [0xE2, 0x80]) && three.count == 3:
      three[2] <= 0x8A || [0xA8, 0xA9, 0xAF].contains(three[2])
    default: false
    }
  }
}

extension ArraySlice where Element == UInt8 {
  fileprivate func hasSuffix(_ other: [UInt8]) -> Bool {
    count >= other.count && suffix(other.count).elementsEqual(other)
  }
}
