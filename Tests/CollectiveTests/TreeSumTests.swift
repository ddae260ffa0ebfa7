import CParableInstructions
import CParableNumerics
import Glibc
import ParableCollective
import TestSupport
import Testing

@Suite struct TreeSumTests {
  private struct Wrong: Error {}

  @Test(arguments: 1...17) func allRanksGetTheBitsOfTheTree(leafCount: Int) throws {
    for ranks in [1, 2, 3, 4, 8] {
      for collective in CollectiveTransport.allCases {
        for elementCount in [1, 16, 131, 1031] {
          try ThreadedCommunicator.run(ranks: ranks) {
            try TreeSumChecks.run(
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
      try TreeSumChecks.run($0, leafCount: 3, elementCount: 600_019, collective: collective)
    }
  }

  /// Without this the other tests would prove nothing.
  @Test(arguments: 3...17) func anotherOrderGivesOtherBits(leafCount: Int) {
    let tree = TreeSumChecks.reference(leafCount: leafCount, elementCount: 131)
    let leftToRight = (0..<131).map { element in
      (1..<leafCount).reduce(TreeSumChecks.value(round: 0, leaf: 0, element: element)) {
        $0 + TreeSumChecks.value(round: 0, leaf: $1, element: element)
      }
    }
    if leafCount == 3 {
      #expect(tree == leftToRight)
    } else {
      #expect(zip(tree, leftToRight).filter { $0 != $1 }.count > 10)
    }
    let rightToLeft = (0..<131).map { element in
      (0..<leafCount).reversed().reduce(Float(0)) {
        $0 + TreeSumChecks.value(round: 0, leaf: $1, element: element)
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
      (0..<count).map { TreeSumChecks.value(round: 0, leaf: leaf, element: $0) }
    }
    let expected = TreeSumChecks.reference(leafCount: leafCount, elementCount: count)
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

  @Test(arguments: CollectiveTransport.allCases)
  func theHalvesLetARankOverwriteItsSlice(collective: CollectiveTransport) throws {
    for ranks in [1, 2, 3, 8] {
      let totals = try ThreadedCommunicator.run(ranks: ranks) { communicator in
        let sum = try TreeSum(
          communicator: communicator, microBatchCount: 5, elementCount: 100, collective: collective)
        for leaf in sum.microBatches { try sum.accumulate { $0[99] += Float(1 << leaf) } }
        let (range, slice) = try sum.reduceScatter()
        guard slice.count == range.count else { throw Wrong() }
        if range.contains(99), slice[99 - range.lowerBound] != 31 { throw Wrong() }
        for (position, element) in range.enumerated() { slice[position] = Float(element) }
        return Array(try sum.allGather())
      }
      #expect(totals == Array(repeating: (0..<100).map(Float.init), count: ranks))
    }
  }

  @Test(arguments: CollectiveTransport.allCases)
  func theTotalStaysUntilAllRanksGoOn(collective: CollectiveTransport) throws {
    let seen = try ThreadedCommunicator.run(ranks: 3) { communicator in
      let sum = try TreeSum(
        communicator: communicator, microBatchCount: 3, elementCount: 2000, collective: collective)
      var seen: [Float] = []
      for round in 1...3 {
        try sum.accumulate { $0.update(repeating: Float(round)) }
        let total = try sum.sum()
        // The others are in the next round long before the last one has read the total of this.
        if communicator.rank == 2 { usleep(50_000) }
        seen += [total[0], total[1999]]
      }
      return seen
    }
    #expect(seen == Array(repeating: [3, 3, 6, 6, 9, 9], count: 3))
  }

  @Test func aMicroBatchThatThrewIsTakenAgainFromZeros() throws {
    let totals = try ThreadedCommunicator.run(ranks: 2) { communicator in
      let sum = try TreeSum(communicator: communicator, microBatchCount: 4, elementCount: 20)
      for _ in sum.microBatches {
        do {
          try sum.accumulate {
            $0.update(repeating: 100)
            throw Wrong()
          }
        } catch is Wrong {}
        try sum.accumulate { for element in $0.indices { $0[element] += 1 } }
      }
      return Array(try sum.sum())
    }
    #expect(totals == [[Float]](repeating: Array(repeating: 4, count: 20), count: 2))
  }

  @Test(arguments: CollectiveTransport.allCases)
  func aNaNOfOneRankIsSeenByAll(collective: CollectiveTransport) throws {
    let seen = try ThreadedCommunicator.run(ranks: 4) { communicator in
      let sum = try TreeSum(
        communicator: communicator, microBatchCount: 4, elementCount: 300, collective: collective)
      for leaf in sum.microBatches { try sum.accumulate { $0[200] = leaf == 2 ? .nan : 1 } }
      return try sum.sum()[200].isNaN
    }
    #expect(seen == [true, true, true, true])
  }

  @Test func ranksThatCannotShareMemoryFallBackAndSaySo() throws {
    let chosen = try ThreadedCommunicator.run(ranks: 2, sharesMemory: false) { communicator in
      try [CollectiveTransport?.none, .window].map { wanted in
        let sum = try TreeSum(
          communicator: communicator, microBatchCount: 2, elementCount: 1, collective: wanted)
        try sum.accumulate { $0[0] = 2 }
        guard try sum.sum()[0] == 4 else { throw Wrong() }
        return "\(sum.collective): \(sum.collectiveNote)"
      }
    }
    let expected = "messages: gradients travel as messages: threads that share nothing"
    #expect(chosen == [[expected, expected], [expected, expected]])
  }

  @Test func ranksOfSeveralHostsSumByMessages() throws {
    let notes = try ThreadedCommunicator.run(ranks: 4, hosts: [0, 0, 1, 1]) {
      try TreeSumChecks.run($0, leafCount: 7, elementCount: 131, collective: .messages)
      return try TreeSum(communicator: $0, microBatchCount: 4, elementCount: 1).collectiveNote
    }
    #expect(
      notes
        == Array(
          repeating: "gradients travel as messages: the ranks are on several hosts", count: 4))
  }

  @Test func byDefaultThreadsUseTheWindow() throws {
    let chosen = try ThreadedCommunicator.run(ranks: 3) {
      try TreeSum(communicator: $0, microBatchCount: 2, elementCount: 1).collective
    }
    #expect(chosen == [.window, .window, .window])
  }

  @Test(arguments: CollectiveTransport.allCases)
  func aRankThatFailsInTheMiddleEndsTheSumOfTheOthers(collective: CollectiveTransport) {
    #expect(throws: Wrong.self) {
      try ThreadedCommunicator.run(ranks: 3) { communicator in
        let sum = try TreeSum(
          communicator: communicator, microBatchCount: 3, elementCount: 50, collective: collective)
        try sum.accumulate { _ in if communicator.rank == 1 { throw Wrong() } }
        _ = try sum.sum()
      }
    }
  }

  @Test func theTimesAreThoseOfTheLastSum() throws {
    let timings = try ThreadedCommunicator.run(ranks: 2) { communicator in
      let sum = try TreeSum(communicator: communicator, microBatchCount: 4, elementCount: 5000)
      for _ in sum.microBatches { try sum.accumulate { _ in } }
      guard sum.timing.waiting == 0, sum.timing.communication == 0 else { throw Wrong() }
      _ = try sum.sum()
      return sum.timing
    }
    for timing in timings {
      #expect(timing.waiting > 0 && timing.communication > 0 && timing.localAccumulation > 0)
    }
  }
}
