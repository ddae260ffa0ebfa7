import Foundation
import ParablePlatform
import Synchronization

/// Reads a corpus of several files in shards of about 1 MiB that depend on the corpus alone.
///
/// A shard ends after a special token (which ends a document), or where none ends within the length
/// of a shard, before a single space between two characters that are not white. Both are places
/// where a pre-token starts, so shards can be counted and encoded apart. No cut is inside anything
/// that could be read as a special token. Where there is no such place, the shard goes on.
package struct DocumentReader: Sendable {
  /// One file of the corpus.
  package struct File: Sendable {
    /// Its path.
    package let path: String
    /// Its length.
    package let byteCount: Int
  }

  /// A part of one file.
  package struct Span: Equatable, Sendable {
    /// Which file of the corpus.
    package let file: Int
    /// Which of its bytes.
    package let range: Range<Int>
  }

  /// The length from which on a shard ends at the first opportunity.
  package static let shardLength = 1 << 20

  /// The files, in the order given.
  package let files: [File]
  private let specialTokens: [[UInt8]]
  private let shardLength: Int
  /// The number of the first shard of each file, and of all shards.
  private let firstShards: [Int]
  private let boundaries = KnownBoundaries()

  /// Looks at the files of a corpus, which must be there and not all empty.
  package init(
    paths: [String], specialTokens: [String] = ["<|endoftext|>"],
    shardLength: Int = DocumentReader.shardLength
  ) throws {
    precondition(shardLength > 0)
    files = try paths.map { path in
      let (descriptor, byteCount) = try openRegularFile(path)
      close(descriptor)
      return File(path: path, byteCount: byteCount)
    }
    guard files.contains(where: { $0.byteCount > 0 }) else {
      throw CorpusError.emptyCorpus(paths: paths)
    }
    self.specialTokens = specialTokens.map { Array($0.utf8) }
    self.shardLength = shardLength
    firstShards = files.reduce(into: [0]) { starts, file in
      starts.append(starts[starts.count - 1] + (file.byteCount + shardLength - 1) / shardLength)
    }
  }

  /// How many shards the corpus has.
  package var shardCount: Int { firstShards[firstShards.count - 1] }

  /// How many of them a file has.
  package func shardCount(ofFile file: Int) -> Int { firstShards[file + 1] - firstShards[file] }

  /// The length of all files.
  package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

  /// The bytes of consecutive shards: for each file that they touch, one span.
  package func spans(of shards: Range<Int>) throws -> [Span] {
    precondition(shards.lowerBound >= 0 && shards.upperBound <= shardCount)
    return try files.indices.compactMap { file in
      let own = shards.clamped(to: firstShards[file]..<firstShards[file + 1])
      guard !own.isEmpty else { return nil }
      let first = own.lowerBound - firstShards[file]
      let range =
        try boundary(first, of: file)..<boundary(first + own.count, of: file)
      return range.isEmpty ? nil : Span(file: file, range: range)
    }
  }

  /// Reads a span in parts of at most `partLength` bytes, which stay valid during the call.
  package func read(
    _ span: Span, partLength: Int = 1 << 18, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let path = files[span.file].path
    let (descriptor, _) = try openRegularFile(path)
    defer { close(descriptor) }
    let memory = OwnedBuffer<UInt8>(uninitializedCount: min(partLength, span.range.count))
    defer { withExtendedLifetime(memory) {} }
    let buffer = UnsafeMutableRawBufferPointer(memory.buffer)
    var offset = span.range.lowerBound
    while offset < span.range.upperBound {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<min(buffer.count, span.range.upperBound - offset)])
      try Self.read(descriptor, path, at: offset, into: part)
      try body(UnsafeRawBufferPointer(part))
      offset += part.count
    }
  }

  /// Two numbers for the contents of each of some blocks of `shardLength` bytes.
  ///
  /// Blocks have the numbers of the shards. Together they tell whether the corpus changed.
  package func digests(ofBlocks blocks: Range<Int>) throws -> [UInt64] {
    var digests: [UInt64] = []
    for file in files.indices {
      let own = blocks.clamped(to: firstShards[file]..<firstShards[file + 1])
      for block in own {
        let start = (block - firstShards[file]) * shardLength
        let end = min(start + shardLength, files[file].byteCount)
        try read(Span(file: file, range: start..<end), partLength: shardLength) { bytes in
          digests += ContentDigest.parts(of: bytes)
        }
      }
    }
    return digests
  }

  /// Where shard number `index` of a file begins: at the first place to cut at or after its nominal
  /// offset.
  private func boundary(_ index: Int, of file: Int) throws -> Int {
    guard index > 0 else { return 0 }
    var place: Int?
    var next = index
    while place == nil, next < shardCount(ofFile: file) {
      place = try boundaries[firstShards[file] + next] ?? cut(from: next, of: file)
      next += 1
    }
    let boundary = place ?? files[file].byteCount
    boundaries.set(boundary, of: firstShards[file] + index..<firstShards[file] + next)
    return boundary
  }

  /// The place to cut at whose nominal shard is this one; nil where there is none.
  private func cut(from index: Int, of file: Int) throws -> Int? {
    let byteCount = files[file].byteCount
    let margin = 2 * (specialTokens.map(\.count).max() ?? 0) + 4
    let nominal = index * shardLength
    let end = min(nominal + shardLength, byteCount)
    let window = max(0, nominal - margin)..<min(byteCount, end + margin)
    var found: Int?
    try read(Span(file: file, range: window), partLength: window.count) { bytes in
      found = cut(in: bytes, candidates: nominal - window.lowerBound..<end - window.lowerBound)
    }
    return found.map { window.lowerBound + $0 }
  }

  /// The first document end among the candidates, else the first single space.
  private func cut(in bytes: UnsafeRawBufferPointer, candidates: Range<Int>) -> Int? {
    candidates.first { isDocumentEnd($0, in: bytes) }
      ?? candidates.first { isSingleSpace($0, in: bytes) && isOutsideTokens($0, in: bytes) }
  }

  private func isDocumentEnd(_ position: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    specialTokens.contains { token in
      let start = position - token.count
      // A token that an earlier one may overlap is perhaps not read as a token.
      return start >= 0 && matches(token, at: start, in: bytes)
        && isOutsideTokens(position, in: bytes) && isOutsideTokens(start, in: bytes)
    }
  }

  /// Whether no special token could begin before the position and end after it.
  private func isOutsideTokens(_ position: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    !specialTokens.contains { token in
      (max(0, position - token.count + 1)..<max(0, position)).contains {
        matches(token, at: $0, in: bytes)
      }
    }
  }

  private func matches(_ token: [UInt8], at start: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    guard start + token.count <= bytes.count, bytes[start] == token[0] else { return false }
    return bytes[start..<start + token.count].elementsEqual(token)
  }

  private func isSingleSpace(_ position: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes[position] == 0x20, position > 0, position + 1 < bytes.count else { return false }
    return !Self.whiteSpace.contains { white in
      bytes[..<position].suffix(white.count).elementsEqual(white)
        || bytes[(position + 1)...].starts(with: white)
    }
  }

  /// The UTF-8 of White_Space.
  private static let whiteSpace: [[UInt8]] =
    (Array(0x09...0x0D) + [0x20, 0x85, 0xA0, 0x1680] + Array(0x2000...0x200A)
    + [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]).map { (value: UInt16) in
      Array(String(decoding: [value], as: UTF16.self).utf8)
    }

  private static func read(
    _ descriptor: Int32, _ path: String, at offset: Int,
    into buffer: UnsafeMutableRawBufferPointer
  ) throws {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw FileError.reading(path) }
      if count == 0 {
        throw FileError(
          path,
          SystemFailure(reason: "it became shorter", remedy: "leave it alone while it is read"))
      }
      done += count
    }
  }
}

/// Where shards are known to begin, by their numbers.
///
/// A text without a place to cut would else be looked through from each of its shards to its end.
private final class KnownBoundaries: Sendable {
  private let boundaries = Mutex<[Int: Int]>([:])

  subscript(shard: Int) -> Int? { boundaries.withLock { $0[shard] } }

  func set(_ boundary: Int, of shards: Range<Int>) {
    boundaries.withLock { known in for shard in shards { known[shard] = boundary } }
  }
}
