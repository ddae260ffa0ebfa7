import Kernels
import Platform

/// The network without its output layer: from token ids to normed hidden states and back.
///
/// It owns the activations of one pass; `backward` belongs to the `forward` before it.
package final class Transformer<Element: ActivationElement> {
  /// The sizes.
  package let configuration: ModelConfiguration

  /// The parameters that it reads; after a change call `loadWeights`.
  package let storage: ParameterStorage

  var parameters: ParameterView { storage.view }

  let products: MatrixProducts
  private let blocks: [TransformerBlock<Element>]
  private let kept: [BlockActivations<Element>]
  private let flow: BlockGradients<Element>?
  private let output: Rows<Float>
  private let outputInverseRMS: OwnedBuffer<Float>
  private let hidden: Rows<Element>
  private let branch: Rows<Element>
  private let capacity: Int

  /// Makes a network over the parameters of `storage` for passes of up to `capacity` tokens.
  ///
  /// Where `trainable` is false the blocks share one set of activations and there is no `backward`.
  package init(
    _ storage: ParameterStorage, capacity: Int, trainable: Bool,
    products: MatrixProducts = MatrixProducts()
  ) {
    let configuration = storage.view.layout.configuration
    // Here all of it is known, and nothing of it is there yet.
    let memory = PassMemory(configuration, Element.storage, isTrainable: trainable)
    OutOfMemory.require(
      byteCount: memory.weightCopies(products) + memory.activations(tokens: capacity))
    self.products = products
    let rotary = RotaryTable(
      headWidth: configuration.headWidth, positions: configuration.context,
      theta: configuration.ropeTheta)
    self.configuration = configuration
    self.storage = storage
    self.capacity = capacity
    blocks = (0..<configuration.layers).map { _ in
      TransformerBlock(
        configuration, products: products, rotary: rotary, trainable: trainable)
    }
    kept = (0..<(trainable ? configuration.layers : 1)).map { _ in
      BlockActivations(configuration, capacity: capacity)
    }
    flow = trainable ? BlockGradients(configuration, capacity: capacity) : nil
    output = Rows(capacity, configuration.width)
    outputInverseRMS = OwnedBuffer(count: capacity)
    hidden = Rows(capacity, configuration.width)
    branch = Rows(capacity, configuration.width)
    loadWeights()
  }

  /// Takes over parameters that have changed.
  package func loadWeights() {
    for (index, block) in blocks.enumerated() { block.load(parameters.layer(index)) }
  }

  /// The normed hidden states of all tokens, [tokens, width], valid until the next pass.
  ///
  /// With a cache the tokens stand behind those that it holds, and are added to it.
  package func forward(
    _ batch: TokenBatch, cache: KeyValueCache<Element>? = nil
  ) -> Matrix<Element> {
    let tokens = batch.tokens
    precondition(tokens <= capacity)
    embedding(batch.ids, table: parameters.tokenEmbeddings, into: kept[0].input[tokens])
    for (index, block) in blocks.enumerated() {
      let activations = kept[kept.count == 1 ? 0 : index]
      // Without a backward pass one set of activations serves all blocks, in place.
      let isLast = index == blocks.count - 1
      let next =
        isLast ? output[tokens] : kept[kept.count == 1 ? 0 : index + 1].input[tokens]
      block.forward(
        batch, parameters: parameters.layer(index), kept: activations, branch: branch[tokens],
        cache: cache?.layers[index], into: next)
    }
    rmsNorm(
      output[tokens], gain: parameters.finalNorm, epsilon: configuration.normEpsilon,
      into: hidden[tokens], inverseRMS: outputInverseRMS.base)
    return hidden[tokens]
  }

  /// Adds the gradients of all parameters but the output layer's, given that of the hidden states
  /// which `forward` returned, [tokens, width].
  package func backward(
    _ dHidden: Matrix<Element>, _ batch: TokenBatch, addingTo gradients: ParameterView
  ) {
    guard let flow else { preconditionFailure("this network was made without a backward pass") }
    let tokens = batch.tokens
    let dStream = flow.stream[tokens]
    dStream.base.update(repeating: 0, count: dStream.count)
    rmsNormBackward(
      dHidden, x: output[tokens], gain: parameters.finalNorm, inverseRMS: outputInverseRMS.base,
      addingTo: dStream, addingTo: gradients.finalNorm)
    for (index, block) in blocks.enumerated().reversed() {
      block.backward(
        batch, parameters: parameters.layer(index), kept: kept[index], flow: flow,
        addingTo: gradients.layer(index))
    }
    embeddingBackward(batch.ids, dOutput: dStream, addingTo: gradients.tokenEmbeddings)
  }
}
