import ParableFormats
import TestSupport

/// A case that a test writes: tensors and hyperparameters that it may then break.
struct CaseFile: Sendable {
  enum Values: Sendable {
    case floats([Float])
    case integers([Int64])
    case bools([UInt8])

    func withBytes<Result>(
      _ body: (ElementType, UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
      switch self {
      case .floats(let values): try values.withUnsafeBytes { try body(.f32, $0) }
      case .integers(let values): try values.withUnsafeBytes { try body(.i64, $0) }
      case .bools(let values): try values.withUnsafeBytes { try body(.bool, $0) }
      }
    }
  }

  var metadata: [String: String]
  var tensors: [String: (shape: [Int], values: Values)] = [:]

  init(_ component: String, _ hyperparameters: [String: String] = [:]) {
    metadata = hyperparameters
    metadata["component"] = component
    metadata["atol"] = "1e-5"
    metadata["rtol"] = "1e-4"
  }

  /// Adds a tensor of floats.
  func floats(_ name: String, _ shape: [Int], _ values: [Float]) -> CaseFile {
    adding(name, shape, .floats(values))
  }

  /// Adds a tensor of integers.
  func integers(_ name: String, _ shape: [Int], _ values: [Int64]) -> CaseFile {
    adding(name, shape, .integers(values))
  }

  /// Adds a tensor of truth values.
  func bools(_ name: String, _ shape: [Int], _ values: [UInt8]) -> CaseFile {
    adding(name, shape, .bools(values))
  }

  private func adding(_ name: String, _ shape: [Int], _ values: Values) -> CaseFile {
    var file = self
    file.tensors[name] = (shape, values)
    return file
  }

  /// Changes a hyperparameter, or takes it away.
  func set(_ key: String, _ value: String?) -> CaseFile {
    var file = self
    file.metadata[key] = value
    return file
  }

  func without(_ name: String) -> CaseFile {
    var file = self
    file.tensors[name] = nil
    return file
  }

  /// Writes the case and returns its path.
  func write(to folder: TemporaryFolder, as name: String = "case") throws -> String {
    let path = folder.file("\(name).safetensors")
    try add(tensors.sorted { $0.key < $1.key }[...], []) { tensors in
      try SafetensorsWriter.write(to: path, metadata: metadata, tensors: tensors)
    }
    return path
  }

  private func add(
    _ rest: ArraySlice<(key: String, value: (shape: [Int], values: Values))>,
    _ tensors: [SafetensorsWriter.Tensor], _ body: ([SafetensorsWriter.Tensor]) throws -> Void
  ) throws {
    guard let (name, tensor) = rest.first else { return try body(tensors) }
    try tensor.values.withBytes { type, bytes in
      try add(rest.dropFirst(), tensors + [(name, type, tensor.shape, bytes)], body)
    }
  }
}
