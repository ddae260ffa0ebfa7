import ParableKernels

/// A network's parameters as its passes read them: embeddings and gains where they are stored, the
/// weights of matrix products packed.
struct PackedWeights<Element: ActivationElement> {
  /// Those of one block.
  final class Block {
    /// The gain before attention, [1, width].
    let attentionNorm: Matrix<Float>
    /// Query, key and value weights on top of each other, [3 · width, width].
    let queryKeyValue: LinearWeights<Element>
    /// The projection of the heads back into the residual stream, [width, width].
    let attentionOutput: LinearWeights<Element>
    /// The gain before the feed-forward layer, [1, width].
    let feedForwardNorm: Matrix<Float>
    /// W1 and W3 on top of each other, [2 · hidden, width].
    let gateUp: LinearWeights<Element>
    /// W2, [width, hidden].
    let down: LinearWeights<Element>

    init(
      _ index: Int, of parameters: ParameterView,
      make: (_ outputs: Int, _ inputs: Int) -> LinearWeights<Element>
    ) {
      let configuration = parameters.layout.configuration
      let (width, hidden) = (configuration.width, configuration.hidden)
      attentionNorm = parameters[index, .attentionNorm]
      queryKeyValue = make(3 * width, width)
      attentionOutput = make(width, width)
      feedForwardNorm = parameters[index, .feedForwardNorm]
      gateUp = make(2 * hidden, width)
      down = make(width, hidden)
    }
  }

  /// The token embedding, [vocabulary, width].
  let tokenEmbeddings: Matrix<Float>

  let blocks: [Block]

  /// The gain of the last norm, [1, width].
  let finalNorm: Matrix<Float>

  /// The output layer's, [vocabulary, width].
  let output: LinearWeights<Element>

  private let storage: ParameterStorage

  /// The version of the parameters that are packed.
  private var version: Int?

  init(_ storage: ParameterStorage, products: MatrixProducts, isTrainable: Bool) {
    let parameters = storage.view
    let configuration = parameters.layout.configuration
    func weights(_ outputs: Int, _ inputs: Int) -> LinearWeights<Element> {
      LinearWeights(
        outputs: outputs, inputs: inputs, products: products, forwardOnly: !isTrainable)
    }
    self.storage = storage
    tokenEmbeddings = parameters[.tokenEmbeddings]
    blocks = (0..<configuration.layers).map { Block($0, of: parameters, make: weights) }
    finalNorm = parameters[.finalNorm]
    output = weights(configuration.vocabulary, configuration.width)
  }

  /// Packs the parameters anew where they have changed since they were packed.
  mutating func packChanges() {
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
