import Foundation
import ParablePlatform

/// How the next token is chosen from the scores of all.
package enum SamplingStrategy: Equatable, Sendable {
  /// The largest score, the lower id where two are equal.
  case greedy

  /// At random among the `k` largest scores.
  case topK(Int)

  /// At random among the fewest tokens whose probabilities reach `p` (Holtzman et al. 2020).
  case topP(Double)
}

/// Chooses tokens: the same seed and scores give the same tokens.
package struct Sampler {
  private let strategy: SamplingStrategy
  private let temperature: Double
  private var random: SplitMix64

  /// Makes a sampler; scores are divided by `temperature`, which is above 0.
  package init(strategy: SamplingStrategy, temperature: Double = 1, seed: UInt64 = 1) {
    precondition(temperature > 0)
    self.strategy = strategy
    self.temperature = temperature
    random = SplitMix64(seed: seed, sequence: 0)
  }

  /// The id of the chosen token for scores [vocabulary]; −∞ is the score of what is never chosen.
  package mutating func next(_ scores: UnsafeBufferPointer<Float>) -> Int32 {
    switch strategy {
    case .greedy:
      return Self.largest(scores)
    case .topK(let count):
      let candidates = descending(scores, atMost: count)
      return draw(candidates, weights: probabilities(of: candidates, in: scores))
    case .topP(let mass):
      let candidates = descending(scores, atMost: scores.count)
      let weights = probabilities(of: candidates, in: scores)
      let total = weights.reduce(0, +)
      var reached = 0.0
      let needed =
        1
        + (weights.firstIndex { weight in
          reached += weight
          return reached >= mass * total
        } ?? weights.count - 1)
      return draw(Array(candidates.prefix(needed)), weights: Array(weights.prefix(needed)))
    }
  }

  /// The id of the largest score, the lower id where two are equal.
  package static func largest(_ scores: UnsafeBufferPointer<Float>) -> Int32 {
    var best = 0
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return Int32(best)
  }

  /// The ids of the largest scores, largest first, lower ids first where scores are equal.
  private func descending(_ scores: UnsafeBufferPointer<Float>, atMost count: Int) -> [Int32] {
    let ordered = scores.indices.sorted { left, right in
      scores[left] == scores[right] ? left < right : scores[left] > scores[right]
    }
    return ordered.prefix(max(1, count)).map { Int32($0) }
  }

  /// Probabilities up to a common factor, the first being 1.
  private func probabilities(of ids: [Int32], in scores: UnsafeBufferPointer<Float>) -> [Double] {
    let top = Double(scores[Int(ids[0])])
    return ids.map { exp((Double(scores[Int($0)]) - top) / temperature) }
  }

  private mutating func draw(_ ids: [Int32], weights: [Double]) -> Int32 {
    var remaining = random.uniform() * weights.reduce(0, +)
    for (id, weight) in zip(ids, weights) {
      remaining -= weight
      if remaining < 0 { return id }
    }
    // Rounding has left a rest: never to a token of no weight.
    return ids[weights.lastIndex { $0 > 0 } ?? 0]
  }
}
