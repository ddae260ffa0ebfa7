import CNumerics

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
  package internal(set) var moving = 0.0

  /// Adding this rank's own grains, and clearing buffers for them.
  package internal(set) var folding = 0.0

  /// Nothing yet.
  package init() {}
}

/// Sums buffers of floats over all grains of all ranks in the order of ``ReductionTree``, so that
/// every rank ends with the same bits, whatever the number of ranks and the transport.
///
/// A round is one ``accumulate(_:)`` for each of ``leaves``, then ``sum()`` on all ranks, those
/// without leaves too.
package final class TreeSum {
  private enum Phase {
    case accumulating
    case reduced
    case gathered
  }

  /// This rank's grains; empty where there are more ranks than grains.
  package let leaves: Range<Int>

  /// How many floats a grain's buffer has.
  package let elementCount: Int

  /// How slices get from rank to rank.
  package let transport: CollectiveTransport

  /// One line on the transport: which, and why, where it is not the one asked for.
  package let transportNote: String

  /// How many buffers of ``elementCount`` floats this rank's grains need at most at once.
  package var bufferCount: Int { ownership.bufferCount(of: exchange.communicator.rank) }

  /// Where the time of the last ``sum()`` went.
  package private(set) var timing = SumTiming()

  private let ownership: TreeOwnership
  private let exchange: any SliceExchange
  private var carry: CarryStack
  private var nextLeaf: Int
  private var phase = Phase.accumulating
  private var running = SumTiming()

  /// Reserves the buffers; all ranks call this with the same values.
  ///
  /// - Parameters:
  ///   - communicator: The ranks that sum.
  ///   - leafCount: The grains of the global batch.
  ///   - elementCount: The floats of a grain's buffer.
  ///   - transport: Nil: the window where the ranks can share memory, else messages.
  /// - Throws: What the communicator throws.
  package init(
    communicator: any Communicator, leafCount: Int, elementCount: Int,
    transport: CollectiveTransport? = nil
  ) throws {
    precondition(elementCount > 0, "there is something to sum")
    let ownership = TreeOwnership(leafCount: leafCount, rankCount: communicator.size)
    let slices = CacheLineSlices(elementCount: elementCount, rankCount: communicator.size)
    self.ownership = ownership
    self.elementCount = elementCount
    leaves = ownership.leaves(of: communicator.rank)
    if communicator.size == 1 {
      self.transport = transport ?? .window
      transportNote = "one rank, nothing to exchange"
      exchange = MessageExchange(communicator, ownership: ownership, slices: slices)
    } else if transport == .messages {
      self.transport = .messages
      transportNote = "gradients travel as messages, as asked for"
      exchange = MessageExchange(communicator, ownership: ownership, slices: slices)
    } else if let window = try WindowExchange(communicator, ownership: ownership, slices: slices) {
      self.transport = .window
      transportNote = "gradients are summed in memory that all ranks share"
      exchange = window
    } else {
      self.transport = .messages
      transportNote =
        "gradients travel as messages: \(communicator.sharedMemoryObstacle ?? "no shared memory")"
      exchange = MessageExchange(communicator, ownership: ownership, slices: slices)
    }
    carry = CarryStack(ownership.tree)
    nextLeaf = leaves.lowerBound
  }

  /// The most floats that a rank of one host has resident: its own buffers, and what it reads of the
  /// others' where they are shared, the total and slices of leftover sums.
  package static func residentCount(leafCount: Int, rankCount: Int, elementCount: Int) -> Int {
    let ownership = TreeOwnership(leafCount: leafCount, rankCount: rankCount)
    let buffers = (0..<rankCount).map { ownership.bufferCount(of: $0) }.max() ?? 0
    guard rankCount > 1 else { return buffers * elementCount }
    let rootCount = ownership.merges.count
    return (buffers + 1) * elementCount + max(0, rootCount - 2) * elementCount / rankCount
  }

  /// Takes the next of this rank's grains: the body adds its values to a buffer of zeros.
  ///
  /// Where the body throws, the grain counts as not taken.
  package func accumulate(_ body: (UnsafeMutableBufferPointer<Float>) throws -> Void) throws {
    if phase == .gathered { try startRound() }
    precondition(phase == .accumulating, "allGather ends a round that reduceScatter began")
    precondition(nextLeaf < leaves.upperBound, "all of this rank's grains are taken")
    let top = carry.nodes.count
    let buffer = UnsafeMutableBufferPointer(start: exchange.buffers[top], count: elementCount)
    running.folding += seconds { buffer.initialize(repeating: 0) }
    try body(buffer)
    let merges = carry.push(.init(level: 0, index: nextLeaf))
    nextLeaf += 1
    guard merges > 0 else { return }
    running.folding += seconds {
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
    precondition(nextLeaf == leaves.upperBound, "all of this rank's grains come first")
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
    nextLeaf = leaves.lowerBound
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
