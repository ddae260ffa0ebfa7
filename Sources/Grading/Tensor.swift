import ParableKernels

/// A row-major tensor of floats in memory that a case owns.
struct Tensor {
  /// Its sizes, slowest first; empty for a scalar.
  let shape: [Int]
  let base: UnsafeMutablePointer<Float>

  var count: Int { shape.reduce(1, *) }

  var values: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  /// The last size, 1 for a scalar.
  var width: Int { shape.last ?? 1 }

  /// The tensor as a matrix whose rows run along the last dimension.
  var rows: MutableMatrix<Float> {
    MutableMatrix(base, rows: shape.dropLast().reduce(1, *), columns: width)
  }

  /// The `index`-th part along the first dimension.
  func part(_ index: Int) -> Tensor {
    let shape = Array(shape.dropFirst())
    return Tensor(shape: shape, base: base + index * shape.reduce(1, *))
  }
}

/// A tensor that a component computed.
enum ComponentValue {
  case floats(Tensor)
  case integers([Int64], shape: [Int])

  var shape: [Int] {
    switch self {
    case .floats(let tensor): tensor.shape
    case .integers(_, let shape): shape
    }
  }
}

/// What a component computed: its outputs, and the gradients where they were wanted.
struct ComponentResult {
  var outputs: [String: ComponentValue]
  /// By the name of the tensor that they are with respect to.
  var gradients: [String: Tensor] = [:]
}

extension ComponentResult {
  /// One output, under the name that most components have.
  init(output: Tensor) { self.init(outputs: ["output": .floats(output)]) }
}
