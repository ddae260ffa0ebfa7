import Foundation
import ParableModel
import ParableTraining
import Testing

/// Configurations mean what they mean in `transformers` 5.24 (`LlamaConfig`), or are refused with a
/// reason.
@Suite struct HuggingFaceConfigurationTests {
  private let model: SmallModel

  init() throws { model = try SmallModel() }

  private func configuration(_ changes: [String: Any?]) throws -> ModelConfiguration {
    try model.configure(changes)
    return try ModelDirectory(path: model.path).configuration
  }

  /// Some members of a configuration, nil to leave one out; not all of it is `Sendable`.
  struct Changes: @unchecked Sendable, CustomTestStringConvertible {
    let members: [String: Any?]
    var testDescription: String {
      members.map { "\($0): \($1.map { "\($0)" } ?? "left out")" }.sorted().joined(separator: ", ")
    }

    init(_ members: [String: Any?]) { self.members = members }
  }

  @Test(arguments: [
    Changes(["eos_token_id": [256, 3], "bos_token_id": nil]),
    Changes(["eos_token_id": NSNull(), "pad_token_id": -1]),
    Changes(["architectures": nil]), Changes(["hidden_act": nil]),
    Changes(["hidden_act": "swish"]), Changes(["head_dim": nil]),
    Changes(["head_dim": NSNull(), "num_key_value_heads": NSNull()]),
    Changes(["num_key_value_heads": nil]), Changes(["torch_dtype": nil, "dtype": "bfloat16"]),
    Changes(["rope_parameters": ["rope_type": "default"]]),
    Changes(["rope_parameters": ["rope_theta": 10000]]),
    Changes(["rope_parameters": [String: Any]()]), Changes(["rope_parameters": nil]),
    Changes(["rope_parameters": nil, "rope_theta": nil]),
    Changes(["rope_scaling": NSNull()]), Changes(["rope_scaling": ["rope_type": "default"]]),
    Changes(["quantization_config": NSNull()]), Changes(["mlp_bias": nil, "attention_bias": nil]),
    Changes(["tie_word_embeddings": nil, "initializer_range": 0.02, "pretraining_tp": 1]),
    Changes(["partial_rotary_factor": 1.0]),
  ])
  func whatIsLeftOutHasItsDefault(_ changes: Changes) throws {
    #expect(try configuration(changes.members) == SmallModel.configuration)
  }

  @Test func valuesAreTakenFromWhereTransformersTakesThem() throws {
    #expect(try configuration(["rms_norm_eps": nil]).normEpsilon == 1e-6)
    #expect(try configuration(["rms_norm_eps": 1e-5]).normEpsilon == 1e-5)
    #expect(try configuration(["max_position_embeddings": nil]).context == 2048)
    let ropes: [([String: Any?], Double)] = [
      (["rope_theta": 500_000, "rope_parameters": nil], 500_000),
      (["rope_theta": 500_000, "rope_parameters": ["rope_type": "default"]], 500_000),
      (["rope_theta": 5, "rope_parameters": ["rope_theta": 7, "rope_type": "default"]], 7),
      (["rope_theta": 5, "rope_scaling": ["rope_type": "default", "rope_theta": 9]], 9),
      (["rope_parameters": ["rope_theta": 7], "rope_scaling": [String: Any]()], 7),
      (["rope_theta": nil, "rope_scaling": nil, "rope_parameters": nil], 10000),
    ]
    for (changes, theta) in ropes {
      #expect(try configuration(changes).ropeTheta == theta)
    }
  }

