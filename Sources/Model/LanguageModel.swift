import ParableKernels

/// A decoder behind a type that does not name how activations are stored.
package protocol LanguageModel: AnyObject {
  /// The sizes.
  var configuration: ModelConfiguration { get }

  /// The cost of predicting `targets`, [tokens].
  func loss(_ batch: TokenBatch, targets: UnsafePointer<Int32>) -> LossSum

  /// The same cost, and the gradient of `gradientScale` times it, added to `gradients`.
  func lossAndGradient(
    _ batch: TokenBatch, targets: UnsafePointer<Int32>, gradientScale: Float,
    addingTo gradients: MutableParameterView
  ) -> LossSum

  /// The classifier's logit of every choice.
  func choiceLogits(_ sequence: ChoiceSequence, pooling: Pooling) -> [Float]

  /// The log-probability of every token of every choice, given what stands before it.
  func logLikelihoods(_ sequence: ChoiceSequence) -> [[Double]]

  /// What a question costs, with the gradients of `scale` times that added to `gradients`.
  func choiceCostAndGradient(
    _ sequence: ChoiceSequence, answer: Int, pooling: Pooling, objective: ChoiceObjective,
    scale: Float, addingTo gradients: MutableParameterView
  ) -> ChoiceCost
}

extension DecoderNetwork: LanguageModel {}

/// How activations are stored and matrix products are made.
package enum Precision: String, Codable, Sendable, CaseIterable {
  /// 32-bit floating point throughout.
  case fp32

  /// Activations and operands of products in bfloat16, everything that is summed in fp32.
  case bf16

  /// What this processor had better compute in where the precision is asked for: fp32 where it has
  /// no instructions for bfloat16, and `note` gets a line that says so.
  ///
  /// In portable bits nothing depends on the processor.
  package func onThisProcessor(note: (String) -> Void = { _ in }) -> Precision {
    guard self == .bf16, Bits.selected == .fast, !MatrixProducts.hasBFloat16Instructions
    else { return self }
    note("this processor has no bfloat16 instructions: computing in fp32")
    return .fp32
  }

  /// A network in this precision over `parameters`, with memory for passes of `capacity` tokens;
  /// longer ones take more when they come.
  package func makeLanguageModel(
    _ parameters: ParameterStorage, capacity: Int, trainable: Bool
  ) -> any LanguageModel {
    switch self {
    case .fp32: DecoderNetwork<Float>(parameters, capacity: capacity, trainable: trainable)
    case .bf16: DecoderNetwork<BFloat16>(parameters, capacity: capacity, trainable: trainable)
    }
  }
}

/// What a language model's predictions cost, summed over tokens.
package struct LossSum: Equatable, Sendable {
  /// Cross-entropy in nats, summed over the counted tokens.
  package var loss = 0.0

  /// How many counted tokens the largest logit got right.
  package var correct = 0

  /// How many tokens were counted.
  package var counted = 0

  /// Nothing yet.
  package init() {}

  init(_ sum: (loss: Double, correct: Int, counted: Int)) {
    (loss, correct, counted) = sum
  }

  /// Adds another sum.
  package static func += (sum: inout LossSum, other: LossSum) {
    sum.loss += other.loss
    sum.correct += other.correct
    sum.counted += other.counted
  }
}
