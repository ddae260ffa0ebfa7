import Kernels
import Model

/// The parameters and activations of one block, of which a case uses a part.
struct Sublayer {
  let configuration: ModelConfiguration
  let kept: BlockActivations<Float>
  let flow: BlockGradients<Float>

  private let given: ComponentCase
  private let storage: ParameterStorage
  private let gradientStorage: ParameterStorage
  /// Names in the case, by the entry of the layout.
  private let names: [(name: String, entry: ParameterLayout.Entry)]

  /// Reads the block's weights: `weights` gives the name after `layers.0.` for each in the case.
  init(
    _ given: ComponentCase, width: Int, heads: Int, hidden: Int, tokens: Int,
    weights: [String: String], normEpsilon: Float = 0
  ) throws {
    // A matrix in the case bounds its sizes, an empty one does not.
    guard width > 0, hidden > 0, tokens > 0 else {
      throw given.broken("the input or a weight is empty")
    }
    try given.requireRoom(for: [tokens, 3 * width + 2 * hidden])
    for (name, ours) in weights {
      let isGain = ours.hasPrefix("ln")
      let isDown = ours == "ffn.w2.weight"
      let isUp = ours.hasPrefix("ffn.") && !isDown
      let (rows, columns) = (isUp ? hidden : width, isDown ? hidden : width)
      try given.require(name, shape: isGain ? [width] : [rows, columns])
    }
    configuration = ModelConfiguration(
      vocabulary: 1, context: tokens, width: width, layers: 1, heads: heads, hidden: hidden,
      normEpsilon: normEpsilon)
    let layout = ParameterLayout(configuration)
    names = layout.entries.compactMap { entry in
      weights.first { "layers.0.\($0.value)" == entry.name }.map { ($0.key, entry) }
    }
    storage = ParameterStorage(layout)
    gradientStorage = ParameterStorage(layout)
    for (name, entry) in names {
      try given.readFloats(
        name, shape: entry.shape,
        into: UnsafeMutableBufferPointer(rebasing: storage.values[entry.range]))
    }
    kept = BlockActivations(configuration, capacity: tokens)
    flow = BlockGradients(configuration, capacity: tokens)
    self.given = given
  }

  var parameters: ParameterView { storage.view }
  var gradients: ParameterView { gradientStorage.view }

  /// The gradients of the weights under their names in the case.
  func weightGradients() throws -> [String: Tensor] {
    var gradients: [String: Tensor] = [:]
    for (name, entry) in names {
      let matrix = gradientStorage.view[entry]
      gradients[name] = try given.copy(Tensor(shape: entry.shape, base: matrix.base))
    }
    return gradients
  }

  /// The gradient of the sublayer's input.
  func inputGradient(shape: [Int]) throws -> Tensor {
    let tokens = shape.dropLast().reduce(1, *)
    return try given.copy(Tensor(shape: shape, base: flow.normed[tokens].base))
  }
}
