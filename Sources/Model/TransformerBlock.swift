import Kernels

/// One block of the network: x + attention(RMSNorm(x)), then x + SwiGLU(RMSNorm(x)).
final class TransformerBlock<Element: ActivationElement> {
  private let configuration: ModelConfiguration
  private let products: MatrixProducts
  private let rotary: RotaryTable
  private let queryKeyValue: LinearWeights<Element>
  private let attentionOutput: LinearWeights<Element>
  private let gateUp: LinearWeights<Element>
  private let down: LinearWeights<Element>

  init(_ configuration: ModelConfiguration, products: MatrixProducts, rotary: RotaryTable) {
    let width = configuration.width
    let hidden = configuration.hidden
    func weights(_ outputs: Int, _ inputs: Int) -> LinearWeights<Element> {
      LinearWeights(outputs: outputs, inputs: inputs, products: products)
    }
    self.configuration = configuration
    self.products = products
    self.rotary = rotary
    queryKeyValue = weights(3 * width, width)
    attentionOutput = weights(width, width)
    gateUp = weights(2 * hidden, width)
    down = weights(width, hidden)
  }

  /// Takes over weights that have changed.
  func load(_ parameters: BlockParameters) {
    queryKeyValue.load(parameters.queryKeyValue)
    attentionOutput.load(parameters.attentionOutput)
    gateUp.load(parameters.gateUp)
    down.load(parameters.down)
  }

  /// Reads `kept.input` and overwrites `output`, both [tokens, width].
  ///
  /// With a cache, keys and values are appended to it and the tokens attend to all that it holds.
  /// `branch` is scratch, [tokens, width].
  func forward(
    _ batch: TokenBatch, parameters: BlockParameters, kept: BlockActivations<Element>,
    branch: Matrix<Element>, cache: KeyValueCache<Element>.Layer?, into output: Matrix<Float>
  ) {
    let tokens = batch.tokens
    let epsilon = configuration.normEpsilon
    rmsNorm(
      kept.input[tokens], gain: parameters.attentionNorm, epsilon: epsilon,
      into: kept.attentionInput[tokens], inverseRMS: kept.inputInverseRMS.base)
    queryKeyValue.forward(kept.attentionInput[tokens], into: kept.queryKeyValue[tokens])
    attend(batch, kept: kept, cache: cache)
    attentionOutput.forward(kept.attended[tokens], into: branch)
    kept.middle[tokens].base.update(from: kept.input[tokens].base, count: branch.count)
    residualRMSNorm(
      addingTo: kept.middle[tokens], branch, gain: parameters.feedForwardNorm, epsilon: epsilon,
      into: kept.feedForwardInput[tokens], inverseRMS: kept.middleInverseRMS.base)
    gateUp.forward(kept.feedForwardInput[tokens], into: kept.gateUp[tokens])
    let (gate, up) = halves(kept.gateUp[tokens])
    swiGLU(gate: gate, up: up, into: kept.activated[tokens])
    down.forward(kept.activated[tokens], into: branch)
    output.base.update(from: kept.middle[tokens].base, count: branch.count)
    add(branch, addingTo: output)
  }

  /// Takes the gradient of the output in `flow.stream`, leaves that of the input there, and adds
  /// the parameters' to `gradients`: `forward` read upwards.
  func backward(
    _ batch: TokenBatch, parameters: BlockParameters, kept: BlockActivations<Element>,
    flow: BlockGradients<Element>, addingTo gradients: BlockParameters
  ) {
    let tokens = batch.tokens
    let dStream = flow.stream[tokens]

    var dBranch = flow.streamAsElements(tokens)
    down.backward(dBranch, into: flow.activated[tokens])
    products.multiply(transposeOf: dBranch, kept.activated[tokens], addingTo: gradients.down)
    let (gate, up) = halves(kept.gateUp[tokens])
    let (dGate, dUp) = halves(flow.gateUp[tokens])
    swiGLUBackward(flow.activated[tokens], gate: gate, up: up, into: dGate, into: dUp)
    gateUp.backward(flow.gateUp[tokens], into: flow.normed[tokens])
    products.multiply(
      transposeOf: flow.gateUp[tokens], kept.feedForwardInput[tokens], addingTo: gradients.gateUp)
    rmsNormBackward(
      flow.normed[tokens], x: kept.middle[tokens], gain: parameters.feedForwardNorm,
      inverseRMS: kept.middleInverseRMS.base, addingTo: dStream,
      addingTo: gradients.feedForwardNorm)

    dBranch = flow.streamAsElements(tokens)
    attentionOutput.backward(dBranch, into: flow.attended[tokens])
    products.multiply(
      transposeOf: dBranch, kept.attended[tokens], addingTo: gradients.attentionOutput)
    attendBackward(batch, kept: kept, flow: flow)
    queryKeyValue.backward(flow.queryKeyValue[tokens], into: flow.normed[tokens])
    products.multiply(
      transposeOf: flow.queryKeyValue[tokens], kept.attentionInput[tokens],
      addingTo: gradients.queryKeyValue)
    rmsNormBackward(
      flow.normed[tokens], x: kept.input[tokens], gain: parameters.attentionNorm,
      inverseRMS: kept.inputInverseRMS.base, addingTo: dStream, addingTo: gradients.attentionNorm)
  }

