import CNumerics
import Platform

/// A view of a row-major matrix, which keeps the memory that it looks at.
///
/// Where the memory is lent for the duration of a call, as that of an array within
/// `withUnsafeBufferPointer`, the view has no owner, and whoever would keep it copies it. Rows may
/// lie further apart than they are long, so that a block of columns or of rows of a matrix is a
/// matrix again.
package struct Matrix<Element: BitwiseCopyable> {
  /// The first element of the first row.
  package let base: UnsafeMutablePointer<Element>
  /// How many rows there are.
  package let rows: Int
  /// How many elements a row has.
  package let columns: Int
  /// How many elements lie between the starts of two rows.
  package let stride: Int
  /// What frees the memory, not before this view is gone; nil where the memory is lent for a call.
  package let owner: AnyObject?

  /// Makes a view of the first `rows` × `columns` elements of `memory`, without gaps.
  package init(_ memory: OwnedBuffer<Element>, rows: Int, columns: Int) {
    precondition(rows * columns <= memory.count, "the view is larger than its memory")
    self.init(memory.base, rows: rows, columns: columns, owner: memory)
  }

  /// Makes a view of `rows` × `columns` elements; `stride` left out means rows without gaps, `owner`
  /// left out memory that is lent.
  package init(
    _ base: UnsafeMutablePointer<Element>, rows: Int, columns: Int, stride: Int? = nil,
    owner: AnyObject? = nil
  ) {
    let stride = stride ?? columns
    precondition(rows >= 0 && columns >= 0 && (rows < 2 || stride >= columns))
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride
    self.owner = owner
  }

  /// How many elements the view has.
  package var count: Int { rows * columns }

  /// Whether the elements lie without gaps.
  package var isContiguous: Bool { stride == columns || rows < 2 }

  /// The element in the given row and column.
  package subscript(row: Int, column: Int) -> Element {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      return base[row * stride + column]
    }
    nonmutating set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      base[row * stride + column] = newValue
    }
  }

  /// The view of some of the rows.
  package subscript(range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    return Matrix(
      base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride,
      owner: owner)
  }

  /// The view of some of the columns.
  package func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns)
    return Matrix(
      base + range.lowerBound, rows: rows, columns: range.count, stride: stride, owner: owner)
  }

  /// The elements of one row, for as long as this view is there.
  package func row(_ index: Int) -> UnsafeMutableBufferPointer<Element> {
    precondition(index >= 0 && index < rows)
    return UnsafeMutableBufferPointer(start: base + index * stride, count: columns)
  }

  /// The same elements as numbers of another type of the same size, for code that is generic over
  /// types and has found both to be one.
  package func rebound<Other>(to type: Other.Type) -> Matrix<Other> {
    precondition(MemoryLayout<Other>.stride == MemoryLayout<Element>.stride)
    return Matrix<Other>(
      UnsafeMutableRawPointer(base).assumingMemoryBound(to: Other.self), rows: rows,
      columns: columns, stride: stride, owner: owner)
  }
}

extension Matrix where Element: ActivationElement {
  var view: parable_matrix {
    parable_matrix(
      base: base, rows: rows, columns: columns, stride: stride, storage: Element.storage.view)
  }

  func hasSameShape(as other: Matrix<some ActivationElement>) -> Bool {
    rows == other.rows && columns == other.columns
  }
}
