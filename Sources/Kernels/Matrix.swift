import CParableNumerics
import ParablePlatform

/// A view of a row-major matrix that is only read, which keeps the memory that it looks at.
///
/// Where the memory is lent for the duration of a call, as that of an array within
/// `withUnsafeBufferPointer`, the view has no owner, and whoever would keep it copies it. Rows may
/// lie further apart than they are long, so that a block of columns or of rows of a matrix is a
/// matrix again.
package struct Matrix<Element: BitwiseCopyable> {
  /// The first element of the first row.
  package let base: UnsafePointer<Element>
  /// How many rows there are.
  package let rows: Int
  /// How many elements a row has.
  package let columns: Int
  /// How many elements lie between the starts of two rows.
  package let stride: Int
  /// What frees the memory, not before this view is gone; nil where the memory is lent for a call.
  package let owner: AnyObject?

  /// Makes a view of `rows` × `columns` elements; `stride` left out means rows without gaps, `owner`
  /// left out memory that is lent.
  package init(
    _ base: UnsafePointer<Element>, rows: Int, columns: Int, stride: Int? = nil,
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

  /// The element in the given row and column.
  package subscript(row: Int, column: Int) -> Element {
    precondition(row >= 0 && row < rows && column >= 0 && column < columns)
    return base[row * stride + column]
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
  package func row(_ index: Int) -> UnsafeBufferPointer<Element> {
    precondition(index >= 0 && index < rows)
    return UnsafeBufferPointer(start: base + index * stride, count: columns)
  }
}

/// A view of a row-major matrix that is written, which keeps the memory that it looks at as a
/// ``Matrix`` does.
package struct MutableMatrix<Element: BitwiseCopyable> {
  /// The same elements, for reading alone.
  package let readOnly: Matrix<Element>

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
    readOnly = Matrix(base, rows: rows, columns: columns, stride: stride, owner: owner)
  }

  private init(mutating readOnly: Matrix<Element>) { self.readOnly = readOnly }

  /// The first element of the first row.
  package var base: UnsafeMutablePointer<Element> { UnsafeMutablePointer(mutating: readOnly.base) }
  /// How many rows there are.
  package var rows: Int { readOnly.rows }
  /// How many elements a row has.
  package var columns: Int { readOnly.columns }
  /// How many elements lie between the starts of two rows.
  package var stride: Int { readOnly.stride }
  /// What frees the memory, not before this view is gone; nil where the memory is lent for a call.
  package var owner: AnyObject? { readOnly.owner }
  /// How many elements the view has.
  package var count: Int { readOnly.count }

  /// The element in the given row and column.
  package subscript(row: Int, column: Int) -> Element {
    get { readOnly[row, column] }
    nonmutating set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      base[row * stride + column] = newValue
    }
  }

  /// The view of some of the rows.
  package subscript(range: Range<Int>) -> MutableMatrix {
    MutableMatrix(mutating: readOnly[range])
  }

  /// The view of some of the columns.
  package func columns(_ range: Range<Int>) -> MutableMatrix {
    MutableMatrix(mutating: readOnly.columns(range))
  }

  /// The elements of one row, for as long as this view is there.
  package func row(_ index: Int) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(mutating: readOnly.row(index))
  }

  /// Overwrites all elements with zeros.
  package func clear() {
    timed(.copying) {
      for index in 0..<rows {
        UnsafeMutableRawBufferPointer(row(index)).initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
  }
}

extension Matrix where Element: ActivationElement {
  /// The matrix as the C loops know it, who have one type for what they read and what they write.
  var view: parable_matrix {
    parable_matrix(
      base: UnsafeMutablePointer(mutating: base), rows: rows, columns: columns, stride: stride,
      storage: Element.storage.view)
  }

  func hasSameShape(as other: Matrix<some Any>) -> Bool {
    rows == other.rows && columns == other.columns
  }

  func hasSameShape(as other: MutableMatrix<some Any>) -> Bool {
    hasSameShape(as: other.readOnly)
  }
}

extension MutableMatrix where Element: ActivationElement {
  /// The matrix as the C loops know it.
  var view: parable_matrix { readOnly.view }

  func hasSameShape(as other: Matrix<some Any>) -> Bool { readOnly.hasSameShape(as: other) }
}