  /// Rotates queries and keys in place and overwrites `kept.attended`.
  private func attend(
    _ batch: TokenBatch, kept: BlockActivations<Element>, cache: KeyValueCache<Element>.Layer?
  ) {
    let tokens = batch.tokens
    let (query, key, value) = heads(kept.queryKeyValue[tokens], batch)
    rotate(query, batch, inverse: false)
    rotate(key, batch, inverse: false)
    var shape = attentionShape(batch)
    var keys = key
    var values = value
    if let cache {
      cache.append(key: key, value: value, batch: batch.batch, sequence: batch.sequence)
      shape.keyLength = cache.length
      keys = cache.keys
      values = cache.values
    }
    attention(
      query: query, key: keys, value: values, shape: shape, mask: batch.mask,
      into: single(kept.attended[tokens], batch), logSumExp: kept.logSumExp.base)
  }

  /// From the gradient of what the heads bring together to that of the projections' outputs.
  private func attendBackward(
    _ batch: TokenBatch, kept: BlockActivations<Element>, flow: BlockGradients<Element>
  ) {
    let tokens = batch.tokens
    let (query, key, value) = heads(kept.queryKeyValue[tokens], batch)
    let (dQuery, dKey, dValue) = heads(flow.queryKeyValue[tokens], batch)
    attentionBackward(
      single(flow.attended[tokens], batch), query: query, key: key, value: value,
      output: single(kept.attended[tokens], batch), logSumExp: kept.logSumExp.base,
      shape: attentionShape(batch), mask: batch.mask, into: dQuery, into: dKey, into: dValue)
    rotate(dQuery, batch, inverse: true)
    rotate(dKey, batch, inverse: true)
  }

  private func rotate(_ x: Heads<Element>, _ batch: TokenBatch, inverse: Bool) {
    Kernels.rotate(
      x, batch: batch.batch, sequence: batch.sequence, heads: configuration.heads,
      positions: batch.positions, table: rotary, inverse: inverse)
  }

  private func attentionShape(_ batch: TokenBatch) -> AttentionShape {
    AttentionShape(
      batch: batch.batch, heads: configuration.heads, queryLength: batch.sequence,
      keyLength: batch.sequence, headWidth: configuration.headWidth,
      valueWidth: configuration.headWidth)
  }

  /// The heads of a matrix [tokens, width].
  private func single(_ matrix: Matrix<Element>, _ batch: TokenBatch) -> Heads<Element> {
    Heads(
      matrix.base, batchStride: batch.sequence * matrix.stride, tokenStride: matrix.stride,
      headStride: configuration.headWidth)
  }

  /// The heads of queries, keys and values in a matrix [tokens, 3 · width].
  private func heads(
    _ matrix: Matrix<Element>, _ batch: TokenBatch
  ) -> (query: Heads<Element>, key: Heads<Element>, value: Heads<Element>) {
    let width = configuration.width
    return (
      single(matrix.columns(0..<width), batch),
      single(matrix.columns(width..<2 * width), batch),
      single(matrix.columns(2 * width..<3 * width), batch)
    )
  }

  private func halves(_ matrix: Matrix<Element>) -> (gate: Matrix<Element>, up: Matrix<Element>) {
    let hidden = configuration.hidden
    return (matrix.columns(0..<hidden), matrix.columns(hidden..<2 * hidden))
  }
}
