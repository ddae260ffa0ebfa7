import CKernels

/// A view of a row-major matrix in memory that somebody else owns.
///
/// Rows may lie further apart than they are long, so that a block of columns or of rows of a matrix
/// is a matrix again.
public struct Matrix<Element: BitwiseCopyable> {
  /// The first element of the first row.
  public let base: UnsafeMutablePointer<Element>
  /// How many rows there are.
  public let rows: Int
  /// How many elements a row has.
  public let columns: Int
  /// How many elements lie between the starts of two rows.
  public let stride: Int

  /// Makes a view of `rows` × `columns` elements; `stride` left out means rows without gaps.
  @inlinable
  public init(
    _ base: UnsafeMutablePointer<Element>, rows: Int, columns: Int, stride: Int? = nil
  ) {
    let stride = stride ?? columns
    precondition(rows >= 0 && columns >= 0 && (rows < 2 || stride >= columns))
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// How many elements the view has.
  @inlinable
  public var count: Int { rows * columns }

  /// Whether the elements lie without gaps.
  @inlinable
  public var isContiguous: Bool { stride == columns || rows < 2 }

  /// The element in the given row and column.
  @inlinable
  public subscript(row: Int, column: Int) -> Element {
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
  @inlinable
  public subscript(range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    return Matrix(
      base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// The view of some of the columns.
  @inlinable
  public func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns)
    return Matrix(base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// The elements of one row.
  @inlinable
  public func row(_ index: Int) -> UnsafeMutableBufferPointer<Element> {
    precondition(index >= 0 && index < rows)
    return UnsafeMutableBufferPointer(start: base + index * stride, count: columns)
  }
}

extension Matrix where Element: ActivationElement {
  var view: parable_matrix {
    parable_matrix(
      base: base, rows: rows, columns: columns, stride: stride, storage: Element.storage.rawValue)
  }

  func hasSameShape(as other: Matrix<some ActivationElement>) -> Bool {
    rows == other.rows && columns == other.columns
  }
}
