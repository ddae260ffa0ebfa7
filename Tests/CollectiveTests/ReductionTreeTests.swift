import TestSupport
import Testing

@testable import ParableCollective

@Suite struct ReductionTreeTests {
  private typealias Node = ReductionTree.Node

  private func ranges(_ leafCount: Int, _ leaves: Range<Int>) -> [Range<Int>] {
    let tree = ReductionTree(leafCount: leafCount)
    return tree.roots(of: leaves).map { tree.leaves(of: $0) }
  }

  @Test func rangesThatDoNotDivideEvenlyEmitSeveralRoots() {
    #expect(ranges(8, 0..<8) == [0..<8])
    #expect(ranges(8, 0..<3) == [0..<2, 2..<3])
    #expect(ranges(8, 3..<6) == [3..<4, 4..<6])
    #expect(ranges(8, 6..<8) == [6..<8])
    #expect(ranges(8, 1..<8) == [1..<2, 2..<4, 4..<8])
    #expect(ranges(8, 5..<5) == [])
    #expect(ranges(7, 4..<7) == [4..<7])
    #expect(ranges(5, 3..<5) == [3..<4, 4..<5])
  }

  @Test func leafCountsFarFromPowersOfTwoHaveOneRoot() {
    for leafCount in 1...70 {
      let tree = ReductionTree(leafCount: leafCount)
      let roots = tree.roots(of: 0..<leafCount)
      #expect(roots.map(\.level) == [tree.rootLevel])
      #expect(roots.map { tree.leaves(of: $0) } == [0..<leafCount])
    }
  }

  /// The covering nodes are the fewest: no two neighbours make up a node of the tree.
  @Test func rootsAreAsFewAsCanBe() {
    for leafCount in 1...17 {
      let tree = ReductionTree(leafCount: leafCount)
      let nodes = (0...tree.rootLevel).flatMap { level in
        (0..<leafCount).map { tree.leafRange(level: level, index: $0) }
      }
      for start in 0..<leafCount {
        for end in start + 1...leafCount {
          let roots = ranges(leafCount, start..<end)
          #expect(roots.flatMap { Array($0) } == Array(start..<end))
          for (left, right) in zip(roots, roots.dropFirst()) {
            #expect(!nodes.contains(left.lowerBound..<right.upperBound))
          }
        }
      }
    }
  }

  @Test func fewBuffersAreLiveAtOnce() {
    func buffers(_ leafCount: Int, ranks: Int) -> [Int] {
      let groups = RankGroups(hosts: Array(repeating: 0, count: ranks), rank: 0)
      let deal = MicroBatchDeal(leafCount: leafCount, groups: groups)
      return (0..<ranks).map { deal.bufferCount(of: $0) }
    }
    #expect(buffers(1, ranks: 1) == [1])
    #expect(buffers(8, ranks: 1) == [4])
    #expect(buffers(64, ranks: 1) == [7])
    #expect(buffers(8, ranks: 2) == [3, 3])
    #expect(buffers(8, ranks: 3) == [2, 3, 2])
    #expect(buffers(2, ranks: 3) == [1, 1, 0])
  }
}

extension ReductionTree {
  fileprivate func leafRange(level: Int, index: Int) -> Range<Int> {
    min(index << level, leafCount)..<min((index + 1) << level, leafCount)
  }
}
