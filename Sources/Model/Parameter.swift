/// One tensor of a network's parameters, and what is known of it whatever the network's sizes.
package enum Parameter: Hashable, Sendable {
  /// The token embedding, [vocabulary, width].
  case tokenEmbeddings

  /// A tensor of the block with this index.
  case block(Int, BlockParameter)

  /// The gain of the last norm, [width].
  case finalNorm

  /// The output projection, [vocabulary, width].
  case output

  /// The weight of a classifier of choices behind the network, [1, width].
  case classifier
}

/// One tensor of a block, in the order of the layout: weights that one matrix product serves follow
/// each other.
package enum BlockParameter: CaseIterable, Hashable, Sendable {
  /// The gain before attention, [width].
  case attentionNorm

  /// The projection to queries, [width, width].
  case query

  /// The projection to keys, [width, width].
  case key

  /// The projection to values, [width, width].
  case value

  /// The projection of the heads back into the residual stream, [width, width].
  case attentionOutput

  /// The gain before the feed-forward layer, [width].
  case feedForwardNorm

  /// W1, whose outputs SiLU gates with, [hidden, width].
  case gate

  /// W3, whose outputs are gated, [hidden, width].
  case up

  /// W2, back into the residual stream, [width, hidden].
  case down
}

/// How a parameter is drawn before training.
package enum ParameterInitialization: Equatable, Sendable {
  /// Normal with this standard deviation.
  case normal(Float)

  /// Uniform within ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010).
  case xavierUniform

  /// All ones.
  case ones
}

extension Parameter {
  /// The name in the state dictionaries of the assignment, which component cases use.
  package var stateDictionaryName: String {
    switch self {
    case .tokenEmbeddings: "token_embeddings.weight"
    case .block(let index, let parameter):
      "layers.\(index).\(parameter.stateDictionaryName).weight"
    case .finalNorm: "final_ln.weight"
    case .output: "output.weight"
    case .classifier: "classifier.weight"
    }
  }

  /// The name in Hugging Face's Llama, which files of weights use.
  package var huggingFaceName: String {
    switch self {
    case .tokenEmbeddings: "model.embed_tokens.weight"
    case .block(let index, let parameter):
      "model.layers.\(index).\(parameter.huggingFaceName).weight"
    case .finalNorm: "model.norm.weight"
    case .output: "lm_head.weight"
    case .classifier: "classifier.weight"
    }
  }

  /// The shape in a network of these sizes: [outputs, inputs] of a linear layer, [width] of a gain.
  package func shape(in configuration: ModelConfiguration) -> [Int] {
    let width = configuration.width
    return switch self {
    case .tokenEmbeddings, .output: [configuration.vocabulary, width]
    case .block(_, .attentionNorm), .block(_, .feedForwardNorm), .finalNorm: [width]
    case .block(_, .gate), .block(_, .up): [configuration.hidden, width]
    case .block(_, .down): [width, configuration.hidden]
    case .block(_, .query), .block(_, .key), .block(_, .value), .block(_, .attentionOutput):
      [width, width]
    case .classifier: [1, width]
    }
  }

  /// How it is drawn.
  package var initialization: ParameterInitialization {
    switch self {
    case .tokenEmbeddings: .normal(0.02)
    case .block(_, .attentionNorm), .block(_, .feedForwardNorm), .finalNorm: .ones
    default: .xavierUniform
    }
  }

  /// Whether weight decay applies: to all but the gains.
  package var decays: Bool {
    switch self {
    case .block(_, .attentionNorm), .block(_, .feedForwardNorm), .finalNorm: false
    default: true
    }
  }
}

extension BlockParameter {
  fileprivate var stateDictionaryName: String {
    switch self {
    case .attentionNorm: "ln1"
    case .query: "attn.q_proj"
    case .key: "attn.k_proj"
    case .value: "attn.v_proj"
    case .attentionOutput: "attn.output_proj"
    case .feedForwardNorm: "ln2"
    case .gate: "ffn.w1"
    case .up: "ffn.w3"
    case .down: "ffn.w2"
    }
  }

  fileprivate var huggingFaceName: String {
    switch self {
    case .attentionNorm: "input_layernorm"
    case .query: "self_attn.q_proj"
    case .key: "self_attn.k_proj"
    case .value: "self_attn.v_proj"
    case .attentionOutput: "self_attn.o_proj"
    case .feedForwardNorm: "post_attention_layernorm"
    case .gate: "mlp.gate_proj"
    case .up: "mlp.up_proj"
    case .down: "mlp.down_proj"
    }
  }
}
