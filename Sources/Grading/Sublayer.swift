import ParableKernels
import ParableModel

/// A network of one block, of which a case uses a part.
struct Sublayer {
  let decoder: DecoderNetwork<Float>
  let weights: CaseParameters

  /// Reads the block's weights, for which `weights` gives the tensor of each name in the case.
  ///
  /// Without `rotary` nothing depends on positions but the mask.
  init(
    _ given: ComponentCase, width: Int, heads: Int, hidden: Int, tokens: Int,
    weights names: [String: BlockParameter], normEpsilon: Float = 0,
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
    weights = try CaseParameters(
      given, layout, names.map { ($0.key, layout[.block(0, $0.value)]) })
    decoder = DecoderNetwork(
      weights.storage, capacity: tokens, trainable: true, hasRotaryPositions: rotary != nil)
    decoder.prepare(tokens: tokens)
  }

  /// What the block saves.
  var saved: BlockActivations<Float> { decoder.activations.blocks[0] }

  var activationGradients: ActivationGradients<Float> {
    guard let gradients = decoder.activations.gradients else {
      preconditionFailure("a sublayer has a backward pass")
    }
    return gradients
  }
}
