/// A part of the network or of its training that a case can check alone.
struct Component: Sendable {
  /// The name by which cases call it.
  let name: String
  /// Computes it from a case's tensors and hyperparameters.
  let compute: @Sendable (ComponentCase) throws -> ComponentResult

  private init(
    _ name: String, _ compute: @escaping @Sendable (ComponentCase) throws -> ComponentResult
  ) {
    self.name = name
    self.compute = compute
  }

  /// Every component there is.
  static let all = [
    Component("linear", linear),
    Component("embedding", embeddingRows),
    Component("rmsnorm", rootMeanSquareNorm),
    Component("silu", sigmoidLinearUnit),
    Component("swiglu", feedForward),
    Component("softmax", softmaxAlongDimension),
    Component("rope", rotaryPositions),
    Component("scaled_dot_product_attention", scaledDotProductAttention),
    Component("multihead_self_attention", selfAttentionWithoutPositions),
    Component("multihead_self_attention_with_rope", selfAttentionWithPositions),
    Component("transformer_block", transformerBlock),
    Component("transformer_lm", languageModel),
    Component("cross_entropy", meanCrossEntropy),
    Component("perplexity", perplexity),
    Component("token_accuracy", tokenAccuracy),
    Component("gradient_clipping", gradientClipping),
    Component("cosine_schedule", cosineSchedule),
    Component("adamw", adamWSteps),
    Component("pooling", pooledStates),
    Component("multiple_choice", multipleChoice),
    Component("greedy_decode", greedyDecoding),
    Component("pretraining_steps", pretrainingSteps),
    Component("count_parameters", parameterCount),
    Component("count_flops_per_token", forwardFLOPsPerToken),
    Component("estimate_memory_bytes", parameterBytes),
  ]

  /// The component of this name.
  static func named(_ name: String) -> Component? { all.first { $0.name == name } }
}
