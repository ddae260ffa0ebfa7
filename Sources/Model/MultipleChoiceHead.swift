import ParableKernels

/// Scores sequences by their pooled hidden states: one logit each, a linear function of one vector.
///
/// The sequences are a question's choices one after another; a softmax over the logits of a
/// question's choices is the network's answer. What a call returns is valid until `scratch` is used
/// anew.
package final class MultipleChoiceHead<Element: ActivationElement> {
  let scratch = Scratch()
  private let products: MatrixProducts

  /// Makes a head that multiplies by `products`.
  package init(products: MatrixProducts) { self.products = products }

  /// Overwrites `logits` [sequences, 1] for hidden states [sequences · sequence, width], mask
  /// [sequences, sequence] with 0 for padding, and the classifier's weight [1, width].
  package func logits(
    _ hidden: Matrix<Element>, mask: UnsafePointer<UInt8>, sequence: Int,
    pooling: Pooling, classifier: Matrix<Float>, into logits: MutableMatrix<Float>
  ) {
    let hidden = floats(hidden)
    let pooled: MutableMatrix<Float> = scratch.matrix(logits.rows, hidden.columns)
    pool(hidden, mask: mask, sequence: sequence, pooling: pooling, into: pooled)
    products.multiply(pooled.readOnly, transposeOf: classifier, into: logits)
  }

  /// Adds the gradient of the classifier's weight for that of the logits [sequences, 1]; returns that
  /// of the hidden states.
  package func logitsBackward(
    _ dLogits: Matrix<Float>, hidden: Matrix<Element>,
    mask: UnsafePointer<UInt8>, sequence: Int, pooling: Pooling, classifier: Matrix<Float>,
    addingTo dClassifier: MutableMatrix<Float>
  ) -> Matrix<Element> {
    let hidden = floats(hidden)
    let sequences = dLogits.rows
    let pooled: MutableMatrix<Float> = scratch.matrix(sequences, hidden.columns)
    let dPooled: MutableMatrix<Float> = scratch.matrix(sequences, hidden.columns)
    let dHidden: MutableMatrix<Float> = scratch.matrix(hidden.rows, hidden.columns)
    pool(hidden, mask: mask, sequence: sequence, pooling: pooling, into: pooled)
    products.multiply(transposeOf: dLogits, pooled.readOnly, addingTo: dClassifier)
    products.multiply(dLogits, classifier, into: dPooled)
    dHidden.clear()
    poolBackward(
      dPooled.readOnly, hidden: hidden, mask: mask, sequence: sequence, pooling: pooling,
      addingTo: dHidden)
    return converted(dHidden.readOnly, in: scratch.matrix(hidden.rows, hidden.columns))
  }

  private func floats(_ hidden: Matrix<Element>) -> Matrix<Float> {
    converted(hidden, in: scratch.matrix(hidden.rows, hidden.columns))
  }
}
