import Kernels

/// What the passes of a network take beside its parameters, computed from its sizes alone.
package struct PassMemory {
  private let configuration: ModelConfiguration
  private let storage: ActivationStorage
  private let isTrainable: Bool

  /// Accounts for passes with activations of this storage; `isTrainable` says whether backward, too.
  package init(_ configuration: ModelConfiguration, _ storage: ActivationStorage, isTrainable: Bool)
  {
    self.configuration = configuration
    self.storage = storage
    self.isTrainable = isTrainable
  }

  private var elementBytes: Int { storage == .float ? 4 : 2 }

  /// Bytes of the weights in the layouts of the products, forward and, in training, backward.
  package func weightCopies(_ products: MatrixProducts = MatrixProducts()) -> Int {
    guard products.copiesWeights(storage) else { return 0 }
    let embedding = configuration.vocabulary * configuration.width
    return (isTrainable ? 2 : 1) * elementBytes
      * (Accounting(configuration).parameterCount - embedding)
  }

  /// Bytes of the activations of `tokens` tokens, of their gradients in training, and of the logits
  /// of a chunk.
  package func activations(tokens: Int) -> Int {
    let (width, hidden) = (configuration.width, configuration.hidden)
    let kept = 2 * 4 * width + (6 * width + 3 * hidden) * elementBytes + 4 * configuration.heads
    let flow = 2 * 4 * width + (9 * width + 3 * hidden) * elementBytes
    // The blocks of a network that is not trained share one set.
    let perToken =
      isTrainable ? configuration.layers * kept + flow : kept + (4 + 2 * elementBytes) * width
    let logits =
      min(tokens, LanguageModelHead<Float>.largestChunk) * configuration.vocabulary
      * (4 + (isTrainable && storage != .float ? elementBytes : 0))
    return tokens * perToken + logits
  }
}
