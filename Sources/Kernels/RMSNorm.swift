import CParableNumerics

/// Scales every row to a mean square of 1 and multiplies it with a gain.
///
/// y = x · r · gain with r = 1 / √(mean x² + ε), for x and y [tokens, width], gain [width]. Squares
/// are summed in `Double`, so that neither tiny nor huge numbers lose them.
/// `inverseRMS` [tokens] receives r, which is saved, with x, for the backward pass.
///
/// Zhang and Sennrich, Root Mean Square Layer Normalization, 2019.
@_specialize(where E == Float)
@_specialize(where E == BFloat16)
package func rmsNorm<E: ActivationElement>(
  _ x: Matrix<Float>, gain: UnsafePointer<Float>, epsilon: Float,
  into y: MutableMatrix<E>, inverseRMS: UnsafeMutablePointer<Float>
) {
  precondition(x.hasSameShape(as: y))
  timed(.norm) {
    parable_rms_norm(x.view, parable_matrix(), gain, Double(epsilon), y.view, inverseRMS)
  }
}

/// Adds a block's output to the residual stream and normalises the sum in the same pass.
///
/// x += delta, then as `rmsNorm`.
@_specialize(where E == Float)
@_specialize(where E == BFloat16)
package func residualRMSNorm<E: ActivationElement>(
  addingTo x: MutableMatrix<Float>, _ delta: Matrix<E>, gain: UnsafePointer<Float>,
  epsilon: Float, into y: MutableMatrix<E>, inverseRMS: UnsafeMutablePointer<Float>
) {
  precondition(x.hasSameShape(as: y.readOnly) && x.hasSameShape(as: delta))
  timed(.norm) {
    parable_rms_norm(x.view, delta.view, gain, Double(epsilon), y.view, inverseRMS)
  }
}

/// Adds the gradients of `rmsNorm` to those of its input and of its gain.
///
/// With n = x · r and g = dy · gain: dx += r · (g − n · mean(g · n)) and dGain += Σ dy · n, summed
/// over tokens in their order.
package func rmsNormBackward<E: ActivationElement>(
  _ dy: Matrix<E>, x: Matrix<Float>, gain: UnsafePointer<Float>,
  inverseRMS: UnsafePointer<Float>, addingTo dx: MutableMatrix<Float>,
  addingTo dGain: UnsafeMutablePointer<Float>
) {
  precondition(x.hasSameShape(as: dy) && x.hasSameShape(as: dx))
  timed(.norm) {
    parable_rms_norm_backward(dy.view, x.view, gain, inverseRMS, dx.view, dGain)
  }
}

/// Adds a matrix to the residual stream, or a gradient to another.
///
/// x += delta.
@_specialize(where E == Float)
@_specialize(where E == BFloat16)
package func add<E: ActivationElement>(
  _ delta: Matrix<E>, addingTo x: MutableMatrix<Float>
) {
  precondition(x.hasSameShape(as: delta))
  timed(.norm) { parable_add(delta.view, x.view) }
}
