import ParableKernels
import ParablePlatform

/// A decoder-only transformer in the manner of Llama, with its backward pass written by hand.
///
/// Token embeddings begin the residual stream; each block adds to it what self-attention makes of
/// its norm, then what a SwiGLU layer makes of its norm; the output layer predicts the next token
/// from the last norm. The file reads in the order in which data flows, and behind the forward pass
/// of each part stands its backward pass: the same lines read upwards.
///
/// A pass leaves its activations here, so that `backward` belongs to the `forward` before it, and
/// what a pass returns is valid until the next one.
///
/// Touvron and others, LLaMA: Open and Efficient Foundation Language Models, 2023.
package final class DecoderNetwork<Element: ActivationElement> {
  /// The sizes.
  package let configuration: ModelConfiguration

  /// The parameters; the network packs their weights anew when they have changed.
  package let parameters: ParameterStorage

  /// What the last pass wrote.
  package private(set) var activations: Activations<Element>

  let products: MatrixProducts
  private let rotary: RotaryTable?
  private let isTrainable: Bool
  private let scratch = Scratch()
  private var weights: PackedWeights<Element>

  /// What scores choices from the hidden states of a pass.
  private(set) lazy var choiceHead = MultipleChoiceHead<Element>(products: products)

  /// Makes a network over `parameters` and takes memory for passes of `capacity` tokens; longer ones
  /// take more when they come.
  ///
  /// Where `trainable` is false the blocks share one set of activations and there is no `backward`.
  /// Without `hasRotaryPositions` nothing depends on positions but the mask.
  package init(
    _ parameters: ParameterStorage, capacity: Int, trainable: Bool,
    hasRotaryPositions: Bool = true, products: MatrixProducts = MatrixProducts()
  ) {
    let configuration = parameters.view.layout.configuration
    // Here all of it is known, and nothing of it is there yet.
    let memory = PassMemory(configuration, Element.storage, isTrainable: trainable)
    OutOfMemory.require(
      byteCount: (parameters.sharing == nil ? memory.packedWeights(products) : 0)
        + memory.activations(tokens: capacity))
    self.configuration = configuration
    self.parameters = parameters
    self.products = products
    isTrainable = trainable
    rotary =
      hasRotaryPositions
      ? RotaryTable(
        headWidth: configuration.headWidth, positions: configuration.context,
        theta: configuration.ropeTheta) : nil
    weights = PackedWeights(
      parameters, products: products, isTrainable: trainable, in: parameters.sharing?.arena)
    activations = Activations(
      configuration, tokens: capacity, isTrainable: trainable, in: scratch)
    parameters.packPart = { [weak self] in self?.weights.packPart($0, of: $1) }
    parameters.packedDifferently = { [weak self] in self?.weights.differing($0, of: $1) ?? [] }
  }

  /// Packs weights that have changed and makes room for a pass of so many tokens.
  package func prepare(tokens: Int) {
    weights.packChanges()
    guard tokens != activations.tokens else { return }
    activations = Activations(
      configuration, tokens: tokens, isTrainable: isTrainable, in: scratch)
  }

  private var activationGradients: ActivationGradients<Element> {
    guard let gradients = activations.gradients else {
      preconditionFailure("this network was made without a backward pass")
    }
    return gradients
  }

  // MARK: - The whole pass

  /// The cost of predicting `targets`, [tokens].
  package func loss(_ batch: TokenBatch, targets: UnsafePointer<Int32>) -> LossSum {
    loss(of: forward(batch), targets: targets)
  }

  /// The same cost, and the gradient of `gradientScale` times it, added to `gradients`.
  package func lossAndGradient(
    _ batch: TokenBatch, targets: UnsafePointer<Int32>, gradientScale: Float,
    addingTo gradients: MutableParameterView
  ) -> LossSum {
    let hidden = forward(batch)
    let (loss, dHidden) = lossAndGradient(
      of: hidden, targets: targets, gradientScale: gradientScale, addingTo: gradients)
    backward(dHidden, batch, addingTo: gradients)
    return loss
  }

  /// The normed hidden states of all tokens, [tokens, width].
  ///
  /// With a cache the tokens stand behind those that it holds, and are added to it.
  @_specialize(where Element == Float)
  @_specialize(where Element == BFloat16)
  package func forward(
    _ batch: TokenBatch, cache: KeyValueCache<Element>? = nil
  ) -> Matrix<Element> {
    prepare(tokens: batch.tokens)
    let residual = activations.residual
    embedding(batch.ids, table: weights.tokenEmbeddings, into: residual[0])
    for index in 0..<configuration.layers {
      block(index, batch, cache: cache?.layers[index])
    }
    rmsNorm(
      residual[configuration.layers].readOnly, gain: weights.finalNorm.base,
      epsilon: configuration.normEpsilon, into: activations.hidden,
      inverseRMS: activations.finalInverseRMS.base)
    return activations.hidden.readOnly
  }

  /// Adds the gradients of all parameters but the output layer's, given that of the hidden states
  /// which `forward` returned, [tokens, width].
  package func backward(
    _ dHidden: Matrix<Element>, _ batch: TokenBatch,
    addingTo gradients: MutableParameterView
  ) {
    let dResidual = activationGradients.residual
    dResidual.clear()
    rmsNormBackward(
      dHidden, x: activations.residual[configuration.layers].readOnly,
      gain: weights.finalNorm.base, inverseRMS: activations.finalInverseRMS.base,
      addingTo: dResidual, addingTo: gradients[.finalNorm].base)
    for index in (0..<configuration.layers).reversed() {
      blockBackward(index, batch, addingTo: gradients)
    }
    embeddingBackward(batch.ids, dOutput: dResidual.readOnly, addingTo: gradients[.tokenEmbeddings])
  }

  // MARK: - A block

  /// y = x + attention(RMSNorm(x)), then y + SwiGLU(RMSNorm(y)), from the residual stream before the
  /// block to that behind it.
  package func block(_ index: Int, _ batch: TokenBatch, cache: KeyValueCache<Element>.Layer? = nil)
  {
    let (weights, saved) = (weights.blocks[index], activations.blocks[index])
    let (input, output) = (activations.residual[index], activations.residual[index + 1])
    let sublayerOutput = activations.sublayerOutput
    rmsNorm(
      input.readOnly, gain: weights.attentionNorm.base, epsilon: configuration.normEpsilon,
      into: saved.attentionInput, inverseRMS: saved.inputInverseRMS.base)
    selfAttention(index, batch, cache: cache, into: sublayerOutput)
    copy(input.readOnly, into: saved.middle)
    residualRMSNorm(
      addingTo: saved.middle, sublayerOutput.readOnly,
      gain: weights.feedForwardNorm.base, epsilon: configuration.normEpsilon,
      into: saved.feedForwardInput, inverseRMS: saved.middleInverseRMS.base)
    feedForward(index, into: sublayerOutput)
    copy(saved.middle.readOnly, into: output)
    add(sublayerOutput.readOnly, addingTo: output)
  }

  /// Takes the gradient of the residual stream behind the block and leaves that of the stream before
  /// it in its place.
  package func blockBackward(
    _ index: Int, _ batch: TokenBatch, addingTo gradients: MutableParameterView
  ) {
    let (weights, saved) = (weights.blocks[index], activations.blocks[index])
    let dActivations = activationGradients
    let (dResidual, dRounded) = (dActivations.residual, dActivations.residualRounded)
    feedForwardBackward(index, converted(dResidual.readOnly, in: dRounded), addingTo: gradients)
    rmsNormBackward(
      dActivations.sublayerInput.readOnly, x: saved.middle.readOnly,
      gain: weights.feedForwardNorm.base, inverseRMS: saved.middleInverseRMS.base,
      addingTo: dResidual, addingTo: gradients[index, .feedForwardNorm].base)
    selfAttentionBackward(
      index, converted(dResidual.readOnly, in: dRounded), batch, addingTo: gradients)
    rmsNormBackward(
      dActivations.sublayerInput.readOnly, x: activations.residual[index].readOnly,
      gain: weights.attentionNorm.base, inverseRMS: saved.inputInverseRMS.base,
      addingTo: dResidual, addingTo: gradients[index, .attentionNorm].base)
  }

  // MARK: - Self-attention

  /// output = attention(rotate(x Wqᵀ), rotate(x Wkᵀ), x Wvᵀ) Woᵀ, with x, saved as the block's
  /// `attentionInput`, and output [tokens, width].
  ///
  /// With a cache, keys and values are appended to it and the tokens attend to all that it holds.
  package func selfAttention(
    _ index: Int, _ batch: TokenBatch, cache: KeyValueCache<Element>.Layer? = nil,
    into output: MutableMatrix<Element>
  ) {
    let (weights, saved) = (weights.blocks[index], activations.blocks[index])
    weights.queryKeyValue.forward(saved.attentionInput.readOnly, into: saved.queryKeyValue)
    var (query, key, value) = queryKeyValueHeads(saved.queryKeyValue, batch)
    rotate(query, batch)
    rotate(key, batch)
    var shape = attentionShape(batch)
    if let cache {
      cache.append(key: key, value: value, batch: batch.batch, sequence: batch.sequence)
      shape.keyLength = cache.length
      (key, value) = (cache.keys, cache.values)
    }
    attention(
      query: query, key: key, value: value, shape: shape, mask: batch.mask,
      into: heads(saved.attended, batch), logSumExp: saved.logSumExp.base)
    weights.attentionOutput.forward(saved.attended.readOnly, into: output)
  }

  /// Leaves the gradient of the block's `attentionInput` in the gradients' `sublayerInput`.
  package func selfAttentionBackward(
    _ index: Int, _ dOutput: Matrix<Element>, _ batch: TokenBatch,
    addingTo gradients: MutableParameterView
  ) {
    let (weights, saved) = (weights.blocks[index], activations.blocks[index])
    let dActivations = activationGradients
    weights.attentionOutput.backward(dOutput, into: dActivations.attended)
    products.multiply(
      transposeOf: dOutput, saved.attended.readOnly, addingTo: gradients[index, .attentionOutput])
    let (query, key, value) = queryKeyValueHeads(saved.queryKeyValue, batch)
    let (dQuery, dKey, dValue) = queryKeyValueHeads(dActivations.queryKeyValue, batch)
    attentionBackward(
      heads(dActivations.attended, batch), query: query, key: key, value: value,
      output: heads(saved.attended, batch), logSumExp: saved.logSumExp.base,
      shape: attentionShape(batch), mask: batch.mask, into: dQuery, into: dKey, into: dValue)
    rotate(dKey, batch, inverse: true)
    rotate(dQuery, batch, inverse: true)
    weights.queryKeyValue.backward(
      dActivations.queryKeyValue.readOnly, into: dActivations.sublayerInput)
    products.multiply(
      transposeOf: dActivations.queryKeyValue.readOnly, saved.attentionInput.readOnly,
      addingTo: gradients[index, .query, .key, .value])
  }

  /// Turns heads by their tokens' positions, or their gradients back.
  private func rotate(_ x: Heads<Element>, _ batch: TokenBatch, inverse: Bool = false) {
    guard let rotary else { return }
    ParableKernels.rotate(
      x, batch: batch.batch, sequence: batch.sequence, heads: configuration.heads,
      positions: batch.positions, table: rotary, inverse: inverse)
  }

  private func attentionShape(_ batch: TokenBatch) -> AttentionShape {
    AttentionShape(
      batch: batch.batch, heads: configuration.heads, queryLength: batch.sequence,
      headWidth: configuration.headWidth)
  }

  /// The heads side by side in a matrix [tokens, width].
  private func heads(_ matrix: MutableMatrix<Element>, _ batch: TokenBatch) -> Heads<Element> {
    Heads(matrix, sequence: batch.sequence, headWidth: configuration.headWidth)
  }

  /// The heads of queries, keys and values in a matrix [tokens, 3 · width].
  private func queryKeyValueHeads(
    _ matrix: MutableMatrix<Element>, _ batch: TokenBatch
  ) -> (query: Heads<Element>, key: Heads<Element>, value: Heads<Element>) {
    let width = configuration.width
    return (
      heads(matrix.columns(0..<width), batch), heads(matrix.columns(width..<2 * width), batch),
      heads(matrix.columns(2 * width..<3 * width), batch)
    )
  }

  // MARK: - The feed-forward layer

  /// output = (SiLU(x W1ᵀ) ⊙ x W3ᵀ) W2ᵀ, with x, saved as the block's `feedForwardInput`, and output
  /// [tokens, width].
  package func feedForward(_ index: Int, into output: MutableMatrix<Element>) {
    let (weights, saved) = (weights.blocks[index], activations.blocks[index])
    weights.gateUp.forward(saved.feedForwardInput.readOnly, into: saved.gateUp)
    let (gate, up) = halves(saved.gateUp)
    swiGLU(gate: gate.readOnly, up: up.readOnly, into: saved.activated)
    weights.down.forward(saved.activated.readOnly, into: output)
  }

  /// Leaves the gradient of the block's `feedForwardInput` in the gradients' `sublayerInput`.
  package func feedForwardBackward(
    _ index: Int, _ dOutput: Matrix<Element>, addingTo gradients: MutableParameterView
  ) {
    let (weights, saved) = (weights.blocks[index], activations.blocks[index])
    let dActivations = activationGradients
    weights.down.backward(dOutput, into: dActivations.activated)
    products.multiply(
      transposeOf: dOutput, saved.activated.readOnly, addingTo: gradients[index, .down])
    let (gate, up) = halves(saved.gateUp)
    let (dGate, dUp) = halves(dActivations.gateUp)
    swiGLUBackward(
      dActivations.activated.readOnly, gate: gate.readOnly, up: up.readOnly, into: dGate, into: dUp)
    weights.gateUp.backward(dActivations.gateUp.readOnly, into: dActivations.sublayerInput)
    products.multiply(
      transposeOf: dActivations.gateUp.readOnly, saved.feedForwardInput.readOnly,
      addingTo: gradients[index, .gate, .up])
  }

  private func halves(
    _ matrix: MutableMatrix<Element>
  ) -> (gate: MutableMatrix<Element>, up: MutableMatrix<Element>) {
    let hidden = configuration.hidden
    return (matrix.columns(0..<hidden), matrix.columns(hidden..<2 * hidden))
  }

  // MARK: - The output layer

  /// The scores of every token of the vocabulary, [rows, vocabulary], for the rows of a chunk of
  /// hidden states.
  @_specialize(where Element == Float)
  @_specialize(where Element == BFloat16)
  package func logits(_ hidden: Matrix<Element>) -> MutableMatrix<Float> {
    let logits = activations.logits[0..<hidden.rows]
    weights.output.forward(hidden, into: logits)
    return logits
  }

  /// Adds the output layer's gradient for a given gradient of the logits, and overwrites that of the
  /// hidden states.
  package func logitsBackward(
    _ dLogits: Matrix<Element>, hidden: Matrix<Element>,
    into dHidden: MutableMatrix<Element>, addingTo gradients: MutableParameterView
  ) {
    weights.output.backward(dLogits, into: dHidden)
    products.multiply(transposeOf: dLogits, hidden, addingTo: gradients[.output])
  }

  /// The cost of predicting `targets` from `hidden`, [tokens, width]; targets equal to `ignoring` do
  /// not count.
  package func loss(
    of hidden: Matrix<Element>, targets: UnsafePointer<Int32>, ignoring: Int32? = nil
  ) -> LossSum {
    Self.chunks(of: hidden).reduce(into: LossSum()) { sum, rows in
      sum += LossSum(
        crossEntropy(
          logits(hidden[rows]).readOnly, targets: targets + rows.lowerBound, ignoring: ignoring))
    }
  }

  /// The cost of each token of `targets`, in nats, predicted from its row of `hidden`.
  package func losses(of hidden: Matrix<Element>, targets: [Int32]) -> [Double] {
    precondition(hidden.rows == targets.count)
    return Self.chunks(of: hidden).flatMap { rows in
      let logits = logits(hidden[rows])
      return rows.map { row in
        let place = row - rows.lowerBound
        return withUnsafePointer(to: targets[row]) {
          crossEntropy(logits[place..<place + 1].readOnly, targets: $0).loss
        }
      }
    }
  }

  /// The cost of predicting `targets`, and the gradient of `gradientScale` times it: the output
  /// layer's is added to `gradients`, the hidden states' is returned, [tokens, width].
  package func lossAndGradient(
    of hidden: Matrix<Element>, targets: UnsafePointer<Int32>, ignoring: Int32? = nil,
    gradientScale: Float, addingTo gradients: MutableParameterView
  ) -> (sum: LossSum, dHidden: Matrix<Element>) {
    let dActivations = activationGradients
    let dHidden = dActivations.hidden[0..<hidden.rows]
    let sum = Self.chunks(of: hidden).reduce(into: LossSum()) { sum, rows in
      let logits = logits(hidden[rows])
      // Over the logits, where activations are `Float` as well.
      let dLogits = logits as? MutableMatrix<Element> ?? dActivations.logits[0..<rows.count]
      sum += LossSum(
        crossEntropy(
          logits.readOnly, targets: targets + rows.lowerBound, ignoring: ignoring,
          gradientScale: gradientScale, dLogits: dLogits))
      logitsBackward(
        dLogits.readOnly, hidden: hidden[rows], into: dHidden[rows], addingTo: gradients)
    }
    return (sum, dHidden.readOnly)
  }

  /// The rows of hidden states, cut so that the logits of few tokens exist at a time.
  package static func chunks(of hidden: Matrix<Element>) -> [Range<Int>] {
    let largest = Activations<Element>.largestChunk
    return stride(from: 0, to: hidden.rows, by: largest).map {
      $0..<min($0 + largest, hidden.rows)
    }
  }
}
