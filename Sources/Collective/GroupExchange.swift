import Glibc
import ParablePlatform

/// The sums and weights that travel between groups of ranks, each of which shares memory.
///
/// The elements that a rank owns are cut into pieces. For each piece one rank of every other group adds
/// up what its group has, and sends it while it adds up the next; the owner adds what arrives. Then
/// the owner sends the new weights of a piece back to the same rank.
final class GroupExchange {
  /// The floats of a piece: 256 KiB, so that all of one addition stay in a core's cache.
  static let pieceLength = 1 << 16

  /// How many pieces are on their way at once, each way.
  private static let depth = 4

  /// The sum of the elements that this rank owns.
  let gradient: UnsafeMutableBufferPointer<Float>

  private let communicator: any Communicator
  private let groups: RankGroups
  private let ownership: OwnershipTable
  private let parameters: UnsafeMutableBufferPointer<Float>

  /// What this group adds up before it sends: one sum for each subtree that it is left with.
  private let ownRoots: [PartialSum]

  /// How many sums each group is left with.
  private let rootCounts: [Int]

  /// All that an owner adds, in the order of the tree.
  private let sources: [Source]
  private let merges: [Int32]

  private let landing: PiecePool
  private let leaving: PiecePool
  private let ownGradient: OwnedBuffer<Float>

  /// Where the floats of an addition are.
  private enum Source {
    /// In this group's memory: the buffer of element 0.
    case here(UnsafeMutablePointer<Float>)
    /// In what another group sends: the place of its sum among all that arrive.
    case arriving(Int)
  }

  /// Buffers of this group that are added up to one sum.
  private struct PartialSum {
    var buffers: [UnsafeMutablePointer<Float>]
    var merges: [Int32]
  }

  init(
    _ communicator: any Communicator, _ memory: DataParallelMemory, _ deal: MicroBatchDeal,
    _ ownership: OwnershipTable
  ) {
    let groups = memory.groups
    var (sources, merges): ([Source], [Int32]) = ([], [])
    var carry = CarryStack(deal.tree)
    var arriving = 0
    for (group, members) in groups.groups.enumerated() {
      if group == groups.own {
        for (place, rank) in members.enumerated() {
          for (index, root) in deal.tree.roots(of: deal.ranks[rank]).enumerated() {
            sources.append(.here(memory.buffers[place][index]))
            merges.append(Int32(carry.push(root)))
          }
        }
      } else {
        for root in deal.tree.roots(of: deal.groups[group]) {
          sources.append(.arriving(arriving))
          merges.append(Int32(carry.push(root)))
          arriving += 1
        }
      }
    }
    precondition(carry.nodes.count == 1, "all micro-batches add up to one sum")
    self.communicator = communicator
    self.groups = groups
    self.ownership = ownership
    self.sources = sources
    self.merges = merges
    parameters = memory.parameters
    rootCounts = deal.groups.map { deal.tree.roots(of: $0).count }
    ownRoots = Self.partialSums(memory, deal)
    let owned = ownership.ranges[communicator.rank]
    let hasSources = sources.contains { if case .here = $0 { true } else { false } }
    ownGradient = OwnedBuffer(uninitializedCount: hasSources ? 0 : owned.count)
    // The sum takes the place of the group's first buffer: nobody else reads these elements of it.
    let first = sources.lazy.compactMap { if case .here(let buffer) = $0 { buffer } else { nil } }
      .first.map { $0 + owned.lowerBound }
    gradient = UnsafeMutableBufferPointer(start: first ?? ownGradient.base, count: owned.count)
    let depth = Self.depth(groups: groups.groups.count)
    landing = PiecePool(length: arriving * Self.pieceLength, count: depth)
    leaving = PiecePool(length: Self.pieceLength, count: depth)
  }

  private static func depth(groups: Int) -> Int { groups == 1 ? 0 : depth }

