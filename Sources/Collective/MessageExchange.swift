import ParablePlatform

/// Buffers of each rank's own: slices travel to the rank that adds them, in pieces that stay in
/// its cache, and the summed slices travel back to everybody.
///
/// The total takes the place of the first buffer, all of which was sent when it is overwritten.
final class MessageExchange: SliceExchange {
  /// The floats of a piece: 1 MiB.
  private static let pieceLength = 1 << 18

  let communicator: any Communicator
  let slices: CacheLineSlices
  let buffers: [UnsafeMutablePointer<Float>]
  private let own: OwnedBuffer<Float>
  private let received: OwnedBuffer<Float>
  private let ownership: TreeOwnership

  var total: UnsafeMutablePointer<Float> { buffers[0] }

  init(_ communicator: any Communicator, ownership: TreeOwnership, slices: CacheLineSlices) {
    self.communicator = communicator
    self.slices = slices
    self.ownership = ownership
    let count = max(1, ownership.bufferCount(of: communicator.rank))
    let own = OwnedBuffer<Float>(uninitializedCount: count * slices.stride)
    self.own = own
    buffers = (0..<count).map { own.base + $0 * slices.stride }
    let pieceLength = min(Self.pieceLength, slices.range(of: 0).count)
    received = OwnedBuffer(
      uninitializedCount: communicator.size == 1 ? 0 : ownership.merges.count * pieceLength)
  }

  /// Nobody else reads this rank's buffers.
  func beginRound(_ timing: inout SumTiming) {}

  func reduceScatter(_ timing: inout SumTiming) throws {
    guard communicator.size > 1 else { return }
    timing.waiting += try seconds { try communicator.barrier() }
    timing.communication += try seconds {
      // No slice is longer than that of rank 0.
      for offset in stride(from: 0, to: slices.range(of: 0).count, by: Self.pieceLength) {
        try sumPiece(at: offset)
      }
    }
  }

  /// Sums the piece that begins so far into every rank's slice.
  private func sumPiece(at offset: Int) throws {
    let me = communicator.rank
    let pieces = (0..<communicator.size).map { rank in
      let slice = slices.range(of: rank)
      let start = min(slice.lowerBound + offset, slice.upperBound)
      return start..<min(start + Self.pieceLength, slice.upperBound)
    }
    var arriving = received.base
    let sources = ownership.rootCounts.enumerated().map { rank, count in
      (0..<count).map { root in
        if rank == me { return buffers[root] + pieces[me].lowerBound }
        defer { arriving += pieces[me].count }
        return arriving
      }
    }
    for root in 0..<(ownership.rootCounts.max() ?? 0) {
      let outgoing = pieces.enumerated().map { rank, piece in
        rank == me || root >= ownership.rootCounts[me]
          ? UnsafeRawBufferPointer(start: nil, count: 0)
          : UnsafeRawBufferPointer(
            UnsafeBufferPointer(start: buffers[root] + piece.lowerBound, count: piece.count))
      }
      let incoming = sources.enumerated().map { rank, roots in
        rank == me || root >= roots.count
          ? UnsafeMutableRawBufferPointer(start: nil, count: 0)
          : UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(start: roots[root], count: pieces[me].count))
      }
      try communicator.exchange(outgoing, into: incoming)
    }
    treeSum(
      sources.joined().map { UnsafePointer($0) }, merges: ownership.merges,
      into: total + pieces[me].lowerBound, count: pieces[me].count)
  }

  func allGather(_ timing: inout SumTiming) throws {
    guard communicator.size > 1 else { return }
    let me = communicator.rank
    func slice(of rank: Int) -> UnsafeMutableBufferPointer<Float> {
      let range = slices.range(of: rank)
      return UnsafeMutableBufferPointer(start: total + range.lowerBound, count: range.count)
    }
    timing.communication += try seconds {
      try communicator.exchange(
        (0..<communicator.size).map { rank in
          UnsafeRawBufferPointer(rank == me ? .init(start: nil, count: 0) : slice(of: me))
        },
        into: (0..<communicator.size).map { rank in
          UnsafeMutableRawBufferPointer(rank == me ? .init(start: nil, count: 0) : slice(of: rank))
        })
    }
  }
}
