import ParableTraining

/// Sizes and steps of a training; what is left out is that of the preset `tiny` of `worker pretrain`.
public struct PretrainingOptions: Equatable, Sendable {
  /// How many ids the tokenizer shall have, 257 or more.
  public var vocabularySize: Int

  /// How many blocks follow each other.
  public var layers: Int

  /// The width of the residual stream, a multiple of `heads`.
  public var width: Int

  /// Attention heads per block.
  public var heads: Int

  /// The inner width of the feed-forward layers.
  public var hidden: Int

  /// Tokens of a sequence.
  public var context: Int

  /// Sequences per step.
  public var batch: Int

  /// How many steps are made.
  public var steps: Int

  /// The learning rate after the warm-up.
  public var learningRate: Double

  /// Where all chance comes from.
  public var seed: UInt64

  /// The preset `tiny`.
  public init() {
    let preset = PretrainingSettings()
    vocabularySize = preset.vocabularySize
    layers = preset.layers
    width = preset.width
    heads = preset.heads
    hidden = preset.hidden
    context = preset.context
    batch = preset.batch
    steps = preset.steps
    learningRate = preset.training.learningRate
    seed = preset.training.seed
  }

  func settings(corpus: [String]) -> PretrainingSettings {
    var settings = PretrainingSettings()
    settings.corpus = corpus
    settings.vocabularySize = vocabularySize
    settings.layers = layers
    settings.width = width
    settings.heads = heads
    settings.hidden = hidden
    settings.context = context
    settings.batch = batch
    settings.steps = steps
    settings.training.learningRate = learningRate
    settings.training.seed = seed
    return settings
  }
}
