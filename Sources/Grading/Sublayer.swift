import ParableKernels
import ParableModel

/// A network of one block, of which a case uses a part.
struct Sublayer {
  let decoder: DecoderNetwork<Float>
  let gradients: MutableParameterView

  private let given: ComponentCase
  /// Names in the case, by the entry of the layout.
  private let names: [(name: String, entry: ParameterLayout.Entry)]

  /// Reads the block's weights, for which `weights` gives the tensor of each name in the case.
  ///
  /// Without `rotary` nothing depends on positions but the mask.
  init(
    _ given: ComponentCase, width: Int, heads: Int, hidden: Int, tokens: Int,
    weights: [String: BlockParameter], normEpsilon: Float = 0,
    rotary: (positions: Int, theta: Double)? = nil
  ) throws {
    // A matrix in the case bounds its sizes, an empty one does not.
    guard width > 0, hidden > 0, tokens > 0 else {
      throw given.broken("the input or a weight is empty")
    }
    try given.requireRoom(for: [tokens, 3 * width + 2 * hidden])
    let layout = ParameterLayout(
      ModelConfiguration(
        vocabulary: 1, context: rotary?.positions ?? tokens, width: width, layers: 1,
        heads: heads, hidden: hidden, normEpsilon: normEpsilon,
        ropeTheta: rotary?.theta ?? 10000))
    names = weights.map { ($0.key, layout[.block(0, $0.value)]) }
    for (name, entry) in names { try given.require(name, shape: entry.shape) }
    let parameters = ParameterStorage(layout)
    try parameters.update { [names] parameters in
      for (name, entry) in names {
        try given.readFloats(
          name, shape: entry.shape,
          into: UnsafeMutableBufferPointer(rebasing: parameters.values[entry.range]))
      }
    }
    decoder = DecoderNetwork(
      parameters, capacity: tokens, trainable: true, hasRotaryPositions: rotary != nil)
    decoder.prepare(tokens: tokens)
    gradients = MutableParameterView(zeros: layout)
    self.given = given
  }

  /// What the block saves.
  var saved: BlockActivations<Float> { decoder.activations.blocks[0] }

  /// The activation gradients.
  var activationGradients: ActivationGradients<Float> {
    guard let gradients = decoder.activations.gradients else {
      preconditionFailure("a sublayer has a backward pass")
    }
    return gradients
  }

  /// The gradients of the weights under their names in the case.
  func weightGradients() throws -> [String: Tensor] {
    try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0.name, try given.copy(gradients[$0.entry.parameter].readOnly, shape: $0.entry.shape))
      })
  }
}
