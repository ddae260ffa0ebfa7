import CNumerics

/// Softmax of each row.
///
/// y = e^(x − max x) / Σ e^(x − max x); y may be x and is kept for the backward pass.
package func softmax(_ x: Matrix<Float>, into y: Matrix<Float>) {
  precondition(x.hasSameShape(as: y))
  for row in 0..<x.rows {
    parable_softmax(x.base + row * x.stride, y.base + row * y.stride, 1, x.columns, 1)
  }
}

/// The gradient of `softmax` of each row.
///
/// dx = y · (dy − Σ dy · y); dx may be dy.
package func softmaxBackward(_ dy: Matrix<Float>, y: Matrix<Float>, into dx: Matrix<Float>) {
  precondition(y.hasSameShape(as: dy) && y.hasSameShape(as: dx))
  for row in 0..<y.rows {
    parable_softmax_backward(
      dy.base + row * dy.stride, y.base + row * y.stride, dx.base + row * dx.stride, 1, y.columns,
      1)
  }
}

/// Softmax along any dimension of a tensor without gaps.
///
/// The tensor is seen as [before, along, after], with the products of the sizes before and after
/// the dimension in question; as `softmax` of rows, for each of before × after.
package func softmax(
  _ x: UnsafePointer<Float>, before: Int, along: Int, after: Int,
  into y: UnsafeMutablePointer<Float>
) {
  precondition(before >= 0 && along >= 0 && after >= 0)
  parable_softmax(x, y, before, along, after)
}

/// The gradient of `softmax` along any dimension.
package func softmaxBackward(
  _ dy: UnsafePointer<Float>, y: UnsafePointer<Float>, before: Int, along: Int, after: Int,
  into dx: UnsafeMutablePointer<Float>
) {
  precondition(before >= 0 && along >= 0 && after >= 0)
  parable_softmax_backward(dy, y, dx, before, along, after)
}
