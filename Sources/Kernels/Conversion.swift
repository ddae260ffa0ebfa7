import CParableNumerics

/// Copies a matrix into one of the same shape.
package func copy<Element>(
  _ input: Matrix<Element>, into output: MutableMatrix<Element>
) {
  precondition(input.rows == output.rows && input.columns == output.columns)
  timed(.copying) {
    for row in 0..<input.rows {
      UnsafeMutableRawBufferPointer(output.row(row)).copyMemory(
        from: UnsafeRawBufferPointer(input.row(row)))
    }
  }
}

/// Copies a matrix into one of another element type, rounded to the nearest, ties to even.
package func convert<Source: ActivationElement, Target: ActivationElement>(
  _ input: Matrix<Source>, into output: MutableMatrix<Target>
) {
  precondition(input.hasSameShape(as: output))
  timed(.conversion) { parable_convert(input.view, output.view) }
}

/// The matrix itself where its elements are of the type that is wanted, else a copy in `room`, each
/// number rounded to the nearest, ties to even.
package func converted<Source: ActivationElement, Target: ActivationElement>(
  _ input: Matrix<Source>, in room: @autoclosure () -> MutableMatrix<Target>
) -> Matrix<Target> {
  if let same = input as? Matrix<Target> { return same }
  let copy = room()
  convert(input, into: copy)
  return copy.readOnly
}
