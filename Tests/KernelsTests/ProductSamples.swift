import CParableInstructions
import Glibc
import ParableKernels
import Testing

/// A matrix of small random numbers between two pages that may not be touched: a read or a write
/// outside of it, at the end or (`atStart`) at the beginning, ends the test.
///
/// The gaps between its rows hold NaN, which no product may let in.
final class GuardedMatrix<E: ActivationElement> {
  private let elements: UnsafeMutablePointer<E>
  private let sizes: (rows: Int, columns: Int, stride: Int)
  private let mapping: UnsafeMutableRawPointer
  private let byteCount: Int

  init(
    _ rows: Int, _ columns: Int, gap: Int = 0, atStart: Bool = false,
    value: (_ row: Int, _ column: Int) -> Float
  ) throws {
    let page = 4096
    let stride = columns + gap
    let span = rows == 0 ? 0 : (rows - 1) * stride + columns
    let used = span * MemoryLayout<E>.stride
    byteCount = (used + page - 1) / page * page + 2 * page
    let address = mmap(nil, byteCount, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    mapping = try #require(address != MAP_FAILED ? address : nil)
    try #require(mprotect(mapping + page, byteCount - 2 * page, PROT_READ | PROT_WRITE) == 0)
    let start = atStart ? mapping + page : mapping + byteCount - page - used
    elements = start.bindMemory(to: E.self, capacity: span)
    sizes = (rows, columns, stride)
    for index in 0..<span {
      let column = stride == 0 ? 0 : index % stride
      elements[index] = E(column < columns ? value(index / stride, column) : .nan)
    }
  }

  deinit {
    munmap(mapping, byteCount)
  }

  /// The matrix, which keeps this object.
  var view: MutableMatrix<E> {
    MutableMatrix(
      elements, rows: sizes.rows, columns: sizes.columns, stride: sizes.stride, owner: self)
  }
}

/// A small number that depends on its arguments in no visible way.
func scattered(_ seed: Int, _ row: Int, _ column: Int) -> Float {
  var bits = UInt64(bitPattern: Int64(seed &* 1_000_003 &+ row &* 8191 &+ column))
  bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
  bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
  return Float(Int64(bitPattern: bits >> 40) - (1 << 23)) / Float(1 << 24)
}

/// Which factor of a product is stored as its transpose.
enum StoredTransposed: CaseIterable, Sendable {
  case right
  case neither
  case left
}

/// The operands of one product, with gaps between their rows.
struct ProductSample<A: ActivationElement, C: ActivationElement> {
  let rows: Int
  let columns: Int
  let depth: Int
  let transposed: StoredTransposed
  let left: GuardedMatrix<A>
  let right: GuardedMatrix<A>
  let target: GuardedMatrix<C>

  init(
    _ rows: Int, _ columns: Int, _ depth: Int, _ transposed: StoredTransposed, gap: Int = 3,
    atStart: Bool = false
  ) throws {
    self.rows = rows
    self.columns = columns
    self.depth = depth
    self.transposed = transposed
    left = try GuardedMatrix(
      transposed == .left ? depth : rows, transposed == .left ? rows : depth, gap: gap,
      atStart: atStart
    ) { scattered(1, $0, $1) }
    right = try GuardedMatrix(
      transposed == .right ? columns : depth, transposed == .right ? depth : columns,
      gap: gap + (gap > 0 ? 2 : 0), atStart: atStart
    ) { scattered(2, $0, $1) }
    target = try GuardedMatrix(
      rows, columns, gap: gap + (gap > 0 ? 1 : 0), atStart: atStart
    ) { scattered(3, $0, $1) }
  }

  /// The product by three plain loops in Double, and the sums of the terms' magnitudes.
  func expected(adding: Bool) -> [(value: Double, magnitude: Double)] {
    let a = left.view
    let b = right.view
    let (aRow, aDepth) = transposed == .left ? (1, a.stride) : (a.stride, 1)
    let (bColumn, bDepth) = transposed == .right ? (b.stride, 1) : (1, b.stride)
    var result: [(value: Double, magnitude: Double)] = []
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = adding ? Double(target.view[row, column].float) : 0
        var magnitude = abs(sum)
        for k in 0..<depth {
          let x = a.base[row * aRow + k * aDepth].float
          let term = Double(x) * Double(b.base[column * bColumn + k * bDepth].float)
          sum += term
          magnitude += abs(term)
        }
        result.append((sum, magnitude))
      }
    }
    return result
  }

  func multiply(_ products: MatrixProducts, adding: Bool) {
    let (a, b, c) = (left.view, right.view, target.view)
    switch (transposed, adding) {
    case (.right, false): products.multiply(a.readOnly, transposeOf: b.readOnly, into: c)
    case (.right, true): products.multiply(a.readOnly, transposeOf: b.readOnly, addingTo: c)
    case (.neither, false): products.multiply(a.readOnly, b.readOnly, into: c)
    case (.neither, true): products.multiply(a.readOnly, b.readOnly, addingTo: c)
    case (.left, false): products.multiply(transposeOf: a.readOnly, b.readOnly, into: c)
    case (.left, true): products.multiply(transposeOf: a.readOnly, b.readOnly, addingTo: c)
    }
  }

  /// The largest difference from what is expected, in relation to the magnitude of its terms;
  /// infinite where the gaps between the destination's rows were touched.
  func error(_ expected: [(value: Double, magnitude: Double)]) -> Double {
    var largest = 0.0
    let c = target.view
    for row in 0..<rows {
      for column in 0..<columns {
        let (value, magnitude) = expected[row * columns + column]
        let difference = abs(Double(c[row, column].float) - value)
        guard difference > largest * magnitude || difference.isNaN else { continue }
        largest = difference.isNaN ? .infinity : difference / magnitude
      }
      guard row + 1 < rows else { continue }
      for column in c.columns..<c.stride where !c.base[row * c.stride + column].float.isNaN {
        return .infinity
      }
    }
    return largest
  }

  /// The bits of the result.
  var bits: [UInt32] {
    (0..<rows).flatMap { row in target.view.row(row).map { $0.float.bitPattern } }
  }
}

/// How far a result may be from that of the Double loop, in relation to its terms' magnitude.
func tolerance<C: ActivationElement>(_ type: C.Type) -> Double {
  C.storage == .float ? 5e-7 : 1.01 / 256
}

/// An engine and the instruction set of its plain kernel.
struct ProductVariant: Sendable, CustomStringConvertible {
  let engine: MatrixProducts.Engine
  let set: UInt32

  var products: MatrixProducts {
    MatrixProducts(engine: engine, instructionSet: parable_instruction_set(set))
  }

  var description: String { engine == .plain ? "plain, set \(set)" : "\(engine)" }

  /// Every engine that the package was built with, and every instruction set of this processor.
  static let all: [ProductVariant] = {
    let widest = parable_supported_instruction_set().rawValue
    let plain = (0...widest).map { ProductVariant(engine: .plain, set: $0) }
    let others = MatrixProducts.Engine.allCases.filter { $0 != .plain }
    return plain + others.map { ProductVariant(engine: $0, set: widest) }
  }()
}
