/// Gradients from the function alone, to hold those of a backward pass against.
package enum FiniteDifference {
  /// The gradient of a scalar function by central differences, (f(x + h) − f(x − h)) / 2h for each
  /// element.
  package static func gradient(
    at point: [Double], step: Double = 1e-5, of function: ([Double]) -> Double
  ) -> [Double] {
    var x = point
    return point.indices.map { i in
      x[i] = point[i] + step
      let above = function(x)
      x[i] = point[i] - step
      let below = function(x)
      x[i] = point[i]
      return (above - below) / (2 * step)
    }
  }
}
