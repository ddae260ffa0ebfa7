import CParableNumerics

/// The ways by which slices of gradients get from rank to rank; the bits are the same.
package enum CollectiveTransport: String, CaseIterable, Sendable {
  /// Memory that all ranks of one host map: each reads the others' gradients where they lie.
  case window

  /// Messages: all-to-all of slices, then all-gather of the summed slices.
  case messages
}

/// Where the seconds of one sum went.
package struct SumTiming: Equatable, Sendable {
  /// Waiting for ranks that came later.
  package internal(set) var waiting = 0.0

  /// Moving and adding slices of all ranks' gradients.
  package internal(set) var communication = 0.0

  /// Adding the gradients of this rank's own micro-batches, and clearing buffers for them.
  package internal(set) var localAccumulation = 0.0

  /// Nothing yet.
  package init() {}
}

/// Sums the gradients of all micro-batches of all ranks in the order of ``ReductionTree``, so that
/// every rank ends with the same bits, whatever the number of ranks and the collective.
///
/// A round is ``begin()`` and ``end()`` for each of ``microBatches``, then ``sum()`` on all ranks,
/// those without micro-batches too.
package final class TreeSum {
  private enum Phase {
    case accumulating
    case reduced
    case gathered
  }

  /// This rank's micro-batches; empty where there are more ranks than micro-batches.
  package let microBatches: Range<Int>

  /// How many floats the gradient of a micro-batch has.
  package let elementCount: Int

  /// How slices get from rank to rank.
  package let collective: CollectiveTransport

  /// One line on the collective: which, and why, where it is not the one asked for.
  package let collectiveNote: String

  /// How many buffers of ``elementCount`` floats this rank's gradients need at most at once.
  package var bufferCount: Int { ownership.bufferCount(of: exchange.communicator.rank) }

  /// Where the time of the last ``sum()`` went.
  package private(set) var timing = SumTiming()

  private let ownership: TreeOwnership
  private let exchange: any SliceExchange
  private var carry: CarryStack
  private var next: Int
  private var phase = Phase.accumulating
  private var running = SumTiming()

  /// Reserves the buffers; all ranks call this with the same values.
  ///
  /// - Parameters:
  ///   - communicator: The ranks that sum.
  ///   - microBatchCount: The micro-batches of the global batch.
  ///   - elementCount: The floats of a micro-batch's gradient.
  ///   - collective: Nil: the window where the ranks can share memory, else messages.
  /// - Throws: What the communicator throws.
  package init(
    communicator: any Communicator, microBatchCount: Int, elementCount: Int,
    collective: CollectiveTransport? = nil
  ) throws {
    precondition(elementCount > 0, "there is something to sum")
    let ownership = TreeOwnership(leafCount: microBatchCount, rankCount: communicator.size)
    let slices = CacheLineSlices(elementCount: elementCount, rankCount: communicator.size)
    self.ownership = ownership
    self.elementCount = elementCount
    microBatches = ownership.leaves(of: communicator.rank)
    if communicator.size == 1 {
      self.collective = collective ?? .window
      collectiveNote = "one rank, nothing to exchange"
      exchange = MessageExchange(communicator, ownership: ownership, slices: slices)
    } else if collective == .messages {
      self.collective = .messages
      collectiveNote = "gradients travel as messages, as asked for"
      exchange = MessageExchange(communicator, ownership: ownership, slices: slices)
    } else if communicator.isOnOneHost,
      let window = try WindowExchange(communicator, ownership: ownership, slices: slices)
    {
      self.collective = .window
      collectiveNote = "gradients are summed in memory that all ranks share"
      exchange = window
    } else {
      self.collective = .messages
      let obstacle =
        communicator.isOnOneHost
        ? communicator.sharedMemoryObstacle : "the ranks are on several hosts"
      collectiveNote = "gradients travel as messages: \(obstacle ?? "no shared memory")"
      exchange = MessageExchange(communicator, ownership: ownership, slices: slices)
    }
    carry = CarryStack(ownership.tree)
    next = microBatches.lowerBound
  }

  /// The most floats that a rank of one host has resident: its own buffers, and what it reads of the
  /// others' where they are shared, the total and slices of partial sums.
  package static func residentCount(microBatchCount: Int, rankCount: Int, elementCount: Int) -> Int
  {
    let ownership = TreeOwnership(leafCount: microBatchCount, rankCount: rankCount)
    let buffers = (0..<rankCount).map { ownership.bufferCount(of: $0) }.max() ?? 0
    guard rankCount > 1 else { return buffers * elementCount }
    let rootCount = ownership.merges.count
    return (buffers + 1) * elementCount + max(0, rootCount - 2) * elementCount / rankCount
  }

  /// Gives a buffer of zeros, to which the gradient of this rank's next micro-batch is added.
  ///
  /// Where ``end()`` does not follow, the same micro-batch begins anew.
  package func begin() throws -> UnsafeMutableBufferPointer<Float> {
    if phase == .gathered { try startRound() }
    precondition(phase == .accumulating, "allGather ends a round that reduceScatter began")
    precondition(next < microBatches.upperBound, "all of this rank's micro-batches are taken")
    let buffer = UnsafeMutableBufferPointer(
      start: exchange.buffers[carry.nodes.count], count: elementCount)
    running.localAccumulation += seconds { buffer.initialize(repeating: 0) }
    return buffer
  }

  /// Takes the gradient that is in the buffer of ``begin()``, and adds it to its neighbours.
  package func end() {
    let top = carry.nodes.count
    let merges = carry.push(.init(level: 0, index: next))
    next += 1
    guard merges > 0 else { return }
    running.localAccumulation += seconds {
      treeSum(
        exchange.buffers[top - merges...top].map { UnsafePointer($0) },
        merges: Array(repeating: 0, count: merges) + [Int32(merges)],
        into: exchange.buffers[top - merges], count: elementCount)
    }
  }

  /// Sums what all ranks accumulated; the total is everywhere, for reading, until the next round.
  package func sum() throws -> UnsafeMutableBufferPointer<Float> {
    _ = try reduceScatter()
    return try allGather()
  }

  /// The first half of ``sum()``: sums this rank's slice of the total and returns it with the
  /// range of elements that it is.
  ///
  /// The slice may be overwritten: ``allGather()`` hands out what it then holds.
  package func reduceScatter() throws -> (
    range: Range<Int>, slice: UnsafeMutableBufferPointer<Float>
  ) {
    if phase == .gathered { try startRound() }
    precondition(phase == .accumulating, "allGather ends a round that reduceScatter began")
    precondition(next == microBatches.upperBound, "all of this rank's micro-batches come first")
    try exchange.reduceScatter(&running)
    phase = .reduced
    let range = exchange.slices.range(of: exchange.communicator.rank)
    return (range, UnsafeMutableBufferPointer(rebasing: total[range]))
  }

  /// The second half of ``sum()``: gives every rank the slices of all ranks.
  package func allGather() throws -> UnsafeMutableBufferPointer<Float> {
    precondition(phase == .reduced, "reduceScatter comes first")
    try exchange.allGather(&running)
    phase = .gathered
    timing = running
    running = SumTiming()
    return total
  }

  private var total: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: exchange.total, count: elementCount)
  }

  private func startRound() throws {
    try exchange.beginRound(&running)
    carry = CarryStack(ownership.tree)
    next = microBatches.lowerBound
    phase = .accumulating
  }
}

/// Adds the sources in the order of a tree, written as additions that follow each source.
func treeSum(
  _ sources: [UnsafePointer<Float>], merges: [Int32],
  into destination: UnsafeMutablePointer<Float>, count: Int
) {
  precondition(
    merges.count == sources.count && merges.reduce(1, +) == sources.count, "one sum is left")
  let optionals: [UnsafePointer<Float>?] = sources
  parable_tree_sum(optionals, merges, sources.count, destination, count)
}

/// How long the body takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  try ContinuousClock().measure(body) / .seconds(1)
}
