import CParableNumerics

/// Looks up one row of a table for each token.
///
/// output[t] = table[ids[t]], with ids [tokens], table [vocabulary, width], output [tokens, width].
/// Nothing but the ids is saved for the backward pass.
package func embedding(
  _ ids: UnsafeBufferPointer<Int32>, table: Matrix<Float>,
  into output: MutableMatrix<Float>
) {
  precondition(output.rows == ids.count && output.columns == table.columns)
  timed(.embedding) {
    for (row, id) in ids.enumerated() {
      precondition(id >= 0 && Int(id) < table.rows, "token id outside of the vocabulary")
      (output.base + row * output.stride).update(
        from: table.base + Int(id) * table.stride, count: table.columns)
    }
  }
}

/// Adds each token's gradient to its row of the table's.
///
/// dTable[ids[t]] += dOutput[t], tokens in their order.
package func embeddingBackward(
  _ ids: UnsafeBufferPointer<Int32>, dOutput: Matrix<Float>,
  addingTo dTable: MutableMatrix<Float>
) {
  precondition(dOutput.rows == ids.count && dOutput.columns == dTable.columns)
  timed(.embedding) {
    for (row, id) in ids.enumerated() {
      precondition(id >= 0 && Int(id) < dTable.rows, "token id outside of the vocabulary")
      parable_add(dOutput[row..<row + 1].view, dTable[Int(id)..<Int(id) + 1].view)
    }
  }
}
