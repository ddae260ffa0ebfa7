import Foundation
import Model
import Tokenization

/// Everything that decides the result of a pre-training, and nothing that does not: where it runs,
/// on how many ranks and in which folder are not among it.
package struct PretrainingSettings: Codable, Equatable, Sendable {
  /// The files to learn from; empty means the built-in stories.
  package var corpus: [String] = []

  /// A text to evaluate on; nil means no evaluation.
  package var validation: String?

  /// A folder with a tokenizer; nil means that one is learned from the corpus first.
  package var tokenizer: String?

  /// How many ids the learned tokenizer shall have.
  package var vocabularySize = 4096

  /// The width of the residual stream.
  package var width = 128

  /// How many blocks follow each other.
  package var layers = 4

  /// Attention heads a block.
  package var heads = 4

  /// The inner width of the feed-forward layer.
  package var hidden = 344

  /// Tokens a window.
  package var context = 256

  /// The base of the rotary angles.
  package var ropeTheta = 10000.0

  /// How the weights begin.
  package var initialization = Initialization.standard

  /// Windows a step, of all ranks together.
  package var batch = 32

  /// Windows a grain, the unit whose gradient is summed at once; ranks share out grains.
  package var grain = 4

  /// How many steps the schedule spans.
  package var steps = 300

  /// The learning rate after the warm-up.
  package var learningRate = 3e-3

  /// The learning rate at the end; nil means a tenth of the highest.
  package var minimumLearningRate: Double?

  /// Steps in which the learning rate rises.
  package var warmupSteps = 100

  /// Decoupled weight decay, on matrices only.
  package var weightDecay = 0.1

  /// AdamW's decay of the first moment.
  package var beta1 = 0.9

  /// AdamW's decay of the second moment.
  package var beta2 = 0.95

  /// The norm that gradients are clipped to.
  package var maximumNorm = 1.0

  /// Where all chance comes from.
  package var seed: UInt64 = 1

  /// How activations are stored and products are made.
  package var precision = Precision.fp32

  /// Steps between two evaluations.
  package var evaluateEvery = 100

  /// Steps between two checkpoints.
  package var saveEvery = 100

  /// How many checkpoints stay; nil means all.
  package var keep: Int?

  /// The settings of the `tiny` preset.
  package init() {}

  /// How the weights of a network begin.
  package enum Initialization: String, Codable, CaseIterable, Sendable {
    /// Every weight drawn alone.
    case standard

    /// The same, with heads that find equal tokens: for reading and answering.
    case matching
  }

  /// Sets of settings with a name.
  package enum Preset: String, CaseIterable, Sendable {
    /// 1.8 million parameters: minutes on a laptop.
    case tiny

    /// 22.7 million parameters: an hour or more on a few cores.
    case base
  }

  /// The settings of a preset.
  package init(preset: Preset) {
    guard preset == .base else { return }
    vocabularySize = 10000
    width = 512
    heads = 16
    hidden = 1344
    learningRate = 2e-3
  }

  /// The network's sizes with a vocabulary of `vocabulary` ids.
  package func configuration(vocabulary: Int) -> ModelConfiguration {
    ModelConfiguration(
      vocabulary: vocabulary, context: context, width: width, layers: layers, heads: heads,
      hidden: hidden, ropeTheta: ropeTheta)
  }

  /// The learning rate of every step.
  package var schedule: LearningRateSchedule {
    LearningRateSchedule(
      maximum: learningRate, minimum: minimumLearningRate ?? learningRate / 10,
      warmupSteps: warmupSteps, totalSteps: steps)
  }

  /// How many grains a batch has.
  package var grainCount: Int { batch / grain }

  /// Makes the paths those of the same files from any working directory, for a run that may go on
  /// elsewhere.
  package mutating func makePathsAbsolute() {
    corpus = corpus.map(absolutePath)
    validation = validation.map(absolutePath)
    tokenizer = tokenizer.map(absolutePath)
  }

  /// The file of a finished tokenizer.
  var tokenizerFiles: [String] {
    let folder = tokenizer.map { RunFolder.tokenizerFolder(at: $0) }
    return [folder.flatMap { Vocabulary.existingFile(in: $0) }].compactMap(\.self)
  }

  /// Throws for the first setting that cannot be, or that makes no sense in a training that begins.
  package func validateForStart() throws {
    try validate()
    if let minimumLearningRate, minimumLearningRate > learningRate {
      throw TrainingError.invalidSetting(
        name: "minimum-learning-rate", value: "\(minimumLearningRate)",
        reason: "give at most the learning rate, \(learningRate)")
    }
  }

  /// Throws for the first setting that cannot be.
  package func validate() throws {
    func require(_ holds: Bool, _ name: String, _ value: Any, _ reason: String) throws {
      guard holds else {
        throw TrainingError.invalidSetting(name: name, value: "\(value)", reason: reason)
      }
    }
    for (name, value) in [
      ("batch", batch), ("grain", grain), ("steps", steps), ("evaluate-every", evaluateEvery),
      ("save-every", saveEvery), ("keep", keep ?? 1), ("context", context),
    ] {
      try require(value >= 1, name, value, "choose a number from 1 up")
    }
    for (name, value, most) in [
      ("batch", batch, SizeBounds.batch), ("steps", steps, SizeBounds.steps),
    ] {
      try require(value <= most, name, value, "give at most \(most)")
    }
    if tokenizer == nil {
      try require(
        vocabularySize >= 257, "vocabulary-size", vocabularySize,
        "give at least 257, for 256 bytes and <|endoftext|>")
    }
    try require(
      batch.isMultiple(of: grain), "batch", batch,
      "give a multiple of the grain \(grain), or change --grain")
    try require(warmupSteps >= 0, "warmup-steps", warmupSteps, "choose a number from 0 up")
    for (name, value) in [
      ("learning-rate", learningRate), ("minimum-learning-rate", minimumLearningRate ?? 0),
      ("weight-decay", weightDecay),
    ] {
      try require(value >= 0 && value.isFinite, name, value, "choose a number from 0 up")
    }
    for (name, value) in [("beta1", beta1), ("beta2", beta2)] {
      try require(value >= 0 && value < 1, name, value, "choose a number from 0 to below 1")
    }
    try require(
      maximumNorm > 0 && maximumNorm.isFinite, "maximum-norm", maximumNorm,
      "choose a number above 0")
    do {
      try configuration(vocabulary: max(1, vocabularySize)).validate()
    } catch ModelError.invalidSize(let name, let value, let reason) {
      // The option's name for a size of the network.
      try require(false, name == "vocabulary" ? "vocabulary-size" : name, value, reason)
    } catch ModelError.invalidNumber(let name, let value, let reason) {
      try require(false, name, value, reason)
    }
    // The context is within its bounds by now, so that the product is a number.
    try require(
      grain * context <= SizeBounds.tokensAtOnce, "grain", grain,
      "with a context of \(context) give at most \(max(1, SizeBounds.tokensAtOnce / context))")
  }
}
