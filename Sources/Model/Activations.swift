import ParableKernels

/// What the forward pass of one block saves for its backward pass.
package final class BlockActivations<Element: ActivationElement> {
  /// 1 / root mean square of each row of the residual stream before the block, [tokens, 1].
  package let inputInverseRMS: MutableMatrix<Float>

  /// The normed input of attention, [tokens, width].
  package let attentionInput: MutableMatrix<Element>

  /// Queries, keys and values beside each other, rotated, [tokens, 3 · width].
  package let queryKeyValue: MutableMatrix<Element>

  /// What the heads bring together, [tokens, width].
  package let attended: MutableMatrix<Element>

  /// Log of each query's sum of exponentials, [batch · heads · sequence].
  package let logSumExp: MutableMatrix<Float>

  /// The residual stream between attention and feed-forward layer, [tokens, width].
  package let middle: MutableMatrix<Float>

  /// 1 / root mean square of each row of `middle`, [tokens, 1].
  package let middleInverseRMS: MutableMatrix<Float>

  /// The normed input of the feed-forward layer, [tokens, width].
  package let feedForwardInput: MutableMatrix<Element>

  /// Gate and up projections beside each other, [tokens, 2 · hidden].
  package let gateUp: MutableMatrix<Element>

  /// SiLU(gate) ⊙ up, [tokens, hidden].
  package let activated: MutableMatrix<Element>

  init(_ configuration: ModelConfiguration, tokens: Int, in scratch: Scratch) {
    let (width, hidden) = (configuration.width, configuration.hidden)
    inputInverseRMS = scratch.matrix(tokens, 1)
    attentionInput = scratch.matrix(tokens, width)
    queryKeyValue = scratch.matrix(tokens, 3 * width)
    attended = scratch.matrix(tokens, width)
    logSumExp = scratch.matrix(tokens, configuration.heads)
    middle = scratch.matrix(tokens, width)
    middleInverseRMS = scratch.matrix(tokens, 1)
    feedForwardInput = scratch.matrix(tokens, width)
    gateUp = scratch.matrix(tokens, 2 * hidden)
    activated = scratch.matrix(tokens, hidden)
  }
}

/// The activation gradients of a backward pass, shared by all blocks.
package final class ActivationGradients<Element: ActivationElement> {
  /// With respect to the residual stream, [tokens, width].
  package let residual: MutableMatrix<Float>

  /// Room for the same in the type of the activations, where that is another.
  let residualRounded: MutableMatrix<Element>

  /// With respect to the normed input of a sublayer, [tokens, width].
  package let sublayerInput: MutableMatrix<Element>

  /// With respect to what the heads bring together, [tokens, width].
  let attended: MutableMatrix<Element>

  /// With respect to queries, keys and values, [tokens, 3 · width].
  let queryKeyValue: MutableMatrix<Element>

  /// With respect to the gate and up projections, [tokens, 2 · hidden].
  let gateUp: MutableMatrix<Element>

  /// With respect to the input of the down projection, [tokens, hidden].
  let activated: MutableMatrix<Element>

  /// With respect to the normed hidden states, [tokens, width].
  let hidden: MutableMatrix<Element>

  /// Room for those of a chunk's logits, where they cannot take the place of the logits.
  let logits: MutableMatrix<Element>

  init(_ configuration: ModelConfiguration, tokens: Int, chunk: Int, in scratch: Scratch) {
    let (width, hidden) = (configuration.width, configuration.hidden)
    let isRounded = Element.storage != .float
    residual = scratch.matrix(tokens, width)
    residualRounded = scratch.matrix(isRounded ? tokens : 0, width)
    sublayerInput = scratch.matrix(tokens, width)
    attended = scratch.matrix(tokens, width)
    queryKeyValue = scratch.matrix(tokens, 3 * width)
    gateUp = scratch.matrix(tokens, 2 * hidden)
    activated = scratch.matrix(tokens, hidden)
    self.hidden = scratch.matrix(tokens, width)
    logits = scratch.matrix(isRounded ? chunk : 0, configuration.vocabulary)
  }
}

/// Everything that a pass of so many tokens writes.
package struct Activations<Element: ActivationElement> {
  /// Rows whose logits exist at a time, at most.
  static var largestChunk: Int { 256 }

  /// How many tokens the pass has.
  let tokens: Int

  /// The residual stream before each block and behind the last one, [tokens, width].
  package let residual: [MutableMatrix<Float>]

  /// What each block saves.
  package let blocks: [BlockActivations<Element>]

  /// What attention or the feed-forward layer adds to the residual stream, [tokens, width].
  let sublayerOutput: MutableMatrix<Element>

  /// 1 / root mean square of each row of the residual stream behind the last block, [tokens, 1].
  let finalInverseRMS: MutableMatrix<Float>

  /// The normed hidden states, [tokens, width].
  let hidden: MutableMatrix<Element>

  /// The logits of a chunk of the tokens, [chunk, vocabulary].
  let logits: MutableMatrix<Float>

  /// The gradients; nil without a backward pass.
  package let gradients: ActivationGradients<Element>?

  /// Makes them in the place of those that `scratch` held before.
  ///
  /// Without a backward pass all blocks share one set of activations, and the residual stream is
  /// added to in place.
  init(_ configuration: ModelConfiguration, tokens: Int, isTrainable: Bool, in scratch: Scratch) {
    let (width, layers) = (configuration.width, configuration.layers)
    let chunk = min(tokens, Self.largestChunk)
    func each<Part>(_ count: Int, _ make: () -> Part) -> [Part] {
      guard isTrainable else { return Array(repeating: make(), count: count) }
      return (0..<count).map { _ in make() }
    }
    scratch.reset()
    self.tokens = tokens
    residual = each(layers + 1) { scratch.matrix(tokens, width) }
    blocks = each(layers) { BlockActivations(configuration, tokens: tokens, in: scratch) }
    sublayerOutput = scratch.matrix(tokens, width)
    finalInverseRMS = scratch.matrix(tokens, 1)
    hidden = scratch.matrix(tokens, width)
    logits = scratch.matrix(chunk, configuration.vocabulary)
    gradients =
      isTrainable
      ? ActivationGradients(configuration, tokens: tokens, chunk: chunk, in: scratch) : nil
  }
}
