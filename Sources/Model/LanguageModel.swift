import Kernels

/// A network with its output layer, behind a type that does not name how activations are stored.
package protocol LanguageModel: AnyObject {
  /// The sizes.
  var configuration: ModelConfiguration { get }

  /// Takes over parameters that have changed.
  func loadWeights()

  /// The cost of predicting `targets`, [tokens].
  func loss(_ batch: TokenBatch, targets: UnsafePointer<Int32>) -> LossSum

  /// The same cost, and the gradient of `gradientScale` times it, added to `gradients`.
  func lossAndGradient(
    _ batch: TokenBatch, targets: UnsafePointer<Int32>, gradientScale: Float,
    addingTo gradients: ParameterView
  ) -> LossSum
}

/// How activations are stored and matrix products are made.
package enum Precision: String, Codable, Sendable, CaseIterable {
  /// 32-bit floating point throughout.
  case fp32

  /// Activations and operands of products in bfloat16, everything that is summed in fp32.
  case bf16

  /// What this processor had better compute in where the precision is asked for: fp32 where it has
  /// no instructions for bfloat16, and `note` gets a line that says so.
  package func onThisProcessor(note: (String) -> Void = { _ in }) -> Precision {
    guard self == .bf16, !MatrixProducts.hasBFloat16Instructions else { return self }
    note("this processor has no bfloat16 instructions: computing in fp32")
    return .fp32
  }

  /// A network in this precision over `parameters`, for passes of up to `capacity` tokens.
  package func makeLanguageModel(
    _ parameters: ParameterStorage, capacity: Int, trainable: Bool
  ) -> any LanguageModel {
    switch self {
    case .fp32:
      DecoderLanguageModel<Float>(parameters, capacity: capacity, trainable: trainable)
    case .bf16:
      DecoderLanguageModel<BFloat16>(parameters, capacity: capacity, trainable: trainable)
    }
  }
}

/// A `Transformer` with a `LanguageModelHead`.
package final class DecoderLanguageModel<Element: ActivationElement>: LanguageModel {
  /// The blocks.
  package let transformer: Transformer<Element>

  /// The output layer.
  package let head: LanguageModelHead<Element>

  /// The sizes.
  package var configuration: ModelConfiguration { transformer.configuration }

  /// Makes a network over `parameters` for passes of up to `capacity` tokens.
  package init(
    _ parameters: ParameterStorage, capacity: Int, trainable: Bool,
    products: MatrixProducts = MatrixProducts()
  ) {
    transformer = Transformer(
      parameters, capacity: capacity, trainable: trainable, products: products)
    head = LanguageModelHead(of: transformer, capacity: capacity, trainable: trainable)
  }

  /// Takes over parameters that have changed.
  package func loadWeights() {
    transformer.loadWeights()
    head.loadWeights()
  }

  /// The cost of predicting `targets`, [tokens].
  package func loss(_ batch: TokenBatch, targets: UnsafePointer<Int32>) -> LossSum {
    head.loss(transformer.forward(batch), targets: targets)
  }

  /// The same cost, and the gradient of `gradientScale` times it, added to `gradients`.
  package func lossAndGradient(
    _ batch: TokenBatch, targets: UnsafePointer<Int32>, gradientScale: Float,
    addingTo gradients: ParameterView
  ) -> LossSum {
    let hidden = transformer.forward(batch)
    let (sum, dHidden) = head.lossAndGradient(
      hidden, targets: targets, gradientScale: gradientScale, addingTo: gradients)
    transformer.backward(dHidden, batch, addingTo: gradients)
    return sum
  }
}
