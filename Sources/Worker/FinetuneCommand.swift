import Answering
import CommandLineInterface
import Corpus
import Foundation
import Kernels
import Model
import Training

/// `worker finetune`: from a model and questions to a model that answers them.
enum FinetuneCommand: Command {
  static let name = "finetune"
  static let summary = "train a model to answer multiple-choice questions, on one rank or many"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "Each choice is read behind its passage and question, and gets a logit from the pooled hidden "
      + "states of its tokens. The epoch that does best on --dev is kept. Files of questions with "
      + "answers alone get wrong choices anew in each epoch.",
    "--resume takes all settings from the newest complete checkpoint of --output and needs no model; "
      + "with it only --test, --stop-after and --allow-changes may be given. Questions, model and "
      + "processor have to be what they were, unless --allow-changes is given.",
    "A grain is the part of a batch that one rank computes at once: --batch is a multiple of --grain, "
      + "and more ranks than grains have nothing to do.",
  ]

  private static let defaults = FineTuningSettings()

  static let groups = [
    OptionGroup(
      "Model and questions",
      [
        .text(
          "model", "DIR", "model to start from, or a run (its latest); needed without --resume"),
        .text(
          "train", "FILE", "questions to learn from; needed without --resume", isRepeatable: true),
        .text("dev", "FILE", "questions to choose the best epoch by; needed without --resume"),
        .text(
          "test", "FILE", "questions to predict at the end", unlessGiven: "those of --dev",
          isConfigurable: false),
        .text(
          "output", "DIR", "folder of the model, its predictions and checkpoints",
          isRequired: true, isConfigurable: false),
        .flag("resume", "go on from the newest complete checkpoint of --output"),
        .flag(
          "allow-changes", "with --resume: go on although inputs or the processor are others"),
        .integer(
          "stop-after", "N", "save after step N and end; the schedule stays that of all epochs",
          minimum: 1, isConfigurable: false),
        .text("config", "FILE", "settings as a JSON object", isConfigurable: false),
        .json,
      ]),
    OptionGroup(
      "Reading",
      [
        .choice(
          "format", QuestionFormat.allCases.map(\.rawValue), "how a question becomes a text",
          unlessGiven: defaults.format.rawValue),
        .choice(
          "pooling", Pooling.allCases.map(\.rawValue), "how a choice becomes one vector",
          unlessGiven: defaults.pooling.rawValue),
        .integer(
          "context", "N", "tokens that the network reads; passages are cut to it", minimum: 1,
          unlessGiven: "the model's"),
      ]),
    OptionGroup(
      "Training",
      [
        integer("epochs", defaults.epochs, "how often the questions are gone through"),
        .integer(
          "epoch-questions", "N", "questions of an epoch, drawn anew for each", minimum: 1,
          unlessGiven: "all"),
        .integer(
          "batch", "N", "questions a step, all ranks together", minimum: 1,
          unlessGiven: "\(FineTuningSettings.defaultBatch), or all where there are fewer"),
        .integer(
          "micro-batch", "N", "questions whose gradient is computed at once", minimum: 1,
          unlessGiven:
            "\(FineTuningSettings.defaultMicroBatch), or less so that it divides the batch"),
        number("learning-rate", defaults.learningRate, "learning rate after the warm-up"),
        .number(
          "minimum-learning-rate", "X", "learning rate at the end", minimum: 0,
          unlessGiven: "a tenth of the highest"),
        .integer(
          "warmup-steps", "N", "steps in which the learning rate rises", minimum: 0,
          unlessGiven: "\(FineTuningSettings.defaultWarmup), a tenth of all at most"),
        number("weight-decay", defaults.weightDecay, "decay of matrices, decoupled"),
        number("beta1", defaults.beta1, "AdamW's decay of the first moment"),
        number("beta2", defaults.beta2, "AdamW's decay of the second moment"),
        number(
          "gradient-clipping", defaults.gradientClipping, "norm that gradients are clipped to"),
        number(
          "classification-weight", defaults.classificationWeight, "weight of the classifier's loss"),
        number(
          "language-weight", defaults.languageWeight,
          "weight of a language-model loss beside it, for prompting"),
        .choice(
          "language-scope", LanguageScope.allCases.map(\.rawValue), "tokens which that counts",
          unlessGiven: defaults.languageScope.rawValue),
        number(
          "ranking-weight", defaults.rankingWeight,
          "weight of a loss that ranks choices by their likelihood, as prompting does"),
        .flag("freeze", "train the classifier alone", isConfigurable: true),
        integer("patience", defaults.patience, "epochs without a better one before the end"),
        .integer(
          "seed", "N", "where all chance comes from", minimum: 0, unlessGiven: "\(defaults.seed)"),
        .choice(
          "precision", Precision.allCases.map(\.rawValue), "how activations are stored",
          unlessGiven: defaults.precision.rawValue),
        integer("save-every", defaults.saveEvery, "steps between two checkpoints"),
      ]),
  ]

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let output = try arguments.requiredText("output")
    let resumes = arguments.flag("resume")
    let settings = try resumes ? settingsToResume(arguments) : settings(arguments)
    let communicator = try invocation.communicator()
    let printer = EventPrinter(
      output: invocation.output, progress: invocation.progress, namesPlaces: false)
    var request = Trainer<MultipleChoice>.Request(settings)
    request.folder = output
    request.resumes = resumes
    request.allowsChanges = arguments.flag("allow-changes")
    request.stopAfter = arguments.integer("stop-after")
    let trainer = try Trainer(request, communicator: communicator, report: printer.print)
    guard try trainer.train() else {
      return try tellStopped(after: trainer.done, output, invocation)
    }
    let tuning = trainer.task
    let classifier = try AnswerClassifier(
      ModelDirectory(path: output, communicator: communicator), communicator: communicator,
      precision: tuning.precision)
    let questions = tuning.testQuestions
    let scores = try classifier.scores(questions, of: tuning.testFile) { done, count in
      invocation.progress.show("predicting: \(100 * done / count) %")
    }
    invocation.progress.finish()
    // A file is named as it was typed; what is resumed knows whole paths only.
    let testFile = settings.test ?? (resumes ? tuning.testFile : settings.dev)
    let predictions = try Predictions(
      scores: scores, questions: questions,
      config: classifier.configuration.summary(model: output, questions: testFile))
    let file = output + "/finetuned_predictions.json"
    try communicator.onFirstRank { try predictions.write(to: file) }
    try PredictionReport(predictions, questions: questions, file: file)
      .print(to: invocation.output, isJSON: arguments.flag("json"))
  }

  /// What `--json` prints of a training that is not over.
  private struct Stop: Encodable {
    var stoppedAfter: Int

    private enum CodingKeys: String, CodingKey { case stoppedAfter = "stopped_after" }
  }

  private static func tellStopped(
    after step: Int, _ output: String, _ invocation: Invocation
  ) throws {
    invocation.progress.finish()
    if invocation.arguments.flag("json") {
      return try invocation.output.object(Stop(stoppedAfter: step))
    }
    try invocation.output.line(
      "stopped after step \(step); go on with finetune --output \(output) --resume")
  }

  private static func settingsToResume(_ arguments: ParsedArguments) throws -> FineTuningSettings {
    try arguments.refuseSettings(
      besides: ["output", "resume", "allow-changes", "test", "stop-after", "json"],
      ofResumed: "fine-tuning")
    var settings = FineTuningSettings()
    settings.test = arguments.text("test")
    return settings
  }

  private static func settings(_ arguments: ParsedArguments) throws -> FineTuningSettings {
    try arguments.refuseAllowChanges()
    let given = try arguments.text("config").map(arguments.over(settingsFile:)) ?? arguments
    let settings = try given.settings(over: FineTuningSettings())
    for (name, value) in [
      ("model", settings.model), ("dev", settings.dev), ("train", settings.train.first ?? ""),
    ] where value.isEmpty {
      throw arguments.unsuitable("--\(name) is missing", remedy: "give it, or --resume")
    }
    return settings
  }

  private static func integer(_ name: String, _ value: Int, _ summary: String) -> CommandOption {
    .integer(name, "N", summary, minimum: 1, unlessGiven: "\(value)")
  }

  private static func number(_ name: String, _ value: Double, _ summary: String) -> CommandOption {
    .number(name, "X", summary, minimum: 0, unlessGiven: "\(value)")
  }
}
