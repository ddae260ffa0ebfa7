import CParableNumerics

/// The sum of the cross-entropies of rows of logits, and its gradient.
///
/// loss = Σ over rows of log Σ e^x − x[target], with the row's maximum subtracted from x first, for
/// logits [tokens, vocabulary] and targets [tokens]; rows whose target equals `ignoring` are left
/// out. dLogits = (softmax(x) − onehot(target)) · gradientScale, zeros in rows left out; it may be
/// the logits themselves. `correct` counts the rows whose target has the largest logit (the first
/// of equal ones), `counted` the rows that were not left out.
package func crossEntropy<E: ActivationElement>(
  _ logits: Matrix<Float>, targets: UnsafePointer<Int32>, ignoring: Int32? = nil,
  gradientScale: Float, dLogits: MutableMatrix<E>?
) -> (loss: Double, correct: Int, counted: Int) {
  precondition(dLogits.map { logits.hasSameShape(as: $0) } ?? true)
  for row in 0..<logits.rows where targets[row] != ignoring {
    precondition(
      targets[row] >= 0 && Int(targets[row]) < logits.columns, "target outside of the vocabulary")
  }
  let dView = dLogits?.view ?? parable_matrix()
  // Room for the exponentials of a row, where the gradient itself is none for them.
  let room = dLogits != nil && E.storage == .bfloat16 ? logits.columns : 0
  let sums = withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { row in
    timed(.crossEntropy) {
      guard var ignoring else {
        return parable_cross_entropy(
          logits.view, targets, nil, gradientScale, dView, row.baseAddress)
      }
      return parable_cross_entropy(
        logits.view, targets, &ignoring, gradientScale, dView, row.baseAddress)
    }
  }
  return (sums.loss, sums.correct, sums.counted)
}

/// The sum of the cross-entropies of rows of logits, without the gradient.
package func crossEntropy(
  _ logits: Matrix<Float>, targets: UnsafePointer<Int32>, ignoring: Int32? = nil
) -> (loss: Double, correct: Int, counted: Int) {
  crossEntropy(
    logits, targets: targets, ignoring: ignoring, gradientScale: 0,
    dLogits: MutableMatrix<Float>?.none)
}
