import Kernels

/// One block of the network: x + attention(RMSNorm(x)), then x + SwiGLU(RMSNorm(x)).
package final class TransformerBlock<Element: ActivationElement> {
  private let normEpsilon: Float
  private let selfAttention: SelfAttention<Element>
  private let feedForward: FeedForward<Element>

  package init(
    _ configuration: ModelConfiguration, products: MatrixProducts, rotary: RotaryTable,
    trainable: Bool = true
  ) {
    normEpsilon = configuration.normEpsilon
    selfAttention = SelfAttention(
      configuration, products: products, rotary: rotary, trainable: trainable)
    feedForward = FeedForward(configuration, products: products, trainable: trainable)
  }

  /// Takes over weights that have changed.
  package func load(_ parameters: BlockParameters) {
    selfAttention.load(parameters)
    feedForward.load(parameters)
  }

  /// Reads `kept.input` and overwrites `output`, both [tokens, width].
  ///
  /// With a cache, keys and values are appended to it and the tokens attend to all that it holds.
  /// `branch` is scratch, [tokens, width].
  package func forward(
    _ batch: TokenBatch, parameters: BlockParameters, kept: BlockActivations<Element>,
    branch: Matrix<Element>, cache: KeyValueCache<Element>.Layer? = nil,
    into output: Matrix<Float>
  ) {
    let tokens = batch.tokens
    rmsNorm(
      kept.input[tokens], gain: parameters.attentionNorm, epsilon: normEpsilon,
      into: kept.attentionInput[tokens], inverseRMS: kept.inputInverseRMS.base)
    selfAttention.forward(batch, kept: kept, cache: cache, into: branch)
    kept.middle[tokens].base.update(from: kept.input[tokens].base, count: branch.count)
    residualRMSNorm(
      addingTo: kept.middle[tokens], branch, gain: parameters.feedForwardNorm,
      epsilon: normEpsilon, into: kept.feedForwardInput[tokens],
      inverseRMS: kept.middleInverseRMS.base)
    feedForward.forward(tokens, kept: kept, into: branch)
    output.base.update(from: kept.middle[tokens].base, count: branch.count)
    add(branch, addingTo: output)
  }

  /// Takes the gradient of the output in `flow.stream`, leaves that of the input there, and adds
  /// the parameters' to `gradients`: `forward` read upwards.
  package func backward(
    _ batch: TokenBatch, parameters: BlockParameters, kept: BlockActivations<Element>,
    flow: BlockGradients<Element>, addingTo gradients: BlockParameters
  ) {
    let tokens = batch.tokens
    let dStream = flow.stream[tokens]
    feedForward.backward(
      flow.streamAsElements(tokens), kept: kept, flow: flow, addingTo: gradients)
    rmsNormBackward(
      flow.normed[tokens], x: kept.middle[tokens], gain: parameters.feedForwardNorm,
      inverseRMS: kept.middleInverseRMS.base, addingTo: dStream,
      addingTo: gradients.feedForwardNorm)
    selfAttention.backward(
      flow.streamAsElements(tokens), batch, kept: kept, flow: flow, addingTo: gradients)
    rmsNormBackward(
      flow.normed[tokens], x: kept.input[tokens], gain: parameters.attentionNorm,
      inverseRMS: kept.inputInverseRMS.base, addingTo: dStream, addingTo: gradients.attentionNorm)
  }
}
