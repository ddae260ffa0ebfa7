import CParableNumerics
import ParablePlatform

/// Brings the singular values of matrices to about 1, and leaves their singular vectors as they are.
///
/// By an iteration of Newton and Schulz: X = M ÷ ‖M‖, then five times X = a X + (b A + c A²) X with A = X Xᵀ.
///
/// Singular values end between 0.7 and 1.2, those below a thousandth of the norm lower. All in `Float`.
///
/// Jordan and others, Muon: An optimizer for hidden layers in neural networks, 2024, whose
/// coefficients these are.
package final class Orthogonalization {
  /// How many steps there are.
  package static let steps = 5

  private static let (a, b, c): (Float, Float, Float) = (3.4445, -4.7750, 2.0315)

  /// What a norm is at least taken to be.
  private static let smallestNorm = 1e-7

  private let products = MatrixProducts()
  private var memory = OwnedBuffer<Float>(uninitializedCount: 0)

  /// Takes no memory before it is used.
  package init() {}

  /// The bytes of its memory for matrices of such sizes.
  package static func byteCount(rows: Int, columns: Int) -> Int {
    let short = min(rows, columns)
    return 4 * (2 * rows * columns + 2 * short * short)
  }

  /// Lends a matrix of this shape to be filled, until the next call.
  package func scratch(rows: Int, columns: Int) -> MutableMatrix<Float> {
    let count = Self.byteCount(rows: rows, columns: columns) / 4
    if memory.count < count { memory = OwnedBuffer(uninitializedCount: count) }
    return MutableMatrix(memory.base, rows: rows, columns: columns, owner: memory)
  }

  /// Makes a matrix that ``scratch(rows:columns:)`` lent and that was filled since orthogonal, and lends
  /// the result until the next call.
  package func callAsFunction(_ matrix: MutableMatrix<Float>) -> Matrix<Float> {
    precondition(matrix.base == memory.base, "the matrix is the scratch's")
    let (rows, columns) = (matrix.rows, matrix.columns)
    let short = min(rows, columns)
    func part(at offset: Int, _ rows: Int, _ columns: Int) -> MutableMatrix<Float> {
      MutableMatrix(memory.base + offset, rows: rows, columns: columns, owner: memory)
    }
    var now = matrix
    var next = part(at: matrix.count, rows, columns)
    let gram = part(at: 2 * matrix.count, short, short)
    let square = part(at: 2 * matrix.count + short * short, short, short)
    let elements = UnsafeMutableBufferPointer(start: now.base, count: now.count)
    let norm = sumOfSquares(UnsafeBufferPointer(elements)).squareRoot()
    scale(elements, by: Float(1 / max(norm, Self.smallestNorm)))
    for _ in 0..<Self.steps {
      // Of the two Gram matrices the smaller one: XᵀX of a tall matrix, by which it is multiplied from the
      // other side.
      if rows > columns {
        products.multiply(transposeOf: now.readOnly, now.readOnly, into: gram)
      } else {
        products.multiply(now.readOnly, transposeOf: now.readOnly, into: gram)
      }
      products.multiply(gram.readOnly, gram.readOnly, into: square)
      combine(Self.b, gram.readOnly, Self.c, square.readOnly, into: gram)
      if rows > columns {
        products.multiply(now.readOnly, gram.readOnly, into: next)
      } else {
        products.multiply(gram.readOnly, now.readOnly, into: next)
      }
      combine(Self.a, now.readOnly, 1, next.readOnly, into: next)
      (now, next) = (next, now)
    }
    return now.readOnly
  }
}

/// sum = a · x + b · y, of matrices without gaps; `sum` may be one of them.
package func combine(
  _ a: Float, _ x: Matrix<Float>, _ b: Float, _ y: Matrix<Float>, into sum: MutableMatrix<Float>
) {
  precondition(sum.hasSameShape(as: x) && sum.hasSameShape(as: y), "the matrices have one shape")
  precondition(
    [x.stride, y.stride, sum.stride].allSatisfy { $0 == sum.columns }, "rows lie without gaps")
  parable_combine(a, x.base, b, y.base, sum.base, sum.count)
}
