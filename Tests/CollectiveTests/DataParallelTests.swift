import CParableInstructions
import CParableNumerics
import Glibc
import ParableCollective
import TestSupport
import Testing

@Suite struct DataParallelTests {
  private struct Wrong: Error {}

  @Test(arguments: 1...17) func allRanksGetTheBitsOfTheTree(leafCount: Int) throws {
    for ranks in [1, 2, 3, 4, 8] {
      for collective in CollectiveTransport.allCases {
        for elementCount in [1, 16, 131, 1031] {
          try ThreadedCommunicator.run(ranks: ranks) {
            try DataParallelChecks.run(
              $0, leafCount: leafCount, elementCount: elementCount, collective: collective)
          }
        }
      }
    }
  }

  /// Slices of several pieces, the last one shorter, on ranks with several leftover sums.
  @Test(arguments: CollectiveTransport.allCases)
  func longBuffersTravelInPieces(collective: CollectiveTransport) throws {
    try ThreadedCommunicator.run(ranks: 2) {
      try DataParallelChecks.run($0, leafCount: 3, elementCount: 600_019, collective: collective)
    }
  }

  /// Without this the other tests would prove nothing.
  @Test(arguments: 3...17) func anotherOrderGivesOtherBits(leafCount: Int) {
    let tree = DataParallelChecks.reference(leafCount: leafCount, elementCount: 131)
    let leftToRight = (0..<131).map { element in
      (1..<leafCount).reduce(DataParallelChecks.value(round: 0, leaf: 0, element: element)) {
        $0 + DataParallelChecks.value(round: 0, leaf: $1, element: element)
      }
    }
    if leafCount == 3 {
      #expect(tree == leftToRight)
    } else {
      #expect(zip(tree, leftToRight).filter { $0 != $1 }.count > 10)
    }
    let rightToLeft = (0..<131).map { element in
      (0..<leafCount).reversed().reduce(Float(0)) {
        $0 + DataParallelChecks.value(round: 0, leaf: $1, element: element)
      }
    }
    #expect(zip(tree, rightToLeft).filter { $0 != $1 }.count > 10)
  }

