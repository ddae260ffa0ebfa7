/// Buffers in memory that all ranks map: each rank adds its slice of everybody's sums where they
/// lie and writes it where everybody reads it, so nothing is ever copied.
///
/// The total takes the place of the first rank's first buffer, slice by slice, since the rank that
/// writes a slice is the only one that reads it there before. A round begins with a barrier: until
/// then others may still read the total.
final class WindowExchange: SliceExchange {
  let communicator: any Communicator
  let slices: CacheLineSlices
  let buffers: [UnsafeMutablePointer<Float>]
  let total: UnsafeMutablePointer<Float>
  private let memory: any SharedMemory
  private let partialSums: [UnsafePointer<Float>]
  private let merges: [Int32]

  /// Nil on all ranks where they cannot share the memory.
  init?(
    _ communicator: any Communicator, ownership: TreeOwnership, slices: CacheLineSlices
  ) throws {
    let bufferCounts = (0..<communicator.size).map { ownership.bufferCount(of: $0) }
    guard
      let memory = try communicator.makeSharedMemory(
        byteCount: bufferCounts[communicator.rank] * slices.stride * MemoryLayout<Float>.stride)
    else { return nil }
    let buffers = bufferCounts.indices.map { rank in
      let floats = memory.segment(of: rank).bindMemory(to: Float.self)
      return stride(from: 0, to: floats.count, by: slices.stride)
        .compactMap { UnsafeMutableBufferPointer(rebasing: floats[$0...]).baseAddress }
    }
    self.communicator = communicator
    self.slices = slices
    self.memory = memory
    self.buffers = Array(buffers[communicator.rank].prefix(bufferCounts[communicator.rank]))
    total = buffers[0][0]
    partialSums = zip(buffers, ownership.rootCounts)
      .flatMap { buffers, count in buffers.prefix(count).map { UnsafePointer($0) } }
    merges = ownership.merges
  }

  func beginRound(_ timing: inout SumTiming) throws {
    timing.waiting += try seconds { try memory.synchronize() }
  }

  func reduceScatter(_ timing: inout SumTiming) throws {
    timing.waiting += try seconds { try memory.synchronize() }
    timing.communication += seconds {
      let slice = slices.range(of: communicator.rank)
      treeSum(
        partialSums.map { $0 + slice.lowerBound }, merges: merges, into: total + slice.lowerBound,
        count: slice.count)
    }
  }

  func allGather(_ timing: inout SumTiming) throws {
    timing.waiting += try seconds { try memory.synchronize() }
  }
}
