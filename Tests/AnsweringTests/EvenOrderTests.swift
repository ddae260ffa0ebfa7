import Testing

@testable import ParableAnswering

@Suite struct EvenOrderTests {
  /// Lengths as those of questions: each its own, from 60 to 370.
  private let lengths = (0..<32).map { 60 + 10 * ($0 * 13 % 32) }

  @Test(arguments: [2, 4, 8]) func partsOfTheOrderWeighTheSame(parts: Int) {
    let order = evenly(lengths) { $0 }
    let mean = lengths.reduce(0, +) / parts
    let size = lengths.count / parts
    for part in 0..<parts {
      let sum = order[part * size..<(part + 1) * size].reduce(0, +)
      #expect(abs(sum - mean) <= mean / 20, "part \(part) of \(parts)")
    }
  }

  @Test(arguments: [0, 1, 5, 32]) func nothingIsLostOrTakenTwice(count: Int) {
    let elements = Array(lengths.prefix(count).enumerated())
    let order = evenly(elements) { $0.element / 100 }
    #expect(order.map(\.offset).sorted() == Array(0..<count))
  }
}
