import ParableCollective
import ParablePlatform

/// A file that ranks write together, each the parts that it has.
///
/// Between two borders of 1 MiB only one rank writes, the one that has the first byte there; the others
/// send it what they have of it. Network file systems keep blocks of a file in the memory of hosts, and
/// two hosts that write into the same block may lose what one of them wrote.
struct SharedFile {
  /// Bytes of the file that one rank has.
  struct Part {
    /// Their places in the file.
    let range: Range<Int>

    /// Who has them.
    let owner: Int
  }

  private static let blockSize = 1 << 20

  /// Where the file is.
  let path: String

  /// The parts in the order of the file, without gaps.
  let parts: [Part]

  /// Has the first rank make the file, before any rank writes.
  func reserve() throws {
    try DurableFile.reserve(byteCount: parts.last?.range.upperBound ?? 0, at: path)
  }

  /// Brings together what this rank has to write; `bytes` gives those of a part of its own, by its place
  /// among all, and they must last as long as what is returned.
  func collect(
    _ communicator: any Communicator, bytes: (_ part: Int) -> UnsafeRawBufferPointer
  ) throws -> OwnBlocks {
    let me = communicator.rank
    var own: [(offset: Int, bytes: UnsafeRawBufferPointer)] = []
    var sending: [OutgoingMessage] = []
    var receiving: [(offset: Int, from: Int, memory: OwnedBuffer<UInt8>)] = []
    // Who writes the block that the last part has begun.
    var writer = 0
    for (index, part) in parts.enumerated() {
      let (start, end) = (part.range.lowerBound, part.range.upperBound)
      let border = min((start + Self.blockSize - 1) / Self.blockSize * Self.blockSize, end)
      for (range, writer) in [(start..<border, writer), (border..<end, part.owner)]
      where !range.isEmpty && (part.owner == me || writer == me) {
        guard part.owner == me else {
          receiving.append((range.lowerBound, part.owner, OwnedBuffer(count: range.count)))
          continue
        }
        let bytes = UnsafeRawBufferPointer(
          rebasing: bytes(index)[range.lowerBound - start..<range.upperBound - start])
        if writer == me {
          own.append((range.lowerBound, bytes))
        } else {
          sending.append(OutgoingMessage(to: writer, bytes))
        }
      }
      if border < end { writer = part.owner }
    }
    try communicator.start(
      sending: sending,
      receiving: receiving.map {
        IncomingMessage(from: $0.from, into: UnsafeMutableRawBufferPointer($0.memory.buffer))
      }
    ).finish()
    own += receiving.map { ($0.offset, UnsafeRawBufferPointer($0.memory.buffer)) }
    return OwnBlocks(path: path, pieces: own, received: receiving.map(\.memory))
  }

  /// What one rank writes into the file.
  struct OwnBlocks {
    fileprivate let path: String
    fileprivate let pieces: [(offset: Int, bytes: UnsafeRawBufferPointer)]
    fileprivate let received: [OwnedBuffer<UInt8>]

    /// Writes and syncs it, and says what was written.
    func write() throws -> [WrittenBlock] {
      defer { withExtendedLifetime(received) {} }
      guard !pieces.isEmpty else { return [] }
      var written: [WrittenBlock] = []
      try DurableFile.fill(path) { output in
        for (offset, bytes) in pieces {
          for start in stride(from: 0, to: bytes.count, by: SharedFile.blockSize) {
            let block = UnsafeRawBufferPointer(
              rebasing: bytes[start..<min(start + SharedFile.blockSize, bytes.count)])
            written.append(WrittenBlock(offset: offset + start, block))
            try output.write(block, at: offset + start)
          }
        }
      }
      return written
    }
  }
}

/// What a rank has written into a file, to be compared with what is there.
struct WrittenBlock: BitwiseCopyable {
  /// Where it begins.
  let offset: Int

  /// How many bytes it has, at most 1 MiB.
  let count: Int

  private let checksum: UInt64

  fileprivate init(offset: Int, _ bytes: UnsafeRawBufferPointer) {
    (self.offset, count, checksum) = (offset, bytes.count, ParablePlatform.checksum(of: bytes))
  }

  /// The SHA-256 of a file that consists of these blocks alone, read back from the disk where the system
  /// lets go of what it has in memory.
  ///
  /// - Throws: ``TrainingError/file(path:reason:remedy:)`` where a block is not what was written.
  static func digest(of blocks: [WrittenBlock], in path: String) throws -> String {
    let memory = OwnedBuffer<UInt8>(count: blocks.map(\.count).max() ?? 0)
    var end = 0
    var digest = SHA256()
    try DurableFile.readBack(path) { file in
      for block in blocks.sorted(by: { $0.offset < $1.offset }) {
        let bytes = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(memory.buffer)[..<block.count])
        let isThere = try block.offset == end && file.read(into: bytes)
        let found = WrittenBlock(offset: end, UnsafeRawBufferPointer(bytes))
        guard isThere, found.checksum == block.checksum else {
          throw TrainingError.file(
            path: path,
            reason: "bytes \(end) to \(end + block.count) are not what was written there",
            remedy: "check the disk and the memory of this machine")
        }
        digest.update(UnsafeRawBufferPointer(bytes))
        end += block.count
      }
      guard file.byteCount == end else {
        throw TrainingError.file(path: path, reason: "it has \(file.byteCount) bytes, not \(end)")
      }
    }
    return digest.hexDigest()
  }
}
