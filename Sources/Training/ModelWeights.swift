import ParableFormats
import ParableKernels
import ParableModel

/// The weights of a model folder: `model.safetensors`, or the shards of its index.
struct ModelWeights {
  private let folder: String
  private let files: SafetensorsSet

  /// Opens the files and reads their headers.
  init(folder: String) throws {
    self.folder = folder
    files = try SafetensorsSet(folder: folder)
  }

  /// Where the files are.
  var paths: [String] { files.files.map(\.path) }

  /// Whether there is a tensor of this name.
  func contains(_ name: String) -> Bool { files.contains(name) }

  /// Throws unless every tensor of a network of these sizes is there in its shape.
  ///
  /// Sizes come from another file: nothing as large as they say is made before they are known to
  /// be those of the weights.
  func check(against configuration: ModelConfiguration) throws {
    let most = files.tensors.count / BlockParameter.allCases.count
    guard configuration.layers <= most else {
      throw TrainingError.file(
        path: folder,
        reason: "its configuration has \(configuration.layers) layers, its weights at most \(most)",
        remedy: "give it the configuration that its weights belong to")
    }
    for (name, shape) in [
      ("model.embed_tokens.weight", [configuration.vocabulary, configuration.width]),
      ("model.layers.0.mlp.gate_proj.weight", [configuration.hidden, configuration.width]),
    ] {
      try check(name, has: shape)
    }
    for entry in ParameterLayout(configuration).entries {
      try check(entry.huggingFaceName, has: entry.shape)
    }
  }

  private func check(_ name: String, has shape: [Int]) throws {
    let file = try files.file(holding: name)
    let found = try file.info(name).shape
    guard found == shape else {
      throw TensorFileError.wrongShape(path: file.path, name: name, found: found, expected: shape)
    }
  }

  /// Overwrites every tensor of `view` with the one of its name.
  ///
  /// - Throws: ``TrainingError/file(path:reason:remedy:)`` where a weight is infinite or no
  ///   number: nothing that such a network computes would mean anything.
  func load(
    into view: MutableParameterView, where isWanted: (ParameterLayout.Entry) -> Bool = { _ in true }
  ) throws {
    for entry in view.layout.entries where isWanted(entry) {
      let values = UnsafeMutableBufferPointer(rebasing: view.values[entry.range])
      let file = try files.file(holding: entry.huggingFaceName)
      try file.readFloats(entry.huggingFaceName, shape: entry.shape, into: values)
      guard sumOfSquares(UnsafeBufferPointer(values)).isFinite else {
        throw TrainingError.file(
          path: file.path,
          reason: "\(entry.huggingFaceName) has values that are not finite numbers",
          remedy: "take weights from before that")
      }
    }
  }
}
