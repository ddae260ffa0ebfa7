import TestSupport
import Testing

@testable import ParableCollective

@Suite struct MicroBatchDealTests {
  private func deal(_ leafCount: Int, _ hosts: [Int]) -> MicroBatchDeal {
    MicroBatchDeal(leafCount: leafCount, groups: RankGroups(hosts: hosts, rank: 0))
  }

  @Test func hostsGetNeighboursWhateverTheOrderOfRanks() {
    let deal = deal(8, [0, 1, 0, 1])
    #expect(deal.groups == [0..<4, 4..<8])
    #expect(deal.ranks == [0..<2, 4..<6, 2..<4, 6..<8])
  }

  /// Three and two ranks: 3 + 3 + 2 would leave the first host with two sums.
  @Test func unevenHostsAreLeftWithWholeSubtrees() {
    let deal = deal(8, [0, 0, 0, 1, 1])
    #expect(deal.groups == [0..<4, 4..<8])
    #expect(deal.ranks.map(\.count).max() == 2)
  }

  /// Four ranks with whole subtrees, where five could have something: what is said counts these.
  @Test func ranksThatAreLeftIdleAreNotCountedAsBusy() throws {
    for (ranks, busy) in [(1, 1), (4, 4), (5, 4), (8, 8), (9, 8)] {
      let counts = try ThreadedCommunicator.run(ranks: ranks) {
        try DataParallel(communicator: $0, microBatchCount: 8, units: [0..<1]).busyRanks
      }
      #expect(counts == Array(repeating: busy, count: ranks))
    }
  }

  /// Against all deals there are: the busiest rank has as few as can be, and the hosts are left with
  /// the fewest sums.
  @Test(arguments: 1...12) func noOtherDealIsBetter(leafCount: Int) {
    for sizes in [[1], [2], [1, 1], [2, 1], [3, 2], [1, 2, 3], [4, 4], [2, 2, 2]] {
      let hosts = sizes.enumerated().flatMap { Array(repeating: $0, count: $1) }
      let deal = deal(leafCount, hosts)
      let most = (leafCount + hosts.count - 1) / hosts.count
      #expect(deal.ranks.allSatisfy { $0.count <= most })
      #expect(deal.ranks.reduce(0) { $0 + $1.count } == leafCount)
      let rootCount = deal.groups.reduce(0) { $0 + deal.tree.roots(of: $1).count }
      #expect(
        rootCount == fewestRoots(of: 0..<leafCount, deal.tree, sizes.map { $0 * most }[...]),
        "\(leafCount) on \(sizes)")
    }
  }

  private func fewestRoots(
    of leaves: Range<Int>, _ tree: ReductionTree, _ limits: ArraySlice<Int>
  ) -> Int? {
    guard let limit = limits.first else { return leaves.isEmpty ? 0 : nil }
    return (0...min(limit, leaves.count)).compactMap { count in
      let own = leaves.lowerBound..<leaves.lowerBound + count
      return fewestRoots(of: own.upperBound..<leaves.upperBound, tree, limits.dropFirst())
        .map { $0 + tree.roots(of: own).count }
    }.min()
  }

  @Test func manyRanksAreDealtToQuickly() {
    let deal = deal(2000, (0..<256).map { $0 / 32 })
    #expect(deal.ranks.map(\.count).max() == 8)
    #expect(deal.ranks.reduce(0) { $0 + $1.count } == 2000)
    let (leaves, ranks) = (1_000_000 / Sanitizer.share, 65_536 / Sanitizer.share)
    let large = self.deal(leaves, (0..<ranks).map { $0 / 64 })
    #expect(large.ranks.map(\.count).max() == 16)
    #expect(large.ranks.reduce(0) { $0 + $1.count } == leaves)
  }
}
