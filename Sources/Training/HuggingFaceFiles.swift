import Foundation
import ParableModel
import ParablePlatform

/// `config.json` as it is written: everything that `transformers` knows of Llama, spelled out.
struct HuggingFaceModelDescription: Encodable {
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
  struct RopeParameters: Encodable {
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
}

extension JSONEncoder {
  /// Writes what people may read, with keys as `transformers` spells them.
  static var huggingFace: JSONEncoder {
    let encoder = pretty
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return encoder
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
