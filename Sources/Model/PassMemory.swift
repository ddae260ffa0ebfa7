import ParableKernels

/// What the passes of a network take beside its parameters, found from its sizes alone.
package struct PassMemory {
  private let configuration: ModelConfiguration
  private let storage: ActivationStorage
  private let isTrainable: Bool

  /// Accounts for passes with activations of this storage; `isTrainable` says whether backward, too.
  package init(
    _ configuration: ModelConfiguration, _ storage: ActivationStorage, isTrainable: Bool
  ) {
    self.configuration = configuration
    self.storage = storage
    self.isTrainable = isTrainable
  }

  /// Bytes of the packed weights, forward and, in training, backward.
  package func packedWeights(_ products: MatrixProducts = MatrixProducts()) -> Int {
    guard products.copiesWeights(storage) else { return 0 }
    let embedding = configuration.vocabulary * configuration.width
    return (isTrainable ? 2 : 1) * (storage == .float ? 4 : 2)
      * (Accounting(configuration).parameterCount - embedding)
  }

  /// Bytes of packed weights that ranks share, padded to whole pages.
  package static func sharedWeights(_ layout: ParameterLayout, _ precision: Precision) -> Int {
    switch precision {
    case .fp32: PackedWeights<Float>.arenaByteCount(layout)
    case .bf16: PackedWeights<BFloat16>.arenaByteCount(layout)
    }
  }

  /// Bytes of the activations of `tokens` tokens, of their gradients in training, and of the logits
  /// of a chunk.
  package func activations(tokens: Int) -> Int {
    storage == .float ? bytes(Float.self, tokens) : bytes(BFloat16.self, tokens)
  }

  private func bytes<Element: ActivationElement>(_ type: Element.Type, _ tokens: Int) -> Int {
    let scratch = Scratch(onlyCounts: true)
    _ = Activations<Element>(configuration, tokens: tokens, isTrainable: isTrainable, in: scratch)
    return scratch.byteCount
  }
}
