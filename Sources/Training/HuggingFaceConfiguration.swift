import Foundation
import Model

/// `config.json` and its companions, as `transformers` reads and writes them for Llama.
struct HuggingFaceConfiguration: Codable {
  var architectures = ["LlamaForCausalLM"]
  var modelType = "llama"
  var vocabSize: Int
  var hiddenSize: Int
  var intermediateSize: Int
  var numHiddenLayers: Int
  var numAttentionHeads: Int
  var numKeyValueHeads: Int?
  var headDim: Int?
  var maxPositionEmbeddings: Int
  var rmsNormEps: Double
  var ropeTheta: Double?
  var ropeParameters: RopeParameters?
  var hiddenAct = "silu"
  var tieWordEmbeddings: Bool?
  var attentionBias: Bool?
  var mlpBias: Bool?
  var attentionDropout: Double?
  var bosTokenId: Int?
  var eosTokenId: Int?
  var padTokenId: Int?
  var useCache: Bool?
  var dtype: String?
  var torchDtype: String?

  /// Where transformers 5 keeps what transformers 4 calls `rope_theta`.
  struct RopeParameters: Codable {
    var ropeTheta: Double
    var ropeType = "default"
  }

  /// Describes a network whose texts end with the id `endOfText`.
  init(_ configuration: ModelConfiguration, endOfText: Int?) {
    vocabSize = configuration.vocabulary
    hiddenSize = configuration.width
    intermediateSize = configuration.hidden
    numHiddenLayers = configuration.layers
    numAttentionHeads = configuration.heads
    numKeyValueHeads = configuration.heads
    headDim = configuration.headWidth
    maxPositionEmbeddings = configuration.context
    // By way of the decimal digits, so that 1e-5 does not become 0.00000999999974738.
    rmsNormEps = Double("\(configuration.normEpsilon)") ?? Double(configuration.normEpsilon)
    ropeTheta = configuration.ropeTheta
    ropeParameters = RopeParameters(ropeTheta: configuration.ropeTheta)
    tieWordEmbeddings = false
    attentionBias = false
    mlpBias = false
    attentionDropout = 0
    bosTokenId = endOfText
    eosTokenId = endOfText
    padTokenId = endOfText
    useCache = true
    dtype = "float32"
    torchDtype = "float32"
  }

  /// The network that is described; throws a reason where it is none of ours.
  func modelConfiguration() throws(UnsupportedModel) -> ModelConfiguration {
    let theta = ropeParameters?.ropeTheta ?? ropeTheta ?? 10000
    for (holds, reason) in [
      (modelType == "llama", "its model_type is \(modelType), not llama"),
      (hiddenAct == "silu", "its activation is \(hiddenAct), not silu"),
      (tieWordEmbeddings != true, "its output layer is tied to the embedding"),
      (attentionBias != true && mlpBias != true, "its linear layers have a bias"),
      (
        numKeyValueHeads == nil || numKeyValueHeads == numAttentionHeads,
        "its heads share keys and values"
      ),
      (headDim == nil || headDim == hiddenSize / max(1, numAttentionHeads), "its heads are wider"),
      ((ropeParameters?.ropeType ?? "default") == "default", "its rotary positions are scaled"),
    ] where !holds {
      throw UnsupportedModel(reason: reason)
    }
    return ModelConfiguration(
      vocabulary: vocabSize, context: maxPositionEmbeddings, width: hiddenSize,
      layers: numHiddenLayers, heads: numAttentionHeads, hidden: intermediateSize,
      normEpsilon: Float(rmsNormEps), ropeTheta: theta)
  }

  /// Why a described network cannot be loaded.
  struct UnsupportedModel: Error {
    var reason: String
  }

  static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return encoder
  }

  /// The same without renaming keys, for files of our own.
  static var plainEncoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }
}

/// `generation_config.json`.
struct HuggingFaceGenerationConfiguration: Encodable {
  var bosTokenId: Int?
  var eosTokenId: Int?
  var padTokenId: Int?

  init(endOfText: Int?) {
    bosTokenId = endOfText
    eosTokenId = endOfText
    padTokenId = endOfText
  }
}

/// `tokenizer_config.json`.
struct HuggingFaceTokenizerConfiguration: Encodable {
  var tokenizerClass = "PreTrainedTokenizerFast"
  var bosToken: String?
  var eosToken: String?
  var modelMaxLength: Int
  var cleanUpTokenizationSpaces = false

  init(endOfText: String?, context: Int) {
    bosToken = endOfText
    eosToken = endOfText
    modelMaxLength = context
  }
}
