import Kernels

/// Scores a sequence by its pooled hidden states: one logit, a linear function of one vector.
///
/// The sequences are a question's choices one after another; a softmax over the logits of a
/// question's choices is the network's answer.
package final class MultipleChoiceHead<Element: ActivationElement> {
  /// How a sequence becomes one vector.
  package let pooling: Pooling

  private let width: Int
  private let products = MatrixProducts()
  /// The hidden states as `Float`, where activations are not.
  private let states: Rows<Float>
  private let dStates: Rows<Float>
  private let dHidden: Rows<Element>
  private let pooled: Rows<Float>
  private let dPooled: Rows<Float>

  /// Makes a head for hidden states of up to `capacity` tokens in all.
  package init(width: Int, pooling: Pooling, capacity: Int) {
    let copied = Element.storage == .float ? 0 : capacity
    self.width = width
    self.pooling = pooling
    states = Rows(copied, width)
    dStates = Rows(capacity, width)
    dHidden = Rows(copied, width)
    pooled = Rows(capacity, width)
    dPooled = Rows(capacity, width)
  }

  /// Overwrites `logits` [sequences] for hidden states [sequences · sequence, width], mask
  /// [sequences, sequence] with 0 for padding, and the classifier's weight [1, width].
  package func logits(
    _ hidden: Matrix<Element>, mask: UnsafePointer<UInt8>, sequence: Int,
    classifier: UnsafePointer<Float>, into logits: UnsafeMutableBufferPointer<Float>
  ) {
    guard let base = logits.baseAddress else { return }
    let pooled = pooled[logits.count]
    pool(floats(hidden), mask: mask, sequence: sequence, pooling: pooling, into: pooled)
    products.multiply(
      pooled, transposeOf: row(classifier),
      into: Matrix(base, rows: logits.count, columns: 1))
  }

  /// Adds the gradient of the classifier's weight for that of the logits which the last call of
  /// `logits` made; returns that of the hidden states, valid until the next call.
  package func backward(
    _ dLogits: UnsafeBufferPointer<Float>, hidden: Matrix<Element>, mask: UnsafePointer<UInt8>,
    sequence: Int, classifier: UnsafePointer<Float>,
    addingTo dClassifier: UnsafeMutablePointer<Float>
  ) -> Matrix<Element> {
    let dStates = dStates[hidden.rows]
    dStates.base.update(repeating: 0, count: dStates.count)
    guard let base = dLogits.baseAddress else { return elements(dStates) }
    let column = Matrix(
      UnsafeMutablePointer(mutating: base), rows: dLogits.count, columns: 1)
    let dPooled = dPooled[dLogits.count]
    products.multiply(
      transposeOf: column, pooled[dLogits.count],
      addingTo: Matrix(dClassifier, rows: 1, columns: width))
    products.multiply(column, row(classifier), into: dPooled)
    poolBackward(
      dPooled, hidden: floats(hidden), mask: mask, sequence: sequence, pooling: pooling,
      addingTo: dStates)
    return elements(dStates)
  }

  private func row(_ weight: UnsafePointer<Float>) -> Matrix<Float> {
    Matrix(UnsafeMutablePointer(mutating: weight), rows: 1, columns: width)
  }

  /// The matrix itself where activations are `Float`, a widened copy where they are not.
  private func floats(_ hidden: Matrix<Element>) -> Matrix<Float> {
    if Element.storage == .float { return hidden.rebound(to: Float.self) }
    let copy = states[hidden.rows]
    convert(hidden, into: copy)
    return copy
  }

  /// The matrix itself where activations are `Float`, a rounded copy where they are not.
  private func elements(_ matrix: Matrix<Float>) -> Matrix<Element> {
    if Element.storage == .float { return matrix.rebound(to: Element.self) }
    let copy = dHidden[matrix.rows]
    convert(matrix, into: copy)
    return copy
  }
}
