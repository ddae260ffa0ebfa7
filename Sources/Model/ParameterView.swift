import ParableKernels
import ParablePlatform

/// A view of one value for every parameter of a network, for reading alone: the parameters
/// themselves, their gradients or an optimizer's moments.
package struct ParameterView {
  /// The same values, for writing too.
  fileprivate let mutable: MutableParameterView

  /// Where each tensor stands.
  package var layout: ParameterLayout { mutable.layout }

  /// All values in the order of the layout.
  package var values: UnsafeBufferPointer<Float> { UnsafeBufferPointer(mutable.values) }

  /// One tensor, [rows, columns].
  package subscript(parameter: Parameter) -> Matrix<Float> { mutable[parameter].readOnly }

  /// Tensors of a block that follow each other in the layout, on top of each other.
  package subscript(block: Int, parameters: BlockParameter...) -> Matrix<Float> {
    mutable.matrix(of: parameters.map { .block(block, $0) }).readOnly
  }

  /// The classifier's weight, [1, width], of a layout that has one.
  package var classifier: Matrix<Float>? { mutable.classifier?.readOnly }
}

/// A view of one value for every parameter of a network, for writing too.
package struct MutableParameterView {
  /// Where each tensor stands.
  package let layout: ParameterLayout

  /// All values in the order of the layout.
  package let values: UnsafeMutableBufferPointer<Float>

  /// The first value.
  package let base: UnsafeMutablePointer<Float>

  /// What frees the values, kept as long as this view and those that are made from it: a view may
  /// outlive the last mention of its storage.
  private let owner: AnyObject

  /// Looks at the values of a buffer that has one for each parameter and is freed with `owner`.
  package init(
    layout: ParameterLayout, values: UnsafeMutableBufferPointer<Float>, owner: AnyObject
  ) {
    guard let base = values.baseAddress, values.count == layout.elementCount else {
      preconditionFailure("\(values.count) values for \(layout.elementCount) parameters")
    }
    self.layout = layout
    self.values = values
    self.base = base
    self.owner = owner
  }

  /// Makes zeros for a network of this layout.
  package init(zeros layout: ParameterLayout) {
    let memory = OwnedBuffer<Float>(count: layout.elementCount)
    self.init(layout: layout, values: memory.buffer, owner: memory)
  }

  /// The same values, for reading alone.
  package var readOnly: ParameterView { ParameterView(mutable: self) }

  /// One tensor, [rows, columns].
  package subscript(parameter: Parameter) -> MutableMatrix<Float> { matrix(of: [parameter]) }

  /// Tensors of a block that follow each other in the layout, on top of each other.
  package subscript(block: Int, parameters: BlockParameter...) -> MutableMatrix<Float> {
    matrix(of: parameters.map { .block(block, $0) })
  }

  /// The classifier's weight, [1, width], of a layout that has one.
  package var classifier: MutableMatrix<Float>? { layout.classifier.map { self[$0.parameter] } }

  fileprivate func matrix(of parameters: [Parameter]) -> MutableMatrix<Float> {
    let entries = parameters.map { layout[$0] }
    for (above, below) in zip(entries, entries.dropFirst()) {
      precondition(
        above.range.upperBound == below.offset && above.columns == below.columns,
        "these tensors do not stand on top of each other")
    }
    return MutableMatrix(
      base + entries[0].offset, rows: entries.reduce(0) { $0 + $1.rows },
      columns: entries[0].columns, owner: owner)
  }
}
