import CParableInstructions
import Glibc
import ParableKernels
import TestSupport
import Testing

/// All suites of loops that are chosen by instruction set.
@Suite enum KernelLoops {}

/// The instruction sets that the loops are compiled for.
enum InstructionSet: UInt32, CaseIterable, Sendable, CustomTestStringConvertible {
  case baseline = 0
  case avx2 = 1
  case avx512 = 2
  case avx512BFloat16 = 3

  var testDescription: String { "\(self)" }

  /// Those that this processor has.
  static var available: [InstructionSet] {
    allCases.filter { $0.rawValue <= parable_supported_instruction_set().rawValue }
  }

  /// Runs the body with the loops of this set, on this thread alone.
  func callAsFunction<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = parable_active_instruction_set()
    parable_select_instruction_set(parable_instruction_set(rawValue))
    defer { parable_select_instruction_set(before) }
    return try body()
  }
}

/// Numbers that end right before a page that may not be touched, so that a loop that reads or writes
/// behind them ends the test.
final class Numbers<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let byteCount: Int

  /// `shift` moves the numbers that many elements away from the page.
  init(_ values: [Element], shift: Int = 0) {
    let page = 4096
    let used = (values.count + shift) * MemoryLayout<Element>.stride
    byteCount = (used + page - 1) / page * page + page
    mapping = mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mapping != MAP_FAILED)
    precondition(mprotect(mapping + byteCount - page, page, PROT_NONE) == 0)
    base = (mapping + byteCount - page - used).bindMemory(to: Element.self, capacity: values.count)
    count = values.count
    base.initialize(from: values, count: values.count)
  }

  deinit {
    munmap(mapping, byteCount)
  }

  var array: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
  var buffer: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

  /// The numbers as rows of `columns` elements, `stride` apart.
  func matrix(columns: Int, stride: Int? = nil) -> MutableMatrix<Element> {
    let stride = stride ?? columns
    return MutableMatrix(
      base, rows: (count + stride - columns) / stride, columns: columns, stride: stride,
      owner: self)
  }
}

extension Numbers where Element: ActivationElement {
  convenience init(rounding values: [Float], shift: Int = 0) {
    self.init(values.map { Element($0) }, shift: shift)
  }

  /// Zeros, or NaN to see that all of them are overwritten.
  convenience init(_ count: Int, of value: Float = .nan, shift: Int = 0) {
    self.init(rounding: [Float](repeating: value, count: count), shift: shift)
  }

  var floats: [Float] { array.map(\.float) }

  /// The bits of every element, for comparisons that know no tolerance.
  var bits: [UInt32] { floats.map(\.bitPattern) }
}

extension [Float] {
  var doubles: [Double] { map { Double($0) } }

  /// Rounded to what the element type can hold.
  func rounded<E: ActivationElement>(to type: E.Type) -> [Float] { map { E($0).float } }
}

/// How far a result may be from the reference in Double.
struct Tolerance {
  var absolute: Double
  var relative: Double

  /// One rounding to bfloat16 is up to 2⁻⁹ of the number; sums in Float.
  init(_ type: (some ActivationElement).Type, roundings: Double = 1) {
    switch type.storage {
    case .float: (absolute, relative) = (2e-6, 2e-5)
    case .bfloat16: (absolute, relative) = (4e-3 * roundings, 4e-3 * roundings)
    }
  }
}
