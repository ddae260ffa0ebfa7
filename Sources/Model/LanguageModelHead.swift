import Kernels

/// What a language model's predictions cost, summed over tokens.
package struct LossSum: Equatable, Sendable {
  /// Cross-entropy in nats, summed over the counted tokens.
  package var loss = 0.0

  /// How many counted tokens the largest logit got right.
  package var correct = 0

  /// How many tokens were counted.
  package var counted = 0

  /// Nothing yet.
  package init() {}

  /// Adds another sum.
  package static func += (sum: inout LossSum, other: LossSum) {
    sum.loss += other.loss
    sum.correct += other.correct
    sum.counted += other.counted
  }
}

/// The output projection and its loss, in chunks of rows so that the logits of few tokens exist at
/// a time.
package final class LanguageModelHead<Element: ActivationElement> {
  /// Rows whose logits exist at a time, at most.
  static var largestChunk: Int { 256 }

  private let storage: ParameterStorage
  private let products: MatrixProducts
  private let weights: LinearWeights<Element>
  package let chunkRows: Int
  private let logits: Rows<Float>
  private let dLogits: Rows<Element>
  private let dHidden: Rows<Element>

  /// Makes the head of `transformer` for passes of up to `capacity` tokens.
  package init(of transformer: Transformer<Element>, capacity: Int, trainable: Bool) {
    let configuration = transformer.configuration
    storage = transformer.storage
    products = transformer.products
    weights = LinearWeights(
      outputs: configuration.vocabulary, inputs: configuration.width, products: products,
      forwardOnly: !trainable)
    chunkRows = min(capacity, Self.largestChunk)
    logits = Rows(chunkRows, configuration.vocabulary)
    dLogits = Rows(
      trainable && Element.storage != .float ? chunkRows : 0, configuration.vocabulary)
    dHidden = Rows(trainable ? capacity : 0, configuration.width)
    loadWeights()
  }

  /// Takes over parameters that have changed.
  package func loadWeights() { weights.load(storage.view.output) }

  /// The scores of every token of the vocabulary, [rows, vocabulary], for up to 256 rows of hidden
  /// states; valid until the next call.
  package func logits(_ hidden: Matrix<Element>) -> Matrix<Float> {
    let result = logits[hidden.rows]
    weights.forward(hidden, into: result)
    return result
  }

  /// The cost of predicting `targets` from `hidden`, [tokens, width]; targets equal to `ignoring`
  /// do not count.
  package func loss(
    _ hidden: Matrix<Element>, targets: UnsafePointer<Int32>, ignoring: Int32? = nil
  ) -> LossSum {
    eachChunk(of: hidden) { rows, scores in
      crossEntropy(
        scores, targets: targets + rows.lowerBound, ignoring: ignoring, gradientScale: 0,
        dLogits: Matrix<Float>?.none)
    }
  }

  /// The cost of each token of `targets`, in nats, predicted from its row of `hidden`.
  package func losses(_ hidden: Matrix<Element>, _ targets: [Int32]) -> [Double] {
    precondition(hidden.rows == targets.count)
    var losses: [Double] = []
    for start in stride(from: 0, to: hidden.rows, by: chunkRows) {
      let rows = start..<min(start + chunkRows, hidden.rows)
      let scores = logits(hidden[rows])
      for row in rows {
        let score = scores[row - start..<row - start + 1]
        losses.append(
          withUnsafePointer(to: targets[row]) { crossEntropy(score, targets: $0).loss })
      }
    }
    return losses
  }

  /// The same cost, and the gradient of `gradientScale` times it: the output layer's is added to
  /// `gradients`, the hidden states' is returned, [tokens, width], valid until the next call.
  package func lossAndGradient(
    _ hidden: Matrix<Element>, targets: UnsafePointer<Int32>, ignoring: Int32? = nil,
    gradientScale: Float, addingTo gradients: ParameterView
  ) -> (sum: LossSum, dHidden: Matrix<Element>) {
    let dHidden = dHidden[hidden.rows]
    let sum = eachChunk(of: hidden) { rows, scores in
      let dScores = gradientMatrix(over: scores)
      let cost = crossEntropy(
        scores, targets: targets + rows.lowerBound, ignoring: ignoring,
        gradientScale: gradientScale, dLogits: dScores)
      accumulate(dScores, hidden: hidden[rows], into: dHidden[rows], addingTo: gradients)
      return cost
    }
    return (sum, dHidden)
  }

  /// Adds the output layer's gradient for a given gradient of the logits, and overwrites that of
  /// the hidden states.
  package func accumulate(
    _ dLogits: Matrix<Element>, hidden: Matrix<Element>, into dHidden: Matrix<Element>,
    addingTo gradients: ParameterView
  ) {
    weights.backward(dLogits, into: dHidden)
    products.multiply(transposeOf: dLogits, hidden, addingTo: gradients.output)
  }

  private func eachChunk(
    of hidden: Matrix<Element>,
    _ cost: (Range<Int>, Matrix<Float>) -> (loss: Double, correct: Int, counted: Int)
  ) -> LossSum {
    var sum = LossSum()
    for start in stride(from: 0, to: hidden.rows, by: chunkRows) {
      let rows = start..<min(start + chunkRows, hidden.rows)
      let chunk = cost(rows, logits(hidden[rows]))
      sum.loss += chunk.loss
      sum.correct += chunk.correct
      sum.counted += chunk.counted
    }
    return sum
  }

  /// Where the gradient of the logits goes: over them where activations are `Float`.
  private func gradientMatrix(over scores: Matrix<Float>) -> Matrix<Element> {
    guard Element.storage == .float else { return dLogits[scores.rows] }
    return scores.rebound(to: Element.self)
  }
}
