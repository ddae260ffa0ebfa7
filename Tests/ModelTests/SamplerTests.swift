import ParableModel
import Testing

@Suite struct SamplerTests {
  private static let scores: [Float] = [0, 3, 1, 3, -2]

  private func draws(
    _ strategy: SamplingStrategy, temperature: Double = 1, seed: UInt64 = 1, count: Int = 4000
  ) -> [Int] {
    var sampler = Sampler(strategy: strategy, temperature: temperature, seed: seed)
    var counts = [Int](repeating: 0, count: Self.scores.count)
    Self.scores.withUnsafeBufferPointer { scores in
      for _ in 0..<count { counts[Int(sampler.next(scores))] += 1 }
    }
    return counts
  }

  @Test func greedyTakesTheLargestAndTheLowerIdOnATie() {
    #expect(draws(.greedy, count: 5) == [0, 5, 0, 0, 0])
  }

  @Test func topKLeavesTheOthersOut() {
    let counts = draws(.topK(2))
    #expect(counts[0] + counts[2] + counts[4] == 0)
    #expect(abs(counts[1] - 2000) < 200)
    #expect(draws(.topK(1)) == [0, 4000, 0, 0, 0])
  }

  @Test func topPKeepsTheFewestThatReachTheMass() {
    // The probabilities are about 0.455 twice, 0.062, 0.023, 0.003.
    let narrow = draws(.topP(0.9))
    #expect(narrow[0] + narrow[2] + narrow[4] == 0)
    let wider = draws(.topP(0.95))
    #expect(wider[2] > 0)
    #expect(wider[0] + wider[4] == 0)
    #expect(draws(.topP(1)).allSatisfy { $0 > 0 })
  }

  @Test func whatHasNoProbabilityIsNeverTaken() {
    let scores: [Float] = [-.infinity, 1, -.infinity, 2]
    scores.withUnsafeBufferPointer { scores in
      for strategy in [SamplingStrategy.greedy, .topK(4), .topP(1)] {
        for temperature in [Double.leastNonzeroMagnitude, 1, 1e308] {
          var sampler = Sampler(strategy: strategy, temperature: temperature, seed: 5)
          for _ in 0..<500 { #expect(scores[Int(sampler.next(scores))].isFinite) }
        }
      }
    }
  }

  @Test func temperatureSharpensAndFlattens() {
    #expect(draws(.topK(5), temperature: 0.1)[2] == 0)
    #expect(draws(.topK(5), temperature: 10)[4] > 400)
  }

  @Test func theSeedDecides() {
    #expect(draws(.topK(5), seed: 3) == draws(.topK(5), seed: 3))
    #expect(draws(.topK(5), seed: 3) != draws(.topK(5), seed: 4))
  }
}
