import Foundation
import ParableModel
import ParablePlatform
import ParableSettings
import ParableTokenization

/// Everything that decides the result of a pre-training, and nothing that does not: where it runs,
/// on how many ranks and in which folder are not among it.
@dynamicMemberLookup
package struct PretrainingSettings: TaskSettings, Equatable, Sendable {
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

  /// Attention heads per block.
  package var heads = 4

  /// The inner width of the feed-forward layer.
  package var hidden = 344

  /// Tokens of a sequence.
  package var context = 256

  /// The base of the rotary angles.
  package var ropeTheta = 10000.0

  /// How the weights begin.
  package var initialization = Initialization.standard

  /// How many steps the schedule spans.
  package var steps = 300

  /// Steps between two evaluations.
  package var evaluateEvery = 100

  /// The settings that every kind of training has.
  package var training = TrainingSettings()

  /// The settings of the `tiny` preset.
  package init() {
    training.batch = Self.defaultBatch
    training.microBatch = Self.defaultMicroBatch
    training.learningRate = 3e-3
  }

  /// The settings of a preset.
  package init(preset: Preset) {
    self.init()
    guard preset == .base else { return }
    vocabularySize = 10000
    width = 512
    heads = 16
    hidden = 1344
    training.learningRate = 2e-3
  }

  /// How the weights of a network begin.
  package enum Initialization: String, CaseIterable, Sendable {
    /// Every weight drawn alone.
    case standard

    /// The same, with induction heads, which find equal tokens: for reading and answering.
    case induction
  }

  /// Sets of settings with a name.
  package enum Preset: String, CaseIterable, Sendable {
    /// 1.8 million parameters: minutes on a laptop.
    case tiny

    /// 22.7 million parameters: an hour or more on a few cores.
    case base
  }

  private static let defaultBatch = 32
  private static let defaultMicroBatch = 4
  private static let defaultWarmup = 100
}

extension PretrainingSettings {
  /// A setting that every kind of training has.
  package subscript<Value>(
    dynamicMember path: WritableKeyPath<TrainingSettings, Value>
  ) -> Value {
    get { training[keyPath: path] }
    set { training[keyPath: path] = newValue }
  }

  /// Sequences per step, of all ranks together.
  package var batch: Int {
    get { training.batch ?? Self.defaultBatch }
    set { training.batch = newValue }
  }

  /// Sequences per micro-batch.
  package var microBatch: Int {
    get { training.microBatch ?? Self.defaultMicroBatch }
    set { training.microBatch = newValue }
  }

  /// How many micro-batches a batch has.
  package var microBatchCount: Int { batch / microBatch }

  /// The network's sizes with a vocabulary of `vocabulary` ids.
  package func configuration(vocabulary: Int) -> ModelConfiguration {
    ModelConfiguration(
      vocabulary: vocabulary, context: context, width: width, layers: layers, heads: heads,
      hidden: hidden, ropeTheta: ropeTheta)
  }

  /// The learning rate of every step.
  package var schedule: LearningRateSchedule {
    training.learningRates(steps: steps, defaultWarmup: Self.defaultWarmup)
  }

  /// Makes the settings those of a run that may go on elsewhere: with paths of the same files from
  /// any working directory, and with the warm-up that is in force.
  package mutating func settle() {
    mapPaths(absolutePath)
    training.settle(schedule)
  }

  /// The file of a finished tokenizer.
  var tokenizerFiles: [String] {
    let folder = tokenizer.map { RunFolder.tokenizerFolder(at: $0) }
    return [folder.flatMap { Vocabulary.existingFile(in: $0) }].compactMap(\.self)
  }
}

// What the command line, JSON and help know of them.
extension PretrainingSettings {
  package static var presets: [(name: String, values: Self)] {
    Preset.allCases.map { ($0.rawValue, Self(preset: $0)) }
  }

  package static var settings: [Setting<Self>] {
    [
      Setting(\.corpus, "corpus", "text to learn from", unit: "FILE")
        .unlessGiven("the built-in stories").heading("Data"),
      Setting(\.validation, "validation", "text to evaluate on", unit: "FILE")
        .unlessGiven("no evaluation"),
      Setting(\.tokenizer, "tokenizer", "folder of a finished tokenizer", unit: "DIR")
        .unlessGiven("one is trained first"),
      Setting(
        \.vocabularySize, "vocabularySize", "ids of the tokenizer that is trained", unit: "IDS",
        in: .from(1, to: SizeBounds.vocabulary)
      ).also("vocab-size"),
      Setting(
        \.width, "width", "width of the residual stream", in: .from(1, to: SizeBounds.width)
      ).heading("Network"),
      Setting(\.layers, "layers", "transformer blocks", in: .from(1, to: SizeBounds.layers)),
      Setting(
        \.heads, "heads", "attention heads per block; they divide the width",
        in: .from(1, to: SizeBounds.heads)),
      Setting(
        \.hidden, "hidden", "inner width of the feed-forward layer",
        in: .from(1, to: SizeBounds.hidden)),
      Setting(
        \.context, "context", "tokens of a sequence", unit: "TOKENS",
        in: .from(1, to: SizeBounds.context)
      ).also("context-length"),
      Setting(
        \.ropeTheta, "ropeTheta", "base of the rotary angles; larger ones see further",
        in: .above(0)),
      Setting(
        choice: \.initialization, "initialization",
        "how the weights begin; induction has heads that find equal tokens"
      ).formerly(["matching": "induction"]),
      Setting(
        \.steps, "steps", "steps of the schedule", unit: "STEPS",
        in: .from(1, to: SizeBounds.steps)
      ).heading("Training"),
    ]
      + TrainingSettings.settings(
        of: "sequences",
        unlessGiven: [\.warmupSteps: "\(defaultWarmup), at most a tenth of --steps"]
      ).map { $0.within(\.training) } + [
        Setting(
          \.evaluateEvery, "evaluateEvery", "steps between two evaluations", unit: "STEPS",
          in: .from(1)
        ).ofRecord
      ]
  }
}

extension PretrainingSettings {
  /// Throws for the first setting that cannot be, or that makes no sense in a training that begins.
  package func validateForStart() throws {
    try validate()
    try training.validateRates()
  }

  /// Throws for the first setting that cannot be.
  package func validate() throws {
    try validateRanges()
    if tokenizer == nil, vocabularySize < 257 {
      throw SettingError(
        "vocabulary-size", vocabularySize, "give at least 257, for 256 bytes and <|endoftext|>")
    }
    try training.validateTogether()
    do {
      try configuration(vocabulary: vocabularySize).validate()
    } catch ModelError.invalidSize(let name, let value, let remedy) {
      // The option's name for a size of the network.
      throw SettingError(name == "vocabulary" ? "vocabulary-size" : name, value, remedy)
    } catch ModelError.invalidNumber(let name, let value, let remedy) {
      throw SettingError(name, value, remedy)
    }
    // Both are within their bounds by now, so that the product is a number.
    if microBatch * context > SizeBounds.tokensAtOnce {
      let most = max(1, SizeBounds.tokensAtOnce / context)
      throw SettingError(
        "micro-batch", microBatch, "with a context of \(context) give at most \(most)")
    }
  }
}
