import Formats
import Foundation
import Kernels
import Model
import TestSupport
import Testing

/// A case of the reference folder with a whole network in it.
struct ReferenceCase {
  let file: SafetensorsFile
  let configuration: ModelConfiguration

  init(_ name: String) throws {
    file = try SafetensorsFile(path: SharedFixtures.path("fixtures/components/\(name)"))
    let metadata = file.metadata
    func size(_ key: String) throws -> Int { try #require(Int(metadata[key] ?? ""), "\(key)") }
    configuration = ModelConfiguration(
      vocabulary: try size("vocab_size"), context: try size("context_length"),
      width: try size("d_model"), layers: try size("num_layers"), heads: try size("num_heads"),
      hidden: try size("d_ff"), normEpsilon: try #require(Float(metadata["eps"] ?? "")),
      ropeTheta: try #require(Double(metadata["rope_theta"] ?? "")))
  }

  /// The network's parameters.
  func parameters(prefix: String = "") throws -> ParameterStorage {
    let storage = ParameterStorage(ParameterLayout(configuration))
    for entry in storage.view.layout.entries {
      try file.readFloats(
        prefix + entry.name, shape: entry.shape,
        into: UnsafeMutableBufferPointer(rebasing: storage.values[entry.range]))
    }
    return storage
  }

  func ids(_ name: String) throws -> [Int32] { try file.int64s(name).map { Int32($0) } }

  /// Compares within the case's tolerances.
  func expect(
    _ actual: some Sequence<Float>, equals name: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try file.floats("expected." + name)
    let actual = Array(actual)
    try #require(actual.count == expected.count, sourceLocation: sourceLocation)
    let absolute = try #require(Float(file.metadata["atol"] ?? ""))
    let relative = try #require(Float(file.metadata["rtol"] ?? ""))
    let worst = zip(actual, expected).enumerated().first { _, pair in
      !(abs(pair.0 - pair.1) <= absolute + relative * abs(pair.1))
    }
    #expect(
      worst == nil,
      "\(name)[\(worst?.offset ?? 0)] is \(worst?.element.0 ?? 0), not \(worst?.element.1 ?? 0)",
      sourceLocation: sourceLocation)
  }
}
