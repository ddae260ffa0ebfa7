import Kernels

/// Causal multi-head self-attention: queries, keys and values by one product, rotated by position,
/// and the projection of what the heads bring together.
package final class SelfAttention<Element: ActivationElement> {
  private let configuration: ModelConfiguration
  private let products: MatrixProducts
  private let rotary: RotaryTable?
  private let queryKeyValue: LinearWeights<Element>
  private let output: LinearWeights<Element>

  /// Without a rotary table nothing depends on positions but the mask.
  package init(
    _ configuration: ModelConfiguration, products: MatrixProducts, rotary: RotaryTable?,
    trainable: Bool = true
  ) {
    let width = configuration.width
    self.configuration = configuration
    self.products = products
    self.rotary = rotary
    queryKeyValue = LinearWeights(
      outputs: 3 * width, inputs: width, products: products, forwardOnly: !trainable)
    output = LinearWeights(
      outputs: width, inputs: width, products: products, forwardOnly: !trainable)
  }

  /// Takes over weights that have changed.
  package func load(_ parameters: BlockParameters) {
    queryKeyValue.load(parameters.queryKeyValue)
    output.load(parameters.attentionOutput)
  }

  /// Reads `kept.attentionInput` and overwrites `branch`, both [tokens, width].
  ///
  /// With a cache, keys and values are appended to it and the tokens attend to all that it holds.
  package func forward(
    _ batch: TokenBatch, kept: BlockActivations<Element>,
    cache: KeyValueCache<Element>.Layer? = nil, into branch: Matrix<Element>
  ) {
    let tokens = batch.tokens
    queryKeyValue.forward(kept.attentionInput[tokens], into: kept.queryKeyValue[tokens])
    attend(batch, kept: kept, cache: cache)
    output.forward(kept.attended[tokens], into: branch)
  }

  /// Leaves the gradient of `kept.attentionInput` in `flow.normed`, given that of the output, and
  /// adds the weights' to `gradients`.
  package func backward(
    _ dBranch: Matrix<Element>, _ batch: TokenBatch, kept: BlockActivations<Element>,
    flow: BlockGradients<Element>, addingTo gradients: BlockParameters
  ) {
    let tokens = batch.tokens
    output.backward(dBranch, into: flow.attended[tokens])
    products.multiply(
      transposeOf: dBranch, kept.attended[tokens], addingTo: gradients.attentionOutput)
    attendBackward(batch, kept: kept, flow: flow)
    queryKeyValue.backward(flow.queryKeyValue[tokens], into: flow.normed[tokens])
    products.multiply(
      transposeOf: flow.queryKeyValue[tokens], kept.attentionInput[tokens],
      addingTo: gradients.queryKeyValue)
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
    guard let rotary else { return }
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
      headStride: configuration.headWidth, owner: matrix.owner)
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
}