  /// How many floats a rank holds of what travels, where so many sums arrive from other groups.
  static func floatCount(groups: Int, arriving: Int) -> Int {
    depth(groups: groups) * (arriving + 1) * pieceLength
  }

  /// The sums that this rank's group is left with.
  private static func partialSums(
    _ memory: DataParallelMemory, _ deal: MicroBatchDeal
  ) -> [PartialSum] {
    var carry = CarryStack(deal.tree)
    var sums: [PartialSum] = []
    for (place, rank) in memory.groups.members.enumerated() {
      for (index, root) in deal.tree.roots(of: deal.ranks[rank]).enumerated() {
        sums.append(PartialSum(buffers: [memory.buffers[place][index]], merges: [0]))
        for _ in 0..<carry.push(root) {
          let right = sums.removeLast()
          let left = sums.removeLast()
          var merges = left.merges + right.merges
          merges[merges.count - 1] += 1
          sums.append(PartialSum(buffers: left.buffers + right.buffers, merges: merges))
        }
      }
    }
    return sums
  }

  // MARK: - Gradients

  /// Adds the gradients of the elements that this rank owns, and sends what its group has of the others'.
  func sum() throws {
    guard groups.groups.count > 1 else {
      add(owned, from: nil)
      return
    }
    var (sends, pieces) = (outgoing()[...], pieces(of: communicator.rank)[...])
    var sending: [(messages: any PendingMessages, room: OwnedBuffer<Float>?)] = []
    var receiving: [Arrival] = []
    while !(sends.isEmpty && pieces.isEmpty && sending.isEmpty && receiving.isEmpty) {
      var isIdle = true
      while receiving.count < Self.depth, let piece = pieces.popFirst() {
        receiving.append(try receive(piece))
        isIdle = false
      }
      if sending.count < Self.depth, let next = sends.popFirst() {
        sending.append(try send(next))
        isIdle = false
      }
      for index in sending.indices.reversed() where try sending[index].messages.progress() {
        leaving.giveBack(sending.remove(at: index).room)
        isIdle = false
      }
      if let first = receiving.first, try first.messages.progress() {
        receiving.removeFirst()
        add(first.range, from: first.room)
        landing.giveBack(first.room)
        isIdle = false
      }
      // There may be fewer cores than ranks.
      if isIdle { sched_yield() }
    }
  }

  private var owned: Range<Int> { ownership.ranges[communicator.rank] }

  /// What arrives of one piece.
  private struct Arrival {
    let range: Range<Int>
    let messages: any PendingMessages
    let room: OwnedBuffer<Float>
  }

  /// A sum to send.
  private struct Outgoing {
    let receiver: Int
    let range: Range<Int>
    let root: Int
  }

  /// The elements that a rank owns, in pieces.
  private func pieces(of rank: Int) -> [(number: Int, range: Range<Int>)] {
    let range = ownership.ranges[rank]
    return stride(from: range.lowerBound, to: range.upperBound, by: Self.pieceLength).enumerated()
      .map { ($0, $1..<min($1 + Self.pieceLength, range.upperBound)) }
  }

  /// The other groups from the next one on, so that not all send to the same one at once.
  private var otherGroups: [Int] {
    (1..<groups.groups.count).map { (groups.own + $0) % groups.groups.count }
  }

  /// Owners of other groups, with their place in their group.
  private var otherOwners: [(position: Int, rank: Int)] {
    otherGroups.flatMap { group in groups.groups[group].enumerated().map { ($0, $1) } }
  }

  /// What this rank sends, the first pieces of all owners first: every rank waits for these first, so
  /// that none waits for one that waits for it.
  private func outgoing() -> [Outgoing] {
    var numbered: [(number: Int, send: Outgoing)] = []
    for owner in otherOwners {
      for (number, range) in pieces(of: owner.rank)
      where groups.partner(in: groups.own, position: owner.position, piece: number)
        == communicator.rank
      {
        numbered += ownRoots.indices.map {
          (number, Outgoing(receiver: owner.rank, range: range, root: $0))
        }
      }
    }
    // In the order of pieces; those of one number stay as they are.
    return numbered.enumerated()
      .sorted { ($0.element.number, $0.offset) < ($1.element.number, $1.offset) }
      .map(\.element.send)
  }

