/// The slices of a buffer that the ranks sum, each on whole cache lines.
struct CacheLineSlices {
  static let lineFloats = 16

  let elementCount: Int
  private let lines: WorkPartition

  init(elementCount: Int, rankCount: Int) {
    self.elementCount = elementCount
    lines = WorkPartition(
      itemCount: (elementCount + Self.lineFloats - 1) / Self.lineFloats, partCount: rankCount)
  }

  func range(of rank: Int) -> Range<Int> {
    let range = lines.range(of: rank)
    return min(
      range.lowerBound * Self.lineFloats, elementCount)..<min(
        range.upperBound * Self.lineFloats, elementCount)
  }

  /// The distance of buffers that lie in a row: whole pages.
  var stride: Int { (elementCount + 1023) & ~1023 }
}

/// The memory of a ``TreeSum`` and the way in which its slices get from rank to rank.
protocol SliceExchange: AnyObject {
  var communicator: any Communicator { get }
  var slices: CacheLineSlices { get }

  /// This rank's buffers, the partial sums of its leaves first.
  var buffers: [UnsafeMutablePointer<Float>] { get }

  /// Where the total is.
  var total: UnsafeMutablePointer<Float> { get }

  /// All ranks call this before the first of them writes into a buffer again.
  func beginRound(_ timing: inout SumTiming) throws

  /// Sums this rank's slice of all ranks' partial sums into the total.
  func reduceScatter(_ timing: inout SumTiming) throws

  /// Completes the total with the slices of the other ranks.
  func allGather(_ timing: inout SumTiming) throws
}
