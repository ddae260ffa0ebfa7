import ParableFormats
import ParableKernels
import ParableModel
import ParablePlatform

/// A case of one component: the tensors and hyperparameters of a file, each checked where it is
/// read, and the memory of what is computed from them.
///
/// Tensors are views of that memory: they are valid while the case lives.
final class ComponentCase {
  let file: SafetensorsFile
  private var memory: [OwnedBuffer<Float>] = []

  static let expectedPrefix = "expected."
  static let gradientPrefix = "grad."
  static let upstream = "grad_output"
  /// More elements than any case has need for: what is larger is a size that lies.
  private static let largestCount = 1 << 28

  init(path: String) throws { file = try SafetensorsFile(path: path) }

  func broken(_ reason: String) -> GradingError { .broken(file: file.path, reason: reason) }

  // MARK: what is expected

  /// The names of the outputs that the case asks for, without their prefix, sorted.
  var expectedNames: [String] {
    file.tensors.map(\.name).filter { $0.hasPrefix(Self.expectedPrefix) }
      .map { String($0.dropFirst(Self.expectedPrefix.count)) }.sorted()
  }

  var wantsGradients: Bool {
    has(Self.upstream) || expectedNames.contains { $0.hasPrefix(Self.gradientPrefix) }
  }

  /// The component that the case is of; it takes everything that the case gives.
  var component: Component {
    get throws {
      let name = try text("component")
      guard let component = Component.named(name) else {
        throw GradingError.unknownComponent(file: file.path, name: name)
      }
      try requireKnownInputs(of: component)
      return component
    }
  }

  // MARK: tensors

  func has(_ name: String) -> Bool { file.contains(name) }

  func shape(_ name: String) throws -> [Int] { try file.info(name).shape }

  /// A copy of the floats of the tensor `name`, which has this shape where one is given.
  func floats(_ name: String, shape: [Int]? = nil) throws -> Tensor {
    let tensor = try zeros(self.shape(name))
    try readFloats(name, shape: shape, into: tensor.values)
    return tensor
  }

  /// Overwrites `destination` with the floats of the tensor `name`, which has this shape.
  func readFloats(
    _ name: String, shape: [Int]?, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let found = try file.info(name)
    guard found.elementType == .f32 else {
      throw TensorFileError.wrongElementType(
        path: file.path, name: name, found: found.elementType, expected: "F32")
    }
    try file.readFloats(name, shape: shape, into: destination)
  }

  /// The integers of the tensor `name`, all within `range`.
  func integers(
    _ name: String, shape: [Int]? = nil, in range: ClosedRange<Int64>
  ) throws -> [Int64] {
    let values = try file.int64s(name, shape: shape)
    if let value = values.first(where: { !range.contains($0) }) {
      throw broken(
        "\(name) holds \(value) where \(range.lowerBound) to \(range.upperBound) is expected")
    }
    return values
  }

  /// The integers of the tensor `name`, of which all index `count` things.
  func indices(_ name: String, shape: [Int]? = nil, below count: Int) throws -> [Int32] {
    guard count > 0, count <= Int(Int32.max) else {
      throw broken("\(name) has \(count) things to index")
    }
    return try integers(name, shape: shape, in: 0...Int64(count - 1)).map { Int32($0) }
  }

  func require(_ name: String, shape: [Int]) throws {
    let found = try self.shape(name)
    guard shape != found else { return }
    throw TensorFileError.wrongShape(path: file.path, name: name, found: found, expected: shape)
  }

  /// The shape of the tensor `name`, which has at least so many dimensions.
  func shape(_ name: String, atLeast dimensions: Int) throws -> [Int] {
    try shape(name, "at least \(dimensions) dimensions") { $0 >= dimensions }
  }

  /// The shape of the tensor `name`, which has exactly so many dimensions.
  func shape(_ name: String, dimensions: Int) throws -> [Int] {
    try shape(name, "\(dimensions) dimensions") { $0 == dimensions }
  }

  private func shape(
    _ name: String, _ expected: String, has isExpected: (Int) -> Bool
  ) throws -> [Int] {
    let shape = try shape(name)
    guard isExpected(shape.count) else {
      throw broken("\(name) has shape \(shape) where \(expected) are expected")
    }
    return shape
  }

  /// The gradient that flows into the output of this shape, nil where none is wanted.
  func gradient(ofOutput shape: [Int]) throws -> Tensor? {
    guard wantsGradients else { return nil }
    return try floats(Self.upstream, shape: shape)
  }

  /// One output and, where that of the output is given, the gradients that `backward` makes of it.
  func result(
    _ output: Tensor, backward: (Tensor) throws -> [String: Tensor]
  ) throws -> ComponentResult {
    var result = ComponentResult(output: output)
    if let dOutput = try gradient(ofOutput: output.shape) {
      result.gradients = try backward(dOutput)
    }
    return result
  }

  /// Throws where a tensor of this shape would be larger than memory should be taken for.
  func requireRoom(for shape: [Int]) throws {
    var count = 1
    for size in shape where count > 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, product <= Self.largestCount else {
        throw broken("a tensor of shape \(shape) would be too large")
      }
      count = product
    }
  }

  func zeros(_ shape: [Int]) throws -> Tensor {
    try requireRoom(for: shape)
    let allocation = OwnedBuffer<Float>(count: shape.reduce(1, *))
    memory.append(allocation)
    return Tensor(shape: shape, base: allocation.base)
  }

  /// A copy of a matrix without gaps in the case's memory, as a tensor of this shape.
  func copy(_ matrix: Matrix<Float>, shape: [Int]) throws -> Tensor {
    let copy = try zeros(shape)
    ParableKernels.copy(matrix, into: copy.rows)
    return copy
  }

  /// One number in the case's memory.
  func scalar(_ value: Double) throws -> Tensor {
    let tensor = try zeros([])
    tensor.base.pointee = Float(value)
    return tensor
  }

  // MARK: hyperparameters

  func text(_ key: String) throws -> String {
    guard let value = file.metadata[key] else { throw broken("hyperparameter \(key) is missing") }
    return value
  }

  /// The number that the hyperparameter `key` spells in decimal digits, within `range`.
  func number(_ key: String, in range: ClosedRange<Double>) throws -> Double {
    try value(key, "a decimal number", in: range) { text in
      // Double() also reads hexadecimal digits, infinities and NaN, which no case may hold.
      let isDecimal = text.wholeMatch(of: /[+\-]?(\d+\.?\d*|\.\d+)([eE][+\-]?\d+)?/) != nil
      return isDecimal ? Double(text).flatMap { $0.isFinite ? $0 : nil } : nil
    }
  }

  /// The whole number that the hyperparameter `key` spells in decimal digits, within `range`.
  func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    try value(key, "a whole number", in: range) { Int($0) }
  }

  private func value<Value>(
    _ key: String, _ kind: String, in range: ClosedRange<Value>, read: (String) -> Value?
  ) throws -> Value {
    let text = try text(key)
    guard let value = read(text) else {
      throw broken("hyperparameter \(key) is \"\(text)\" where \(kind) is expected")
    }
    guard range.contains(value) else {
      throw broken("hyperparameter \(key) is \(text), out of its range \(range)")
    }
    return value
  }

  var normEpsilon: Float {
    get throws { Float(try number("eps", in: 0...Double(Float.greatestFiniteMagnitude))) }
  }
}
