import Foundation
import Kernels

/// Weights that begin ready for reading: in every block a third of the heads finds equal tokens, a
/// third looks at the neighbourhood, and the rest is as it was drawn.
///
/// Heads that match and copy are found late by training, if at all, and everything that answers
/// questions from a text is built on them (Olsson and others, In-context Learning and Induction
/// Heads, 2022). Three things make them work from the first step:
/// - Embeddings are large against what blocks add at first, so that a token is known by its own
///   vector in every block, and share a constant vector.
/// - In matching heads keys read what queries read, away from the constant, in the pairs that
///   rotary positions turn so slowly that distance hardly matters. Tokens drawn apart are nearly
///   orthogonal: a query scores its own kind by the square of a length, others by chance.
/// - In local heads queries and keys read the constant alone, in pairs that turn fast: their score
///   is a sum of cosines of the distance, highest at none.
struct MatchingInitialization {
  private static let embeddingDeviation: Float = 0.5
  private static let constant: Float = 0.25
  private static let branchScale: Float = 0.25
  /// By how much equal tokens, and the nearest ones, are ahead of others in a head's scores.
  private static let matchingScore = 10.0
  private static let localScore = 5.0

  private let parameters: ParameterView
  private let configuration: ModelConfiguration
  private var half: Int { configuration.headWidth / 2 }

  init(_ parameters: ParameterView) {
    self.parameters = parameters
    configuration = parameters.layout.configuration
  }

  /// Changes parameters that `initialize` has drawn.
  func apply() {
    let drawn: Float = 0.02
    let embeddings = parameters.tokenEmbeddings
    for index in 0..<embeddings.count {
      embeddings.base[index] =
        embeddings.base[index] / drawn * Self.embeddingDeviation + Self.constant
    }
    let third = (configuration.heads + 2) / 3
    for block in 0..<configuration.layers {
      let layer = parameters.layer(block)
      for matrix in [layer.attentionOutput, layer.down] {
        scale(
          UnsafeMutableBufferPointer(start: matrix.base, count: matrix.count),
          by: Self.branchScale)
      }
      for head in 0..<min(third, configuration.heads) { match(head, layer.queryKeyValue) }
      for head in third..<max(third, min(2 * third, configuration.heads)) {
        lookAround(head, layer.queryKeyValue)
      }
    }
  }

  /// How fast a pair turns, in radians a position.
  private func frequency(_ pair: Int) -> Double {
    pow(configuration.ropeTheta, -2 * Double(pair) / Double(configuration.headWidth))
  }

  private func match(_ head: Int, _ weights: Matrix<Float>) {
    // A pair counts as slow if it turns by less than one radian over the whole context.
    let slow = (0..<half).filter { frequency($0) * Double(configuration.context) < 1 }
    guard !slow.isEmpty else { return }
    let length =
      (Self.matchingScore * Double(configuration.headWidth).squareRoot() / Double(2 * slow.count))
      .squareRoot()
    for place in 0..<configuration.headWidth {
      let (query, key) = rows(head, place, weights)
      let mean = query.reduce(0, +) / Float(query.count)
      for column in query.indices { query[column] -= mean }
      let norm = query.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
      let factor = slow.contains(place % half) ? Float(length / norm) : 0
      for column in query.indices {
        query[column] *= factor
        key[column] = query[column]
      }
    }
  }

  private func lookAround(_ head: Int, _ weights: Matrix<Float>) {
    // From a few tokens a turn to some dozens.
    let fast = (0..<half).filter { (0.02...0.7).contains(frequency($0)) }
    guard !fast.isEmpty else { return }
    let length =
      (Self.localScore * Double(configuration.headWidth).squareRoot() / Double(fast.count))
      .squareRoot()
    // What the constant is after the norm.
    let share = Self.constant / hypot(Self.constant, Self.embeddingDeviation)
    for place in 0..<configuration.headWidth {
      let (query, key) = rows(head, place, weights)
      let value =
        fast.contains(place) ? Float(length) / (share * Float(configuration.width)) : 0
      query.update(repeating: value)
      key.update(repeating: value)
    }
  }

  private func rows(
    _ head: Int, _ place: Int, _ weights: Matrix<Float>
  ) -> (query: UnsafeMutableBufferPointer<Float>, key: UnsafeMutableBufferPointer<Float>) {
    let row = head * configuration.headWidth + place
    return (weights.row(row), weights.row(configuration.width + row))
  }
}

extension ParameterStorage {
  /// Makes drawn parameters ready to find equal tokens and to look at the neighbourhood.
  public func beginWithMatching() { MatchingInitialization(view).apply() }
}
