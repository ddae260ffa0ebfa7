import ParablePlatform

/// The memory of a data-parallel training on one rank: the parameters, once in each group of ranks
/// that share memory, and buffers for the gradients of micro-batches, which the ranks of a group read
/// where they lie.
struct DataParallelMemory {
  /// The ranks that share it.
  let groups: RankGroups

  /// The parameters.
  let parameters: UnsafeMutableBufferPointer<Float>

  /// The buffers of each rank of the group, by its place in it.
  let buffers: [[UnsafeMutablePointer<Float>]]

  /// Makes the writes of the group's ranks visible to all of them.
  let synchronize: () throws -> Void

  /// More memory, of zeros, that the ranks of the group share; nil where there is no other.
  let more: UnsafeMutableRawBufferPointer?

  /// What frees it.
  let owners: [AnyObject]

  /// Buffers in a row begin on pages.
  private static func stride(_ elementCount: Int) -> Int { (elementCount + 1023) & ~1023 }

  /// Takes memory that the ranks of each host share; nil on all ranks where they cannot.
  static func shared(
    _ communicator: any Communicator, elementCount: Int, moreBytes: Int,
    bufferCounts: (RankGroups) -> [Int]
  ) throws -> DataParallelMemory? {
    let groups = RankGroups(hosts: communicator.hosts, rank: communicator.rank)
    let counts = bufferCounts(groups)
    let stride = stride(elementCount)
    let size = stride * MemoryLayout<Float>.stride
    // The parameters stand before the buffers of the group's first rank, the rest behind them.
    let hasMore = groups.members.count > 1 && moreBytes > 0
    let own = (counts[communicator.rank] + (groups.position == 0 ? 1 : 0)) * size
    guard
      let memory = try communicator.makeSharedMemory(
        byteCount: own + (groups.position == 0 && hasMore ? moreBytes : 0))
    else { return nil }
    let first = memory.segment(of: groups.members[0])
    let more =
      hasMore
      ? UnsafeMutableRawBufferPointer(rebasing: first[(first.count - moreBytes)...]) : nil
    var buffers = groups.members.map { rank in
      let floats = memory.segment(of: rank).bindMemory(to: Float.self)
      return Swift.stride(from: 0, to: floats.count, by: stride)
        .compactMap { UnsafeMutableBufferPointer(rebasing: floats[$0...]).baseAddress }
    }
    let parameters = buffers[0].removeFirst()
    return DataParallelMemory(
      groups: groups,
      parameters: UnsafeMutableBufferPointer(start: parameters, count: elementCount),
      buffers: buffers, synchronize: memory.synchronize, more: more, owners: [memory])
  }

  /// Takes memory of this rank's own; `parameters` are somewhere already, or nil.
  static func own(
    _ communicator: any Communicator, elementCount: Int,
    parameters: UnsafeMutableBufferPointer<Float>?, bufferCounts: (RankGroups) -> [Int]
  ) -> DataParallelMemory {
    let groups = RankGroups(apart: communicator.size, rank: communicator.rank)
    let stride = stride(elementCount)
    let count = bufferCounts(groups)[communicator.rank]
    let buffers = OwnedBuffer<Float>(uninitializedCount: count * stride)
    let values = OwnedBuffer<Float>(count: parameters == nil ? elementCount : 0)
    return DataParallelMemory(
      groups: groups, parameters: parameters ?? values.buffer,
      buffers: [(0..<count).map { buffers.base + $0 * stride }], synchronize: {}, more: nil,
      owners: [buffers, values])
  }
}
