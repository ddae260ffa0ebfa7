import CParableNumerics

/// Softmax along any dimension of a tensor without gaps.
///
/// The tensor is seen as [before, along, after], with the products of the sizes before and after
/// the dimension in question. y = e^(x − max x) / Σ e^(x − max x) for each of before × after; y may
/// be x and is kept for the backward pass.
package func softmax(
  _ x: UnsafePointer<Float>, before: Int, along: Int, after: Int,
  into y: UnsafeMutablePointer<Float>
) {
  precondition(before >= 0 && along >= 0 && after >= 0)
  parable_softmax(x, y, before, along, after)
}

/// The gradient of `softmax`.
///
/// dx = y · (dy − Σ dy · y); dx may be dy.
package func softmaxBackward(
  _ dy: UnsafePointer<Float>, y: UnsafePointer<Float>, before: Int, along: Int, after: Int,
  into dx: UnsafeMutablePointer<Float>
) {
  precondition(before >= 0 && along >= 0 && after >= 0)
  parable_softmax_backward(dy, y, dx, before, along, after)
}
