import CParableNumerics
import Foundation

/// How many elements the partial sums of `sumOfSquares` have.
package let sumOfSquaresChunk = 65_536

/// The sum of squares of a buffer, in `Double`.
///
/// The buffer is cut into chunks of `sumOfSquaresChunk` elements from its start, and the sums of
/// chunks are added in their order, so that several owners of slices that begin at multiples of it
/// find the same bits by adding their chunks' sums in that order. A NaN or an infinity in the buffer
/// is one in the sum.
package func sumOfSquares(_ values: UnsafeBufferPointer<Float>) -> Double {
  var sum = 0.0
  guard let base = values.baseAddress else { return sum }
  timed(.gradientNorm) {
    for start in stride(from: 0, to: values.count, by: sumOfSquaresChunk) {
      sum += parable_sum_of_squares(base + start, min(sumOfSquaresChunk, values.count - start))
    }
  }
  return sum
}

/// The factor that brings gradients of the given global norm down to the maximum norm.
///
/// maximum / (norm + 10⁻⁶) where that is below 1, otherwise exactly 1; NaN where the norm is one.
///
/// Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013.
package func clippingScale(norm: Double, maximum: Double) -> Double {
  precondition(maximum > 0)
  let scale = maximum / (norm + 1e-6)
  return scale >= 1 ? 1 : scale
}

/// Multiplies a buffer with a factor, in place.
package func scale(_ values: UnsafeMutableBufferPointer<Float>, by factor: Float) {
  guard let base = values.baseAddress else { return }
  parable_scale(base, values.count, factor)
}
