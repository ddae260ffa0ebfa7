import CParableNumerics

/// The sigmoid-weighted linear unit.
///
/// y = x · σ(x) with σ(x) = 1 / (1 + e⁻ˣ), element by element; y may be x. The input is saved for
/// the backward pass.
///
/// Elfwing, Uchibe and Doya, Sigmoid-Weighted Linear Units, 2017.
package func silu<E: ActivationElement>(_ x: Matrix<E>, into y: MutableMatrix<E>) {
  precondition(x.hasSameShape(as: y))
  parable_silu(x.view, y.view)
}

/// The gradient of `silu`.
///
/// dx = dy · σ(x) · (1 + x · (1 − σ(x))); dx may be dy.
package func siluBackward<E: ActivationElement>(
  _ dy: Matrix<E>, x: Matrix<E>, into dx: MutableMatrix<E>
) {
  precondition(x.hasSameShape(as: dy) && x.hasSameShape(as: dx))
  parable_silu_backward(dy.view, x.view, dx.view)
}

/// The gated product in the middle of a SwiGLU feed-forward network.
///
/// hidden = silu(gate) · up, element by element, all [tokens, hidden width]; hidden may be one of
/// the inputs. Gate and up are saved for the backward pass.
///
/// Shazeer, GLU Variants Improve Transformer, 2020.
@_specialize(where E == Float)
@_specialize(where E == BFloat16)
package func swiGLU<E: ActivationElement>(
  gate: Matrix<E>, up: Matrix<E>, into hidden: MutableMatrix<E>
) {
  precondition(gate.hasSameShape(as: up) && gate.hasSameShape(as: hidden))
  timed(.swiGLU) { parable_swiglu(gate.view, up.view, hidden.view) }
}

/// The gradients of both factors of `swiGLU`.
///
/// dUp = dHidden · silu(gate) and dGate = dHidden · up · silu′(gate); each may take the place of an
/// input of the same position.
package func swiGLUBackward<E: ActivationElement>(
  _ dHidden: Matrix<E>, gate: Matrix<E>, up: Matrix<E>,
  into dGate: MutableMatrix<E>, into dUp: MutableMatrix<E>
) {
  precondition(gate.hasSameShape(as: up) && gate.hasSameShape(as: dHidden))
  precondition(gate.hasSameShape(as: dGate) && gate.hasSameShape(as: dUp))
  timed(.swiGLU) {
    parable_swiglu_backward(dHidden.view, gate.view, up.view, dGate.view, dUp.view)
  }
}
