import CParableNumerics
import ParablePlatform

/// The ways by which gradients get from rank to rank; the bits are the same.
package enum CollectiveTransport: String, CaseIterable, Sendable {
  /// Memory that the ranks of a host share; messages between hosts.
  case window

  /// Messages between all ranks.
  case messages
}

/// Where the seconds of one step's sum went.
package struct SumTiming: Equatable, Sendable {
  /// Waiting for ranks that came later.
  package internal(set) var waiting = 0.0

  /// Moving and adding gradients of all ranks, and moving weights.
  package internal(set) var communication = 0.0

  /// Adding the gradients of this rank's own micro-batches, and clearing buffers for them.
  package internal(set) var localAccumulation = 0.0

  /// Nothing yet.
  package init() {}
}

/// Data-parallel training: ranks compute gradients of their own micro-batches, and each updates its own
/// part of the parameters.
///
/// Parameters exist once in each group of ranks that share memory, gradients where they are computed.
/// The gradients of all micro-batches are added in the order of ``ReductionTree``, so that the sum has
/// the same bits, whatever the number of ranks and hosts. A step, on all ranks, those without
/// micro-batches too:
///
///     for microBatch in parallel.microBatches {
///       addGradient(of: microBatch, to: try parallel.begin())
///       parallel.end()
///     }
///     let gradient = try parallel.sum()   // of the elements `owned`
///     update(parallel.parameters[parallel.owned], gradient)
///     try parallel.share()                // now everybody has all weights
///
/// What travels between groups is, of every element, each sum that a group is left with, to the group
/// that owns the element, and the new weight to the others (ZeRO stage 1; Rajbhandari and others,
/// ZeRO: Memory Optimizations Toward Training Trillion Parameter Models, 2020).
package final class DataParallel {
  private enum Phase { case accumulating, summed, shared }

  /// This rank's micro-batches; empty where there are more ranks than micro-batches.
  package let microBatches: Range<Int>

  /// Who owns what.
  package let ownership: OwnershipTable

  /// How gradients get from rank to rank.
  package let collective: CollectiveTransport

  /// One line on the collective: which, and why, where it is not the one asked for.
  package let collectiveNote: String

  /// All parameters, zero at first.
  package let parameters: UnsafeMutableBufferPointer<Float>

  /// Whether this rank is the one of those that share the parameters that fills them at the beginning.
  package let isWriter: Bool

  /// Where the time of the last step went.
  package private(set) var timing = SumTiming()

  /// How many ranks have micro-batches: fewer than could have where that leaves fewer sums to move.
  package let busyRanks: Int

  /// The ranks in the order of their micro-batches.
  package var order: [Int] { ownership.order }

  /// The elements that this rank owns.
  package var owned: Range<Int> { ownership.ranges[communicator.rank] }

  private let communicator: any Communicator
  private let memory: DataParallelMemory
  private let buffers: [UnsafeMutablePointer<Float>]
  private let exchange: GroupExchange
  private let tree: ReductionTree
  private var carry: CarryStack
  private var next: Int
  private var phase = Phase.accumulating
  private var running = SumTiming()

  /// Takes the memory; all ranks call this with the same values.
  ///
  /// - Parameters:
  ///   - communicator: The ranks.
  ///   - microBatchCount: The micro-batches of a step.
  ///   - units: The elements of the parameters in parts that belong to one rank each, without gaps.
  ///   - cost: What updating a unit costs, in any measure; left out, its elements.
  ///   - collective: Nil: shared memory where the ranks of each host can have it, else messages.
  ///   - moreBytes: How much more memory the ranks of a group share, if they are several.
  ///   - parameters: Where they are already: then this rank shares them with nobody.
  /// - Throws: What the communicator throws.
  package init(
    communicator: any Communicator, microBatchCount: Int, units: [Range<Int>],
    cost: (Range<Int>) -> Int = \.count, collective: CollectiveTransport? = nil,
    moreBytes: Int = 0, parameters: UnsafeMutableBufferPointer<Float>? = nil
  ) throws {
    let elementCount = units.last?.upperBound ?? 0
    precondition(elementCount > 0, "there is something to train")
    func bufferCounts(_ groups: RankGroups) -> [Int] {
      let deal = MicroBatchDeal(leafCount: microBatchCount, groups: groups)
      return (0..<communicator.size).map { deal.bufferCount(of: $0) }
    }
    let wantsWindow = communicator.size > 1 && collective != .messages && parameters == nil
    let shared =
      wantsWindow
      ? try DataParallelMemory.shared(
        communicator, elementCount: elementCount, moreBytes: moreBytes,
        bufferCounts: bufferCounts) : nil
    let memory =
      shared
      ?? .own(
        communicator, elementCount: elementCount, parameters: parameters,
        bufferCounts: bufferCounts)
    let groups = memory.groups
    let deal = MicroBatchDeal(leafCount: microBatchCount, groups: groups)
    self.communicator = communicator
    self.memory = memory
    self.collective = communicator.size == 1 || shared != nil ? .window : .messages
    collectiveNote = Self.note(communicator, collective, isShared: shared != nil, groups)
    self.parameters = memory.parameters
    isWriter = groups.position == 0
    buffers = memory.buffers[groups.position]
    microBatches = deal.ranks[communicator.rank]
    busyRanks = deal.ranks.count { !$0.isEmpty }
    ownership = OwnershipTable(units: units, cost: cost, groups: groups)
    exchange = GroupExchange(communicator, memory, deal, ownership)
    tree = deal.tree
    carry = CarryStack(deal.tree)
    next = microBatches.lowerBound
  }

  private static func note(
    _ communicator: any Communicator, _ asked: CollectiveTransport?, isShared: Bool,
    _ groups: RankGroups
  ) -> String {
    if communicator.size == 1 { return "one rank, nothing to exchange" }
    if isShared {
      return groups.groups.count == 1
        ? "gradients are summed in memory that all ranks share"
        : "gradients are summed in memory that the ranks of each of \(groups.groups.count) hosts "
          + "share, and travel between hosts as messages"
    }
    if asked == .messages { return "gradients travel as messages, as asked for" }
    return "gradients travel as messages, and every rank has its own copy of the parameters: "
      + (communicator.sharedMemoryObstacle ?? "no shared memory")
  }

  /// How many floats parameters, gradients and what travels take where the ranks of a host share memory:
  /// those that the busiest rank has resident, its own and what it reads of the others', and those of
  /// the busiest host; `hosts` has the host of each rank.
  package static func floatCounts(
    microBatchCount: Int, hosts: [Int], elementCount: Int
  ) -> (rank: Int, host: Int) {
    let groups = RankGroups(hosts: hosts, rank: 0)
    let deal = MicroBatchDeal(leafCount: microBatchCount, groups: groups)
    let arriving = deal.groups.map { deal.tree.roots(of: $0).count }
    let counts = groups.groups.enumerated().map { number, members in
      let buffers = members.map { deal.bufferCount(of: $0) }
      let roots = members.reduce(0) { $0 + deal.tree.roots(of: deal.ranks[$1]).count }
      let read = hosts.count > 1 ? max(0, roots - 1) * elementCount / members.count : 0
      let travelling = GroupExchange.floatCount(
        groups: arriving.count, arriving: arriving.reduce(0, +) - arriving[number])
      return (
        rank: (1 + (buffers.max() ?? 0)) * elementCount + read + travelling,
        host: (1 + buffers.reduce(0, +)) * elementCount + members.count * travelling
      )
    }
    return (counts.map(\.rank).max() ?? 0, counts.map(\.host).max() ?? 0)
  }

  /// Gives a buffer of zeros, to which the gradient of this rank's next micro-batch is added.
  ///
  /// Where ``end()`` does not follow, the same micro-batch begins anew.
  package func begin() -> UnsafeMutableBufferPointer<Float> {
    if phase == .shared { startStep() }
    precondition(phase == .accumulating, "share() ends a step whose gradients are summed")
    precondition(next < microBatches.upperBound, "all of this rank's micro-batches are taken")
    let buffer = UnsafeMutableBufferPointer(
      start: buffers[carry.nodes.count], count: parameters.count)
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
        buffers[top - merges...top].map { UnsafePointer($0) },
        merges: Array(repeating: 0, count: merges) + [Int32(merges)],
        into: buffers[top - merges], count: parameters.count)
    }
  }

  /// Adds the gradients of all ranks, and gives the sum of the elements that this rank owns, which may
  /// be overwritten, until ``share()``.
  package func sum() throws -> UnsafeMutableBufferPointer<Float> {
    if phase == .shared { startStep() }
    precondition(phase == .accumulating, "share() ends a step whose gradients are summed")
    precondition(next == microBatches.upperBound, "all of this rank's micro-batches come first")
    running.waiting += try seconds {
      if memory.groups.groups.count > 1 { try communicator.barrier() }
      try memory.synchronize()
    }
    running.communication += try seconds { try exchange.sum() }
    phase = .summed
    return exchange.gradient
  }

  /// Gives every rank the parameters that the others own and have changed.
  package func share() throws {
    precondition(phase == .summed, "sum() comes first")
    running.communication += try seconds { try exchange.share() }
    running.waiting += try seconds { try memory.synchronize() }
    phase = .shared
    timing = running
    running = SumTiming()
  }

  /// Ends a step whose sum is not used: all ranks keep the parameters that they have.
  package func discard() throws {
    precondition(phase == .summed, "sum() comes first")
    running.waiting += try seconds { try memory.synchronize() }
    phase = .shared
    timing = running
    running = SumTiming()
  }

  /// The place of this rank among those that share the parameters, and how many there are.
  package var place: (position: Int, count: Int) {
    (memory.groups.position, memory.groups.members.count)
  }

  /// The ranks of each group that shares parameters, this rank's among them.
  package var groups: [[Int]] { memory.groups.groups }

  /// The ranks that share the parameters, the place of this one among them, and more memory that they
  /// share; nil where there is none.
  package var shared: (memory: UnsafeMutableRawBufferPointer, position: Int, count: Int)? {
    memory.more.map { ($0, memory.groups.position, memory.groups.members.count) }
  }

  /// Returns when all ranks that share the parameters have called it, and shows each what the others
  /// have written.
  package func synchronize() throws { try memory.synchronize() }

  /// Has one of the ranks that share the parameters fill them; the others go on when it is done.
  package func fill(_ body: () throws -> Void) throws {
    if isWriter { try body() }
    try memory.synchronize()
  }

  private func startStep() {
    carry = CarryStack(tree)
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
