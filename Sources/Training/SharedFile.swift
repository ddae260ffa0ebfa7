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

  /// Has the first rank make the file, before ``write(_:bytes:)`` is called by all.
  func reserve() throws {
    try DurableFile.reserve(byteCount: parts.last?.range.upperBound ?? 0, at: path)
  }

  /// Writes what this rank has to write; `bytes` gives those of a part of its own, by its place among
  /// all.
  ///
  /// Whether or not the file can be written, all messages are sent and received before.
  func write(
    _ communicator: any Communicator, bytes: (_ part: Int) -> UnsafeRawBufferPointer
  ) throws {
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
    defer { withExtendedLifetime(receiving) {} }
    if !own.isEmpty { try DurableFile.write(own, into: path) }
  }
}
