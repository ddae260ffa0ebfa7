import Kernels

/// A network's weights, packed for its matrix products.
struct PackedWeights<Element: ActivationElement> {
  /// Those of one block.
  struct Block {
    /// Query, key and value weights on top of each other, [3 · width, width].
    let queryKeyValue: LinearWeights<Element>
    /// The projection of the heads back into the residual stream, [width, width].
    let attentionOutput: LinearWeights<Element>
    /// W1 and W3 on top of each other, [2 · hidden, width].
    let gateUp: LinearWeights<Element>
    /// W2, [width, hidden].
    let down: LinearWeights<Element>
  }

  let blocks: [Block]

  /// The output layer's, [vocabulary, width].
  let output: LinearWeights<Element>

  /// The version of the parameters that these are of.
  private var version: Int?

  init(_ configuration: ModelConfiguration, products: MatrixProducts, isTrainable: Bool) {
    let (width, hidden) = (configuration.width, configuration.hidden)
    func weights(_ outputs: Int, _ inputs: Int) -> LinearWeights<Element> {
      LinearWeights(
        outputs: outputs, inputs: inputs, products: products, forwardOnly: !isTrainable)
    }
    blocks = (0..<configuration.layers).map { _ in
      Block(
        queryKeyValue: weights(3 * width, width), attentionOutput: weights(width, width),
        gateUp: weights(2 * hidden, width), down: weights(width, hidden))
    }
    output = weights(configuration.vocabulary, width)
  }

  /// Packs the parameters anew where they have changed since they were packed.
  mutating func follow(_ storage: ParameterStorage) {
    guard version != storage.version else { return }
    let parameters = storage.view
    for (index, block) in blocks.enumerated() {
      block.queryKeyValue.pack(parameters[index, .query, .key, .value])
      block.attentionOutput.pack(parameters[index, .attentionOutput])
      block.gateUp.pack(parameters[index, .gate, .up])
      block.down.pack(parameters[index, .down])
    }
    output.pack(parameters[.output])
    version = storage.version
  }
}