  @Test func everyInstructionSetGivesTheSameBits() {
    let before = parable_active_instruction_set()
    defer { parable_select_instruction_set(before) }
    let leafCount = 7
    let count = 2500
    let leaves = (0..<leafCount).map { leaf in
      (0..<count).map { DataParallelChecks.value(round: 0, leaf: leaf, element: $0) }
    }
    let expected = DataParallelChecks.reference(leafCount: leafCount, elementCount: count)
    for set in [PARABLE_BASELINE, PARABLE_AVX2, PARABLE_AVX512, PARABLE_AVX512_BF16] {
      parable_select_instruction_set(set)
      for misalignment in [0, 3] {
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: leafCount * 3000 + 3000)
        defer { memory.deallocate() }
        memory.initialize(repeating: .nan)
        let sources = (0..<leafCount).map { leaf in
          let start = leaf * 3000 + misalignment
          _ = memory[start..<start + count].update(fromContentsOf: leaves[leaf])
          return memory[start...]
        }.map { UnsafePointer(UnsafeMutableBufferPointer(rebasing: $0).baseAddress) }
        for destination in [leafCount * 3000 + misalignment + 1, misalignment] {
          let into = UnsafeMutableBufferPointer(
            rebasing: memory[destination..<destination + count])
          parable_tree_sum(sources, [0, 1, 0, 2, 0, 1, 2], leafCount, into.baseAddress, count)
          #expect(into.elementsEqual(expected))
        }
        #expect(memory[leafCount * 3000 + misalignment].isNaN)
      }
    }
  }

  /// Ranks of several hosts, in the order of hosts and in turns, more and fewer on one than on another,
  /// some without a micro-batch.
  @Test(arguments: [
    [0, 1], [0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 1], [0, 1, 2, 0, 1, 0], [0, 0, 0, 0, 1, 1, 1, 1],
    [0, 1, 2],
  ])
  func hostsSumToTheBitsOfOneRank(hosts: [Int]) throws {
    for collective in CollectiveTransport.allCases {
      for leafCount in [1, 2, 3, 5, 8, 13] {
        for elementCount in [1, 700, 70_000, 200_001] {
          try ThreadedCommunicator.run(ranks: hosts.count, hosts: hosts) {
            try DataParallelChecks.run(
              $0, leafCount: leafCount, elementCount: elementCount, collective: collective)
          }
        }
      }
    }
  }

  /// Many pieces for one owner, more than are on their way at once.
  @Test func manyPiecesFollowEachOther() throws {
    try ThreadedCommunicator.run(ranks: 3, hosts: [0, 1, 1]) {
      try DataParallelChecks.run($0, leafCount: 7, elementCount: 2_000_003, collective: .window)
    }
  }

  /// The bytes between hosts are those of the formula: of every element each sum that a host is left
  /// with to its owner, and its new value to the other hosts.
  @Test(arguments: [
    // hosts of the ranks, micro-batches, sums that each host is left with
    ([0, 1], 8, [1, 1]), ([0, 0, 1, 1], 8, [1, 1]), ([0, 0, 0, 1], 8, [2, 1]),
    ([0, 0, 1], 5, [1, 1]),
    ([0, 1, 2], 6, [1, 1, 1]),
  ])
  func whatTravelsIsWhatTheFormulaSays(
    hosts: [Int], leafCount: Int, rootCounts: [Int]
  ) throws {
    let elementCount = 300_000
    let units = DataParallelChecks.units(elementCount)
    let sent = try ThreadedCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
      let counter = CountingCommunicator(communicator)
      let parallel = try DataParallel(
        communicator: counter, microBatchCount: leafCount, units: units)
      for _ in parallel.microBatches { parallel.accumulate { _ in } }
      _ = try parallel.sum()
      try parallel.share()
      return (counter.sentBytes, parallel.owned.count)
    }
    for host in 0...(hosts.max() ?? 0) {
      let ranks = hosts.indices.filter { hosts[$0] == host }
      let bytes = ranks.reduce(0) { $0 + sent[$1].0 }
      let share = ranks.reduce(0) { $0 + sent[$1].1 }
      let roots = rootCounts[host]
      let others = (hosts.max() ?? 0)
      #expect(bytes == 4 * (roots * (elementCount - share) + others * share), "host \(host)")
    }
  }

  @Test func ownersShareTheElementsOut() throws {
    for hosts in [[0], [0, 0, 0], [0, 0, 1], [0, 1, 0, 1]] {
      let units = DataParallelChecks.units(500_000)
      let table = try ThreadedCommunicator.run(ranks: hosts.count, hosts: hosts) {
        try DataParallel(communicator: $0, microBatchCount: 8, units: units).ownership
      }[0]
      var next = 0
      for rank in table.order {
        #expect(table.ranges[rank].lowerBound == next || table.ranges[rank].isEmpty)
        #expect(
          table.units(of: rank).first?.lowerBound ?? next == next
            && table.units(of: rank).last?.upperBound ?? next
              == max(next, table.ranges[rank].upperBound)
        )
        next = max(next, table.ranges[rank].upperBound)
      }
      #expect(next == 500_000)
      for host in Set(hosts) {
        let share = hosts.indices.filter { hosts[$0] == host }
          .reduce(0) { $0 + table.ranges[$1].count }
        #expect(abs(share - 500_000 / Set(hosts).count) <= 65_536)
      }
    }
  }

  @Test(arguments: CollectiveTransport.allCases)
  func aRankMayGoOnWhileOthersReadWhatItSent(collective: CollectiveTransport) throws {
    let seen = try ThreadedCommunicator.run(ranks: 3, hosts: [0, 0, 1]) { communicator in
      let parallel = try DataParallel(
        communicator: communicator, microBatchCount: 3,
        units: [0..<1000, 1000..<2000, 2000..<3000],
        collective: collective)
      var seen: [Float] = []
      for round in 1...3 {
        parallel.accumulate { $0.update(repeating: Float(round)) }
        // One rank is late with its addition, and late to go on.
        if communicator.rank == 2 { usleep(30_000) }
        let sum = try parallel.sum()
        _ = parallel.parameters[parallel.owned].update(fromContentsOf: sum)
        try parallel.share()
        seen += [parallel.parameters[0], parallel.parameters[2999]]
        try communicator.barrier()
      }
      return seen
    }
    #expect(seen == Array(repeating: [3, 3, 6, 6, 9, 9], count: 3))
  }

  @Test func oneOfTheRanksThatShareParametersFillsThem() throws {
    for (hosts, writers) in [
      ([0, 0, 1], [true, false, true]), ([0, 1, 0], [true, true, false]),
    ] {
      let results = try ThreadedCommunicator.run(ranks: 3, hosts: hosts) { communicator in
        let parallel = try DataParallel(
          communicator: communicator, microBatchCount: 3, units: [0..<10])
        try parallel.fill { parallel.parameters[3] += 2 }
        return (parallel.isWriter, parallel.parameters[3])
      }
      #expect(results.map(\.0) == writers)
      #expect(results.map(\.1) == [2, 2, 2])
    }
  }

  @Test func aMicroBatchThatThrewIsTakenAgainFromZeros() throws {
    let totals = try ThreadedCommunicator.run(ranks: 2) { communicator in
      let parallel = try DataParallel(
        communicator: communicator, microBatchCount: 4, units: [0..<20])
      for _ in parallel.microBatches {
        do {
          try parallel.accumulate {
            $0.update(repeating: 100)
            throw Wrong()
          }
        } catch is Wrong {}
        parallel.accumulate { for element in $0.indices { $0[element] += 1 } }
      }
      return Array(try parallel.sum())
    }
    #expect(Array(totals.joined()) == Array(repeating: 4, count: 20))
  }

  @Test func ranksThatCannotShareMemoryFallBackAndSaySo() throws {
    let chosen = try ThreadedCommunicator.run(ranks: 2, sharesMemory: false) { communicator in
      try [CollectiveTransport?.none, .window].map { wanted in
        let parallel = try DataParallel(
          communicator: communicator, microBatchCount: 2, units: [0..<1], collective: wanted)
        parallel.accumulate { $0[0] = 2 }
        guard try parallel.sum().allSatisfy({ $0 == 4 }) else { throw Wrong() }
        return "\(parallel.collective): \(parallel.collectiveNote)"
      }
    }
    let expected =
      "messages: gradients travel as messages, and every rank has its own copy of the parameters: "
      + "threads that share nothing"
    #expect(chosen == [[expected, expected], [expected, expected]])
  }

  @Test func byDefaultRanksOfAHostShareMemory() throws {
    for (hosts, note) in [
      ([0, 0, 0], "gradients are summed in memory that all ranks share"),
      (
        [0, 0, 1],
        "gradients are summed in memory that the ranks of each of 2 hosts share, and travel between "
          + "hosts as messages"
      ),
    ] {
      let chosen = try ThreadedCommunicator.run(ranks: 3, hosts: hosts) {
        let parallel = try DataParallel(communicator: $0, microBatchCount: 2, units: [0..<1])
        return "\(parallel.collective): \(parallel.collectiveNote)"
      }
      #expect(chosen == Array(repeating: "window: \(note)", count: 3))
    }
  }

  @Test(arguments: CollectiveTransport.allCases)
  func aRankThatFailsInTheMiddleEndsTheSumOfTheOthers(collective: CollectiveTransport) {
    #expect(throws: Wrong.self) {
      try ThreadedCommunicator.run(ranks: 3) { communicator in
        let parallel = try DataParallel(
          communicator: communicator, microBatchCount: 3, units: [0..<50], collective: collective)
        try parallel.accumulate { _ in if communicator.rank == 1 { throw Wrong() } }
        _ = try parallel.sum()
      }
    }
  }

  @Test func theTimesAreThoseOfTheLastStep() throws {
    let timings = try ThreadedCommunicator.run(ranks: 2) { communicator in
      let parallel = try DataParallel(
        communicator: communicator, microBatchCount: 4, units: DataParallelChecks.units(5000))
      for _ in parallel.microBatches { parallel.accumulate { _ in } }
      guard parallel.timing == SumTiming() else { throw Wrong() }
      _ = try parallel.sum()
      try parallel.share()
      return parallel.timing
    }
    for timing in timings {
      #expect(timing.waiting > 0 && timing.communication > 0 && timing.localAccumulation > 0)
    }
  }
}

/// Counts what is sent.
private final class CountingCommunicator: Communicator {
  private let other: any Communicator
  private(set) var sentBytes = 0

  init(_ other: any Communicator) { self.other = other }

  var rank: Int { other.rank }
  var size: Int { other.size }
  var hosts: [Int] { other.hosts }
  func barrier() throws { try other.barrier() }
  func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] { try other.allGather(bytes) }
  func gather(_ bytes: [UInt8], to root: Int) throws -> [[UInt8]] {
    try other.gather(bytes, to: root)
  }
  func start(
    sending: [OutgoingMessage], receiving: [IncomingMessage]
  ) throws -> any PendingMessages {
    sentBytes += sending.reduce(0) { $0 + $1.bytes.count }
    return try other.start(sending: sending, receiving: receiving)
  }
  func makeSharedMemory(byteCount: Int) throws -> (any SharedMemory)? {
    try other.makeSharedMemory(byteCount: byteCount)
  }
  func abort(exitCode: Int32) -> Never { other.abort(exitCode: exitCode) }
}
