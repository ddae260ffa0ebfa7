import ParableKernels
import ParableModel
import ParableSettings
import ParableTraining

/// Everything that decides the result of a fine-tuning.
@dynamicMemberLookup
package struct FineTuningSettings: TaskSettings, Equatable, Sendable {
  /// The model to start from.
  package var model = ""

  /// Files of questions to learn from.
  package var train: [String] = []

  /// Questions to choose the best epoch by.
  package var dev = ""

  /// Questions to predict at the end, which change nothing of the training; nil means those of `dev`.
  package var test: String?

  /// How a question becomes a text.
  package var format = QuestionFormat.questionTwice

  /// How a choice's hidden states become one vector.
  package var pooling = Pooling.last

  /// Tokens that the network reads; nil means as many as the model was trained with.
  package var context: Int?

  /// How often the questions are gone through.
  package var epochs = 10

  /// Questions of an epoch, drawn anew for each; nil means all.
  package var epochQuestions: Int?

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

  /// The settings that every kind of training has.
  package var training = TrainingSettings()

  /// The batch where enough questions fill it.
  package static let defaultBatch = 32

  /// The micro-batch where it divides the batch.
  package static let defaultMicroBatch = 4

  /// The warm-up of a long training.
  package static let defaultWarmup = 50

  /// The defaults.
  package init() {
    training.saveEvery = 200
    // The best epoch is kept as the model; checkpoints are there to resume from.
    training.keepCheckpoints = 2
  }
}

extension FineTuningSettings {
  /// A setting that every kind of training has.
  package subscript<Value>(
    dynamicMember path: WritableKeyPath<TrainingSettings, Value>
  ) -> Value {
    get { training[keyPath: path] }
    set { training[keyPath: path] = newValue }
  }

  /// What training minimises.
  package var objective: ChoiceObjective {
    ChoiceObjective(
      classificationWeight: Float(classificationWeight), languageWeight: Float(languageWeight),
      languageScope: languageScope, rankingWeight: Float(rankingWeight), isBackboneFrozen: freeze)
  }

  /// Throws for the first setting that cannot be.
  package func validate() throws(SettingError) {
    try validateRanges()
    try training.validateTogether()
    try training.validateRates()
  }
}

// What the command line, JSON and help know of them.
extension FineTuningSettings {
  @SettingsBuilder<Self> package static var settings: [Setting<Self>] {
    let shared = TrainingSettings.settings(
      of: "questions",
      unlessGiven: [
        \.batch: "\(defaultBatch), or all where there are fewer",
        \.microBatch: "\(defaultMicroBatch), or less so that it divides the batch",
        \.warmupSteps: "\(defaultWarmup), at most a tenth of all steps",
      ])
    Setting(
      \.model, "model", "model to start from, or a run (its latest); needed without --resume",
      unit: "DIR"
    ).heading("Model and questions")
    Setting(\.train, "train", "questions to learn from; needed without --resume", unit: "FILE")
    Setting(
      \.dev, "dev", "questions to choose the best epoch by; needed without --resume", unit: "FILE")
    Setting(\.test, "test", "questions to predict at the end", unit: "FILE")
      .unlessGiven("those of --dev")
    Setting(choice: \.format, "format", "how a question becomes a text").heading("Reading")
    Setting(choice: \.pooling, "pooling", "how a choice becomes one vector")
    Setting(
      \.context, "context", "tokens that the network reads; passages are cut to it", unit: "TOKENS",
      in: .from(1, to: SizeBounds.context)
    ).also("context-length").unlessGiven("the model's")
    Setting(
      \.epochs, "epochs", "how often the questions are gone through", unit: "EPOCHS",
      in: .from(1, to: SizeBounds.epochs)
    ).heading("Training")
    Setting(
      \.epochQuestions, "epochQuestions", "questions of an epoch, drawn anew for each",
      unit: "QUESTIONS", in: .from(1)
    ).unlessGiven("all")
    Setting(
      \.patience, "patience", "epochs without a better one before the end", unit: "EPOCHS",
      in: .from(1))
    Setting(
      \.classificationWeight, "classificationWeight", "weight of the classifier's loss",
      in: .from(0))
    Setting(
      \.languageWeight, "languageWeight",
      "weight of a language-model loss beside it, for prompting", in: .from(0))
    Setting(choice: \.languageScope, "languageScope", "tokens which that counts")
    Setting(
      \.rankingWeight, "rankingWeight",
      "weight of a loss that ranks choices by their likelihood, as prompting does", in: .from(0))
    Setting(\.freeze, "freeze", "train the classifier alone")
    shared.map { $0.within(\.training) }
  }
}
