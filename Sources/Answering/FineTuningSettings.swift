import Foundation
import Kernels
import Model

/// Everything that decides the result of a fine-tuning.
package struct FineTuningSettings: Codable, Equatable, Sendable {
  /// Files of questions to learn from.
  package var train: [String] = []

  /// Questions to choose the best epoch by.
  package var dev = ""

  /// Questions to predict at the end, which change nothing of the training; nil means those of `dev`.
  package var test: String?

  /// The model to start from.
  package var model = ""

  /// How a choice's hidden states become one vector.
  package var pooling = Pooling.last

  /// How a question becomes a text.
  package var format = QuestionFormat.questionTwice

  /// Tokens that the network reads; nil means as many as the model was trained with.
  package var context: Int?

  /// How often the questions are gone through.
  package var epochs = 10

  /// Questions of an epoch, drawn anew for each; nil means all.
  package var epochQuestions: Int?

  /// Questions a step, of all ranks together; nil means ``defaultBatch``, or as many as there are.
  package var batch: Int?

  /// Questions a grain, the unit whose gradient is summed at once; ranks share out grains.
  ///
  /// Nil means ``defaultGrain``, or the largest number below it that divides the batch.
  package var grain: Int?

  /// The learning rate after the warm-up.
  package var learningRate = 1e-3

  /// The learning rate at the end; nil means a tenth of the highest.
  package var minimumLearningRate: Double?

  /// Steps in which the learning rate rises; nil means ``defaultWarmupSteps``, and at most a tenth of
  /// all steps.
  package var warmupSteps: Int?

  /// Decoupled weight decay, on matrices only.
  package var weightDecay = 0.1

  /// AdamW's decay of the first moment.
  package var beta1 = 0.9

  /// AdamW's decay of the second moment.
  package var beta2 = 0.95

  /// The norm that gradients are clipped to.
  package var maximumNorm = 1.0

  /// The weight of the classifier's loss.
  package var classificationWeight = 1.0

  /// The weight of a language-model loss beside it.
  package var languageWeight = 0.2

  /// The tokens that the language-model loss counts.
  package var languageScope = LanguageScope.answer

  /// The weight of a loss that ranks the choices by their likelihood, as prompting does.
  package var rankingWeight = 0.0

  /// Whether the classifier alone learns.
  package var freeze = false

  /// Epochs without a better accuracy on the dev file after which the training ends.
  package var patience = 3

  /// Where all chance comes from.
  package var seed: UInt64 = 1

  /// How activations are stored and products are made.
  package var precision = Precision.fp32

  /// Steps between two checkpoints; an epoch's end always saves.
  package var saveEvery = 200

  /// The batch where enough questions fill it.
  package static let defaultBatch = 32

  /// The grain where it divides the batch.
  package static let defaultGrain = 4

  /// The warm-up of a long training.
  package static let defaultWarmupSteps = 50

  /// The defaults.
  package init() {}

  /// What training minimises.
  package var objective: ChoiceObjective {
    ChoiceObjective(
      classificationWeight: Float(classificationWeight), languageWeight: Float(languageWeight),
      languageScope: languageScope, rankingWeight: Float(rankingWeight), isBackboneFrozen: freeze)
  }

  /// Throws for the first setting that cannot be.
  package func validate() throws {
    func require(_ holds: Bool, _ name: String, _ value: Any, _ reason: String) throws {
      guard holds else {
        throw AnsweringError.invalidSetting(name: name, value: "\(value)", reason: reason)
      }
    }
    for (name, value) in [
      ("epochs", epochs), ("batch", batch ?? 1), ("grain", grain ?? 1), ("patience", patience),
      ("save-every", saveEvery), ("context", context ?? 1),
      ("epoch-questions", epochQuestions ?? 1),
    ] {
      try require(value >= 1, name, value, "choose a number from 1 up")
    }
    for (name, value, most) in [
      ("epochs", epochs, SizeBounds.epochs), ("context", context ?? 1, SizeBounds.context),
      ("batch", batch ?? 1, SizeBounds.batch),
    ] {
      try require(value <= most, name, value, "give at most \(most)")
    }
    if let batch, let grain {
      try require(
        batch.isMultiple(of: grain), "batch", batch,
        "give a multiple of the grain \(grain), or change --grain")
    }
    try require(
      warmupSteps ?? 0 >= 0, "warmup-steps", warmupSteps ?? 0, "choose a number from 0 up")
    for (name, value) in [
      ("learning-rate", learningRate), ("minimum-learning-rate", minimumLearningRate ?? 0),
      ("weight-decay", weightDecay), ("language-weight", languageWeight),
      ("ranking-weight", rankingWeight),
      ("classification-weight", classificationWeight),
    ] {
      try require(value >= 0 && value.isFinite, name, value, "choose a number from 0 up")
    }
    try require(
      minimumLearningRate ?? 0 <= learningRate, "minimum-learning-rate", minimumLearningRate ?? 0,
      "give at most the learning rate, \(learningRate)")
    for (name, value) in [("beta1", beta1), ("beta2", beta2)] {
      try require(value >= 0 && value < 1, name, value, "choose a number from 0 to below 1")
    }
    try require(
      maximumNorm > 0 && maximumNorm.isFinite, "maximum-norm", maximumNorm,
      "choose a number above 0")
  }
}
