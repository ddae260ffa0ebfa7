import ParableCollective
import Testing

@Suite struct WorkPartitionTests {
  @Test(arguments: [0, 1, 2, 7, 8, 9, 100], [1, 2, 3, 8, 13])
  func dealsOutEverythingEvenlyInOrder(items: Int, parts: Int) {
    let partition = WorkPartition(itemCount: items, partCount: parts)
    let ranges = (0..<parts).map { partition.range(of: $0) }
    #expect(ranges.flatMap { Array($0) } == Array(0..<items))
    let counts = ranges.map(\.count)
    #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
    #expect(counts == counts.sorted(by: >))
  }
}