  private func send(
    _ outgoing: Outgoing
  ) throws -> (messages: any PendingMessages, room: OwnedBuffer<Float>?) {
    let (range, root) = (outgoing.range, ownRoots[outgoing.root])
    var room: OwnedBuffer<Float>?
    var start = UnsafePointer(root.buffers[0] + range.lowerBound)
    if root.buffers.count > 1 {
      let sum = leaving.take()
      treeSum(
        root.buffers.map { UnsafePointer($0 + range.lowerBound) }, merges: root.merges,
        into: sum.base, count: range.count)
      (room, start) = (sum, UnsafePointer(sum.base))
    }
    let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(start: start, count: range.count))
    return (
      try communicator.start(
        sending: [OutgoingMessage(to: outgoing.receiver, bytes)], receiving: []), room
    )
  }

  private func receive(_ piece: (number: Int, range: Range<Int>)) throws -> Arrival {
    let room = landing.take()
    var place = room.base
    var messages: [IncomingMessage] = []
    for group in groups.groups.indices where group != groups.own {
      let sender = groups.partner(in: group, position: groups.position, piece: piece.number)
      for _ in 0..<rootCounts[group] {
        messages.append(
          IncomingMessage(
            from: sender,
            into: UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(start: place, count: piece.range.count))))
        place += Self.pieceLength
      }
    }
    return Arrival(
      range: piece.range, messages: try communicator.start(sending: [], receiving: messages),
      room: room)
  }

  /// Adds up elements that this rank owns.
  private func add(_ range: Range<Int>, from arrived: OwnedBuffer<Float>?) {
    guard !range.isEmpty, let destination = gradient.baseAddress else { return }
    let sources = sources.map { source in
      switch source {
      case .here(let buffer): UnsafePointer(buffer + range.lowerBound)
      case .arriving(let place):
        UnsafePointer((arrived?.base ?? destination) + place * Self.pieceLength)
      }
    }
    treeSum(
      sources, merges: merges, into: destination + (range.lowerBound - owned.lowerBound),
      count: range.count)
  }

  // MARK: - Weights

  /// Sends the parameters that this rank owns to a rank of every other group, piece by piece, and takes
  /// those that are meant for it.
  func share() throws {
    guard groups.groups.count > 1 else { return }
    var sending: [OutgoingMessage] = []
    for group in otherGroups {
      sending += pieces(of: communicator.rank).map { number, range in
        OutgoingMessage(
          to: groups.partner(in: group, position: groups.position, piece: number),
          UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: parameters[range])))
      }
    }
    var receiving: [IncomingMessage] = []
    for owner in otherOwners {
      for (number, range) in pieces(of: owner.rank)
      where groups.partner(in: groups.own, position: owner.position, piece: number)
        == communicator.rank
      {
        receiving.append(
          IncomingMessage(
            from: owner.rank,
            into: UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(rebasing: parameters[range]))))
      }
    }
    try communicator.start(sending: sending, receiving: receiving).finish()
  }
}

/// Buffers for pieces that are used again and again.
private final class PiecePool {
  private var free: [OwnedBuffer<Float>]

  init(length: Int, count: Int) {
    free = (0..<count).map { _ in OwnedBuffer(uninitializedCount: length) }
  }

  func take() -> OwnedBuffer<Float> {
    guard let buffer = free.popLast() else { preconditionFailure("all buffers are in use") }
    return buffer
  }

  func giveBack(_ buffer: OwnedBuffer<Float>?) {
    if let buffer { free.append(buffer) }
  }
}
