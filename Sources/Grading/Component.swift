import Foundation
import ParableModel

/// A part of the network or of its training that a case can check alone.
struct Component: Sendable {
  /// The name by which cases call it.
  let name: String
  /// The tensors that a case gives; a `?` ends the name of one that may be left out, and `N` stands
  /// for 0, 1, ….
  let tensors: [String]
  /// The hyperparameters that a case gives, with `?` likewise.
  let hyperparameters: [String]
  /// Computes it from a case's tensors and hyperparameters.
  let compute: @Sendable (ComponentCase) throws -> ComponentResult

  private init(
    _ name: String, _ tensors: [String], with hyperparameters: [String] = [],
    _ compute: @escaping @Sendable (ComponentCase) throws -> ComponentResult
  ) {
    self.name = name
    self.tensors = tensors
    self.hyperparameters = hyperparameters
    self.compute = compute
  }

  static func named(_ name: String) -> Component? { all.first { $0.name == name } }

  /// What a case of it gives, in one line.
  var inputs: String {
    let constants = hyperparameters.isEmpty ? [] : ["with " + Self.list(hyperparameters)]
    return ([Self.list(tensors)] + constants)
      .filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Names as a list in which the parameters of a network or of a layer are one.
  static func list(_ names: [String]) -> String {
    let isNetwork = Set(names).isSuperset(of: trunk)
    let parameters = isNetwork ? state : Set(names).isSuperset(of: layer) ? layer : []
    let others = names.filter { !parameters.contains($0) }
    let dictionary = parameters.isEmpty ? [] : ["the state dictionary"]
    return (dictionary + others).joined(separator: ", ")
  }

  private static let sizes = [
    "vocab_size", "context_length", "d_model", "num_layers", "num_heads", "d_ff",
  ]
  private static let network = sizes + ["rope_theta", "eps"]
  private static let schedule = [
    "max_learning_rate", "min_learning_rate", "warmup_steps", "total_steps",
  ]
  private static let projections = [
    "q_proj.weight", "k_proj.weight", "v_proj.weight", "output_proj.weight",
  ]
  /// The state dictionary of a whole network, `N` for a layer.
  private static let state = ParameterLayout(
    ModelConfiguration(
      vocabulary: 1, context: 1, width: 2, layers: 1, heads: 1, hidden: 1, normEpsilon: 0)
  ).entries.map { $0.name.replacing("layers.0.", with: "layers.N.") }
  private static let layer = state.filter { $0.hasPrefix("layers.N.") }
    .map { String($0.dropFirst("layers.N.".count)) }
  /// The network without its projection to the vocabulary.
  private static let trunk = state.filter { $0 != "output.weight" }

  static let all = [
    Component("linear", ["x", "weight", "grad_output?"], linear),
    Component("embedding", ["token_ids", "weight", "grad_output?"], embeddingRows),
    Component("rmsnorm", ["x", "weight", "grad_output?"], with: ["eps"], rootMeanSquareNorm),
    Component("silu", ["input", "grad_output?"], sigmoidLinearUnit),
    Component("swiglu", ["x", "w1", "w2", "w3", "grad_output?"], feedForward),
    Component("softmax", ["x", "grad_output?"], with: ["dim"], softmaxAlongDimension),
    Component(
      "rope", ["x", "token_positions?", "grad_output?"], with: ["theta", "max_seq_len"],
      rotaryPositions),
    Component(
      "scaled_dot_product_attention", ["q", "k", "v", "mask?", "grad_output?"],
      scaledDotProductAttention),
    Component(
      "multihead_self_attention", ["x"] + projections + ["grad_output?"], with: ["num_heads"],
      { try selfAttention($0, isRotary: false) }),
    Component(
      "multihead_self_attention_with_rope",
      ["x"] + projections + ["token_positions?", "grad_output?"],
      with: ["num_heads", "theta", "max_seq_len"], { try selfAttention($0, isRotary: true) }),
    Component(
      "transformer_block", ["x"] + layer + ["token_positions?", "grad_output?"],
      with: ["num_heads", "theta", "max_seq_len", "eps"], transformerBlock),
    Component(
      "transformer_lm", ["token_ids"] + state + ["targets?", "grad_output?"],
      with: network + ["ignore_index?"], languageModel),
    Component(
      "cross_entropy", ["logits", "targets", "grad_output?"], with: ["ignore_index?"],
      meanCrossEntropy),
    Component("perplexity", ["logits", "targets"], with: ["ignore_index?"]) {
      ComponentResult(output: try $0.scalar(exp(cost($0).loss)))
    },
    Component("token_accuracy", ["logits", "targets"], with: ["ignore_index?"]) {
      ComponentResult(output: try $0.scalar(cost($0).accuracy))
    },
    Component("gradient_clipping", ["gradient.N"], with: ["max_norm"], gradientClipping),
    Component("cosine_schedule", ["steps"], with: schedule, cosineSchedule),
    Component(
      "adamw", ["parameter", "gradients"],
      with: ["learning_rate", "beta1", "beta2", "eps", "weight_decay"], adamWSteps),
    Component(
      "pooling", ["hidden_states", "attention_mask", "grad_output?"], with: ["pooling"],
      pooledStates),
    Component(
      "multiple_choice",
      ["input_ids", "attention_mask"] + trunk + ["classifier.weight", "labels?"],
      with: network + ["pooling"], multipleChoice),
    Component(
      "greedy_decode", ["input_ids"] + state, with: network + ["max_new_tokens"], greedyDecoding),
    Component(
      "sampling", ["logits"], with: ["strategy", "top_k?", "top_p?", "temperature?", "seed"],
      sampledTokens),
    Component(
      "pretraining_steps", ["batches"] + state,
      with: network + schedule + [
        "first_step", "max_norm", "beta1", "beta2", "adam_eps", "weight_decay",
      ], pretrainingSteps),
    Component("count_parameters", [], with: sizes, accounting { sizes, _ in sizes.parameterCount }),
    Component(
      "count_flops_per_token", [], with: sizes,
      accounting { sizes, _ in sizes.forwardFLOPsPerToken }),
    Component(
      "estimate_memory_bytes", [], with: sizes + ["dtype_bytes"],
      accounting { sizes, given in
        try sizes.parameterBytes(bytesPerParameter: given.integer("dtype_bytes", in: 1...8))
      }),
  ]
}