  /// Sizes that are left out are not those of these weights, as the error says.
  @Test(arguments: [
    ("vocab_size", "where [32000, 16] is expected"), ("hidden_size", "where [300, 4096] is"),
    ("intermediate_size", "where [11008, 16] is"), ("num_hidden_layers", "has 32 layers"),
    ("num_attention_heads", "num_attention_heads cannot be 32;"),
  ])
  func sizesThatAreLeftOutHaveTheirDefaults(_ key: String, _ words: String) throws {
    try model.configure([key: nil, "head_dim": nil, "num_key_value_heads": nil])
    #expect {
      try ModelDirectory(path: model.path)
    } throws: { error in
      "\(error)".contains(words)
    }
  }

  @Test(arguments: [
    (Changes(["model_type": "mistral"]), "its model_type is mistral, where llama is expected"),
    (Changes(["model_type": nil]), "it has no model_type"),
    (Changes(["hidden_act": "gelu"]), "its activation is gelu, not silu"),
    (Changes(["tie_word_embeddings": true]), "its output layer is tied to the embedding"),
    (Changes(["attention_bias": true]), "its linear layers have a bias"),
    (Changes(["mlp_bias": true]), "its linear layers have a bias"),
    (Changes(["num_key_value_heads": 1]), "its heads share keys and values"),
    (Changes(["head_dim": 16]), "its head_dim is not the width over the heads"),
    (
      Changes(["rope_scaling": ["type": "linear", "factor": 4.0]]),
      "its rotary positions are scaled (linear)"
    ),
    (
      Changes(["rope_parameters": nil, "rope_scaling": ["rope_type": "llama3", "factor": 8]]),
      "its rotary positions are scaled (llama3)"
    ),
    (
      Changes(["rope_parameters": ["rope_type": "yarn", "rope_theta": 1e4]]),
      "its rotary positions are scaled (yarn)"
    ),
    (
      Changes(["rope_parameters": ["full_attention": ["rope_theta": 1e4]]]),
      "its rotary positions are scaled (by full_attention)"
    ),
    (
      Changes(["partial_rotary_factor": 0.5]), "its rotary positions turn a part of each head alone"
    ),
    (Changes(["rope_parameters": ["rope_theta": 0]]), "its rope_theta is 0.0"),
    (Changes(["rope_parameters": ["rope_theta": -1]]), "its rope_theta is -1.0"),
    (Changes(["rms_norm_eps": -1]), "its rms_norm_eps is -1.0"),
    (Changes(["rms_norm_eps": 1e300]), "its rms_norm_eps is 1e+300"),
    (
      Changes(["quantization_config": ["quant_method": "gptq", "bits": 4]]),
      "its weights are quantised (gptq)"
    ),
    (Changes(["quantization_config": [String: Any]()]), "its weights are quantised"),
    (Changes(["hidden_size": "16"]), "its hidden_size is not a whole number"),
    (Changes(["hidden_size": 16.5]), "its hidden_size is not a whole number"),
    (Changes(["hidden_size": 1e300]), "its hidden_size is not a whole number"),
    (Changes(["rope_parameters": 5]), "its rope_parameters is not an object"),
    (Changes(["rope_parameters": ["rope_theta": "x"]]), "its rope_theta is not a number"),
    (Changes(["mlp_bias": "no"]), "its mlp_bias is not true or false"),
    (Changes(["attention_bias": 1]), "its attention_bias is not true or false"),
    (Changes(["tie_word_embeddings": "no"]), "its tie_word_embeddings is not true or false"),
    (Changes(["model_type": 5]), "its model_type is not a text"),
    (Changes(["model_type": NSNull()]), "it has no model_type"),
    (Changes(["hidden_act": ["silu"]]), "its hidden_act is not a text"),
    (Changes(["vocab_size": "x"]), "its vocab_size is not a whole number"),
    (Changes(["intermediate_size": true]), "its intermediate_size is not a whole number"),
    (Changes(["num_hidden_layers": 2.5]), "its num_hidden_layers is not a whole number"),
    (Changes(["num_attention_heads": [2]]), "its num_attention_heads is not a whole number"),
    (Changes(["num_key_value_heads": "2"]), "its num_key_value_heads is not a whole number"),
    (Changes(["head_dim": 0.5]), "its head_dim is not a whole number"),
    (
      Changes(["max_position_embeddings": "16"]),
      "its max_position_embeddings is not a whole number"
    ),
    (Changes(["rms_norm_eps": "small"]), "its rms_norm_eps is not a number"),
    (Changes(["rope_scaling": 8]), "its rope_scaling is not an object of rotary parameters"),
    (
      Changes(["rope_parameters": nil, "rope_theta": "x"]), "its rope_theta is not a number"
    ),
    (Changes(["partial_rotary_factor": "x"]), "its partial_rotary_factor is not a number"),
    (
      Changes(["rope_parameters": ["partial_rotary_factor": 0.5]]),
      "its rotary positions turn a part of each head alone"
    ),
    (Changes(["rope_parameters": ["rope_type": 1]]), "its rope_type is not a text"),
    (Changes(["rope_parameters": ["type": 1]]), "its type is not a text"),
    (Changes(["hidden_act": String(repeating: "x", count: 5000)]), "its activation is xxx"),
  ])
  func whatIsNotComputedHereIsRefusedWithAReason(_ changes: Changes, _ reason: String) throws {
    try model.configure(changes.members)
    do {
      _ = try ModelDirectory(path: model.path)
      Issue.record("it was read")
    } catch {
      #expect("\(error)".contains("config.json: \(reason)"), "\(error)")
      #expect("\(error)".count < 400)
    }
  }
}
