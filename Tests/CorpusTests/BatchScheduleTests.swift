import ParableCorpus
import Testing

@Suite struct BatchScheduleTests {
  @Test(
    arguments: [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 97, 255, 256, 257, 1009, 4093])
  func permutationsVisitEveryValueOnce(count: Int) {
    for (seed, epoch) in [(0, 0), (1, 0), (1, 1), (.max, 77)] as [(UInt64, Int)] {
      let order = KeyedPermutation(count: count, seed: seed, epoch: epoch)
      #expect((0..<count).map { order[$0] }.sorted() == Array(0..<count))
    }
  }

  @Test(arguments: [(10, 3), (7, 7), (5, 32), (1, 4), (64, 10), (101, 8)])
  func everyEpochVisitsEachWindowOnceAcrossBatchBorders(sequenceCount: Int, batch: Int) {
    let schedule = BatchSchedule(sequenceCount: sequenceCount, batch: batch, seed: 3)
    let epochs = 4
    let steps = (epochs * sequenceCount + batch - 1) / batch
    let row = (1...steps).flatMap { schedule.sequences(step: $0) }
    for epoch in 0..<epochs {
      let sequences = row[epoch * sequenceCount..<(epoch + 1) * sequenceCount]
      #expect(sequences.sorted() == Array(0..<sequenceCount))
    }
  }

  @Test func partsOfABatchAreThoseOfTheWhole() {
    let schedule = BatchSchedule(sequenceCount: 11, batch: 32, seed: 9)
    for step in [1, 2, 17] {
      let parts = [0..<5, 5..<5, 5..<20, 20..<32].flatMap {
        schedule.sequences(step: step, places: $0)
      }
      #expect(parts == schedule.sequences(step: step))
    }
  }

  @Test func seedsAndEpochsHaveOrdersOfTheirOwn() {
    func order(_ seed: UInt64, _ epoch: Int) -> [Int] {
      let order = KeyedPermutation(count: 100, seed: seed, epoch: epoch)
      return (0..<100).map { order[$0] }
    }
    let orders = [order(1, 0), order(1, 1), order(2, 0), order(2, 1), order(0, 1)]
    #expect(Set(orders).count == orders.count)
    #expect(!orders.contains(Array(0..<100)))
  }

  /// In a random order about two of n neighbours stay neighbours and one value stays in its place.
  @Test func neighboursAreNotKept() {
    var neighbours = 0
    var fixed = 0
    var distance = 0.0
    let count = 2_000
    for epoch in 0..<8 {
      let order = KeyedPermutation(count: count, seed: 5, epoch: epoch)
      let values = (0..<count).map { order[$0] }
      for (place, value) in values.enumerated() where place > 0 {
        neighbours += abs(value - values[place - 1]) == 1 ? 1 : 0
        fixed += value == place ? 1 : 0
        distance += Double(abs(value - values[place - 1]))
      }
    }
    #expect(neighbours < 40)
    #expect(fixed < 25)
    // The mean distance of two random values is a third of the range.
    let mean = distance / Double(8 * (count - 1)) / Double(count)
    #expect(abs(mean - 1.0 / 3) < 0.01)
  }

  /// Every value is as likely as any other at the first place, also in the smallest ranges.
  @Test(arguments: [2, 3, 5, 12])
  func placesAreFilledEvenly(count: Int) {
    var counts = [Int](repeating: 0, count: count)
    let epochs = 6_000
    for epoch in 0..<epochs {
      counts[KeyedPermutation(count: count, seed: 11, epoch: epoch)[0]] += 1
    }
    let expected = Double(epochs) / Double(count)
    for drawn in counts {
      #expect(abs(Double(drawn) - expected) < 5 * expected.squareRoot())
    }
  }

  /// A later version that orders the sequences otherwise would not resume this version's runs.
  @Test func ordersStayWhatTheyWere() {
    let schedule = BatchSchedule(sequenceCount: 1_000, batch: 6, seed: 1)
    #expect(schedule.sequences(step: 1) == [800, 339, 857, 36, 534, 345])
    #expect(schedule.sequences(step: 200) == [928, 502, 854, 782, 566, 654])
    let small = BatchSchedule(sequenceCount: 5, batch: 8, seed: 42)
    #expect(small.sequences(step: 3) == [3, 1, 0, 2, 3, 4, 0, 2])
  }
}
