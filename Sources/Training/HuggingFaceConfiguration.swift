import Foundation
import ParableModel
import ParablePlatform

/// `config.json` as `transformers` reads it for Llama: what is left out has the value that it has
/// there (`LlamaConfig` of transformers 5.24).
struct HuggingFaceConfiguration: Decodable {
  private var architecture = "llama"
  private var activation = "silu"
  private var vocabulary = 32000
  private var width = 4096
  private var hidden = 11008
  private var layers = 32
  private var heads = 32
  private var keyValueHeads: Int?
  private var headWidth: Int?
  private var context = 2048
  private var normEpsilon = 1e-6
  private var isTied = false
  private var hasBias = false
  private var quantization: String?
  private var rope = RopeParameters()

  /// What a size of a network is called here.
  static func key(ofSize name: String) -> String {
    [
      "vocabulary": "vocab_size", "context": "max_position_embeddings", "width": "hidden_size",
      "layers": "num_hidden_layers", "heads": "num_attention_heads", "hidden": "intermediate_size",
      "rope-theta": "rope_theta", "norm-epsilon": "rms_norm_eps",
    ][name] ?? name
  }

  /// Why a described network cannot be loaded.
  struct UnsupportedModel: Error {
    var reason: String
  }

  /// Reads the keys that decide the network; all others are passed over.
  init(from decoder: any Decoder) throws {
    let values = try KeyedValues(decoder)
    guard let modelType = try values("model_type", String.self, "a text") else {
      throw UnsupportedModel(reason: "it has no model_type, where llama is expected")
    }
    architecture = modelType
    activation = try values("hidden_act", String.self, "a text") ?? activation
    vocabulary = try values("vocab_size", Int.self, "a whole number") ?? vocabulary
    width = try values("hidden_size", Int.self, "a whole number") ?? width
    hidden = try values("intermediate_size", Int.self, "a whole number") ?? hidden
    layers = try values("num_hidden_layers", Int.self, "a whole number") ?? layers
    heads = try values("num_attention_heads", Int.self, "a whole number") ?? heads
    keyValueHeads = try values("num_key_value_heads", Int.self, "a whole number")
    headWidth = try values("head_dim", Int.self, "a whole number")
    context = try values("max_position_embeddings", Int.self, "a whole number") ?? context
    normEpsilon = try values("rms_norm_eps", Double.self, "a number") ?? normEpsilon
    isTied = try values("tie_word_embeddings", Bool.self, "true or false") ?? isTied
    for bias in ["attention_bias", "mlp_bias"]
    where try values(bias, Bool.self, "true or false") == true {
      hasBias = true
    }
    if values.holds("quantization_config") {
      let description = try? values("quantization_config", Quantization.self, "an object")
      quantization = description?.quantMethod ?? "quantization_config"
    }
    // Transformers 4 has rope_scaling beside rope_theta, transformers 5 has both in rope_parameters.
    // The older key counts where it is there.
    for key in ["rope_parameters", "rope_scaling"] {
      if let given = try values(key, RopeParameters.self, "an object of rotary parameters"),
        !given.isEmpty
      {
        rope = given
      }
    }
    rope.theta = try rope.theta ?? values("rope_theta", Double.self, "a number")
    rope.part = try rope.part ?? values("partial_rotary_factor", Double.self, "a number")
  }

  /// The network that is described; throws a reason where it is none of ours.
  func modelConfiguration() throws(UnsupportedModel) -> ModelConfiguration {
    let theta = rope.theta ?? 10000
    let epsilon = Float(normEpsilon)
    func short(_ value: String) -> String { quoted(value, longest: 60) }
    for (holds, reason) in [
      (
        architecture == "llama", "its model_type is \(short(architecture)), where llama is expected"
      ),
      (quantization == nil, "its weights are quantised (\(short(quantization ?? "")))"),
      (["silu", "swish"].contains(activation), "its activation is \(short(activation)), not silu"),
      (!isTied, "its output layer is tied to the embedding"),
      (!hasBias, "its linear layers have a bias"),
      (keyValueHeads == nil || keyValueHeads == heads, "its heads share keys and values"),
      (
        headWidth == nil || headWidth == width / max(1, heads),
        "its head_dim is not the width over the heads"
      ),
      (rope.kind == "default", "its rotary positions are scaled (\(short(rope.kind)))"),
      ((rope.part ?? 1) == 1, "its rotary positions turn a part of each head alone"),
      (theta > 0 && theta.isFinite, "its rope_theta is \(theta), not a number above 0"),
      (
        epsilon >= 0 && epsilon.isFinite,
        "its rms_norm_eps is \(normEpsilon), not a small number from 0 up"
      ),
    ] where !holds {
      throw UnsupportedModel(reason: reason)
    }
    return ModelConfiguration(
      vocabulary: vocabulary, context: context, width: width, layers: layers, heads: heads,
      hidden: hidden, normEpsilon: epsilon, ropeTheta: theta)
  }

  private struct Quantization: Decodable {
    var quantMethod: String?

    enum CodingKeys: String, CodingKey { case quantMethod = "quant_method" }
  }

  /// How positions turn queries and keys.
  private struct RopeParameters: Decodable {
    var theta: Double?
    var kind = "default"
    var part: Double?
    var isEmpty = true

    init() {}

    init(from decoder: any Decoder) throws {
      let values = try KeyedValues(decoder)
      isEmpty = values.isEmpty
      theta = try values("rope_theta", Double.self, "a number")
      part = try values("partial_rotary_factor", Double.self, "a number")
      kind =
        try values("rope_type", String.self, "a text") ?? values("type", String.self, "a text")
        ?? kind
      // Layers with parameters of their own: an object for each kind of layer.
      if let nested = values.firstObject { kind = "by \(nested)" }
    }
  }
}

/// The members of a JSON object; a member that is null counts as left out.
private struct KeyedValues {
  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
  }

  private let container: KeyedDecodingContainer<Key>

  init(_ decoder: any Decoder) throws {
    container = try decoder.container(keyedBy: Key.self)
  }

  var isEmpty: Bool { container.allKeys.isEmpty }

  /// The first member, by name, that is an object itself.
  var firstObject: String? {
    container.allKeys.sorted { $0.stringValue < $1.stringValue }.first {
      (try? container.nestedContainer(keyedBy: Key.self, forKey: $0)) != nil
    }?.stringValue
  }

  func holds(_ name: String) -> Bool {
    let key = Key(stringValue: name)
    return container.contains(key) && (try? container.decodeNil(forKey: key)) == false
  }

  func callAsFunction<Value: Decodable>(
    _ name: String, _ type: Value.Type, _ expected: String
  ) throws -> Value? {
    do {
      return try container.decodeIfPresent(type, forKey: Key(stringValue: name))
    } catch let error as HuggingFaceConfiguration.UnsupportedModel {
      throw error
    } catch {
      throw HuggingFaceConfiguration.UnsupportedModel(reason: "its \(name) is not \(expected)")
    }
  }
}
