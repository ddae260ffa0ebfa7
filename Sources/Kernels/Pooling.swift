/// How the hidden states of a sequence become one vector.
package enum Pooling: String, Codable, CaseIterable, Sendable {
  /// The last token that the mask keeps.
  case last
  /// The mean of the tokens that the mask keeps.
  case mean
  /// The largest number of each column among the tokens that the mask keeps.
  case max
}

/// Pools the hidden states of each sequence under an attention mask.
///
/// hidden is [batch · sequence, width], mask [batch, sequence] with 0 for tokens left out, output
/// [batch, width]. A sequence of which nothing is kept gives zeros. The inputs are saved for the
/// backward pass.
package func pool(
  _ hidden: Matrix<Float>, mask: UnsafePointer<UInt8>, sequence: Int,
  pooling: Pooling, into output: MutableMatrix<Float>
) {
  precondition(hidden.rows == output.rows * sequence && hidden.columns == output.columns)
  for b in 0..<output.rows {
    let result = output.row(b)
    result.update(repeating: 0)
    let kept = (0..<sequence).filter { mask[b * sequence + $0] != 0 }
    switch pooling {
    case .last:
      guard let last = kept.last else { continue }
      _ = result.update(fromContentsOf: hidden.row(b * sequence + last))
    case .mean:
      for token in kept { add(hidden[rowOf(b, token)], addingTo: output[b..<b + 1]) }
      for i in result.indices where !kept.isEmpty { result[i] /= Float(kept.count) }
    case .max:
      for i in result.indices {
        guard let token = largest(in: hidden, column: i, tokens: kept, from: b * sequence) else {
          break
        }
        result[i] = hidden[b * sequence + token, i]
      }
    }
  }

  func rowOf(_ b: Int, _ token: Int) -> Range<Int> {
    b * sequence + token..<b * sequence + token + 1
  }
}

/// Adds the gradients of `pool` to those of the hidden states.
///
/// last: the gradient goes to that token; mean: to all kept ones, divided by their number; max: in
/// each column to the token with the largest number, the first of equal ones.
package func poolBackward(
  _ dOutput: Matrix<Float>, hidden: Matrix<Float>,
  mask: UnsafePointer<UInt8>, sequence: Int, pooling: Pooling,
  addingTo dHidden: MutableMatrix<Float>
) {
  precondition(hidden.rows == dOutput.rows * sequence && hidden.columns == dOutput.columns)
  precondition(hidden.hasSameShape(as: dHidden))
  for b in 0..<dOutput.rows {
    let gradient = dOutput.row(b)
    let kept = (0..<sequence).filter { mask[b * sequence + $0] != 0 }
    switch pooling {
    case .last:
      guard let last = kept.last else { continue }
      let row = dHidden.row(b * sequence + last)
      for i in row.indices { row[i] += gradient[i] }
    case .mean:
      for token in kept {
        let row = dHidden.row(b * sequence + token)
        for i in row.indices { row[i] += gradient[i] / Float(kept.count) }
      }
    case .max:
      for i in gradient.indices {
        guard let token = largest(in: hidden, column: i, tokens: kept, from: b * sequence) else {
          break
        }
        dHidden[b * sequence + token, i] += gradient[i]
      }
    }
  }
}

/// The first of the tokens with the largest number in a column, or with a NaN.
private func largest(
  in hidden: Matrix<Float>, column: Int, tokens: [Int], from first: Int
) -> Int? {
  guard var best = tokens.first else { return nil }
  for token in tokens.dropFirst() where !hidden[first + best, column].isNaN {
    let value = hidden[first + token, column]
    if value > hidden[first + best, column] || value.isNaN { best = token }
  }
  return best
}
