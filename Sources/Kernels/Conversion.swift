import CNumerics

/// Copies a matrix into one of another element type, rounded to the nearest, ties to even.
package func convert<Source: ActivationElement, Target: ActivationElement>(
  _ input: Matrix<Source>, into output: Matrix<Target>
) {
  precondition(input.hasSameShape(as: output))
  timed(.conversion) { parable_convert(input.view, output.view) }
}

/// Rounds a buffer to bfloat16, each number to the nearest, ties to even.
package func convert(
  _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<BFloat16>
) {
  precondition(input.count == output.count)
  guard let from = input.baseAddress, let to = output.baseAddress else { return }
  convert(
    Matrix(UnsafeMutablePointer(mutating: from), rows: 1, columns: input.count),
    into: Matrix(to, rows: 1, columns: input.count))
}

/// Widens a buffer of bfloat16, which is exact.
package func convert(
  _ input: UnsafeBufferPointer<BFloat16>, into output: UnsafeMutableBufferPointer<Float>
) {
  precondition(input.count == output.count)
  guard let from = input.baseAddress, let to = output.baseAddress else { return }
  convert(
    Matrix(UnsafeMutablePointer(mutating: from), rows: 1, columns: input.count),
    into: Matrix(to, rows: 1, columns: input.count))
}
