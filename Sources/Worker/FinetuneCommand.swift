import Answering
import CommandLineInterface
import Corpus
import Foundation
import Kernels
import Model
import Settings
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
      + "with it only --test and --stop-after may be given. Question files have to be as they were.",
    "A micro-batch is the part of a batch that one rank computes at once: --batch is a multiple of "
      + "--micro-batch, and more ranks than micro-batches have nothing to do.",
  ]

  struct Options: JSONOptions {
    var settings = FineTuningSettings()
    var output = ""
    var resume = false
    var stopAfter: Int?
    var config: String?
    var json = false

    static var settings: [Setting<Options>] {
      [
        Setting(
          \.output, "output", "folder of the model, its predictions and checkpoints", unit: "DIR"
        ).required.heading("Run"),
        Setting(\.resume, "resume", "go on from the newest complete checkpoint of --output"),
        Setting(
          \.stopAfter, "stopAfter",
          "save after this step and end; the schedule stays that of all epochs", unit: "STEP",
          in: .from(1)),
        Setting(\.config, "config", "settings as a JSON object", unit: "FILE"),
        .json(\.json),
      ] + FineTuningSettings.settings.map { $0.within(\.settings) }
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let arguments = invocation.arguments
    let output = arguments.options.output
    let resumes = arguments.options.resume
    let settings = try resumes ? settingsToResume(arguments) : settings(arguments)
    let communicator = try invocation.communicator()
    let printer = FineTuningPrinter(invocation.progress)
    let tuning = try FineTuning(
      settings, output: output, resumes: resumes, communicator: communicator,
      report: printer.print)
    guard try tuning.train(stopAfter: arguments.options.stopAfter) else {
      return try tellStopped(after: tuning.done, output, invocation)
    }
    let classifier = try AnswerClassifier(
      ModelDirectory(path: output), communicator: communicator, precision: tuning.precision)
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
    if communicator.rank == 0 { try predictions.write(to: file) }
    try communicator.barrier()
    let report = try PredictionReport(predictions, questions: questions, file: file)
    try invocation.output.result(report, report.rows)
  }

  /// What `--json` prints of a training that is not over.
  private struct Stop: Encodable {
    var stoppedAfter: Int

    private enum CodingKeys: String, CodingKey { case stoppedAfter = "stopped_after" }
  }

  private static func tellStopped(
    after step: Int, _ output: String, _ invocation: Invocation<Options>
  ) throws {
    invocation.progress.finish()
    if invocation.options.json {
      return try invocation.output.object(Stop(stoppedAfter: step))
    }
    try invocation.output.line(
      "stopped after step \(step); go on with finetune --output \(output) --resume")
  }

  private static func settingsToResume(
    _ arguments: ParsedArguments<Options>
  ) throws -> FineTuningSettings {
    try arguments.refuseSettings(
      besides: [\.output, \.resume, \.settings.test, \.stopAfter, \.json],
      ofResumed: "fine-tuning")
    return arguments.options.settings
  }

  private static func settings(
    _ arguments: ParsedArguments<Options>
  ) throws -> FineTuningSettings {
    var base = Options()
    if let file = arguments.options.config { try base.settings.read(file: file) }
    let settings = arguments.options(over: base).settings
    for (name, value) in [
      ("model", settings.model), ("dev", settings.dev), ("train", settings.train.first ?? ""),
    ] where value.isEmpty {
      throw arguments.unsuitable("--\(name) is missing", remedy: "give it, or --resume")
    }
    return settings
  }
}

/// Tells a person what a fine-tuning reports.
private final class FineTuningPrinter {
  private let progress: ProgressLine
  private let clock = ContinuousClock()
  private var first: (step: Int, start: ContinuousClock.Instant)?
  private var lastStep = 0
  private var loss = 0.0
  private var accuracy = 0.0

  init(_ progress: ProgressLine) { self.progress = progress }

  func print(_ event: FineTuningEvent) {
    switch event {
    case .note(let text):
      progress.note(text)
    case .started(let step, let steps, let questions, let parameters, let ranks):
      progress.note(
        "fine-tuning \(parameters.formatted()) parameters on \(questions.formatted()) questions "
          + "per epoch, \(ranks == 1 ? "1 rank" : "\(ranks) ranks"), steps \(step) to \(steps)")
      first = (step, clock.now)
      lastStep = steps
    case .step(let record):
      // Few questions per step: what is shown are running means.
      let share = loss == 0 ? 1 : 0.05
      loss += share * (record.loss - loss)
      accuracy += share * (record.accuracy - accuracy)
      progress.show(
        String(
          format: "%@ left  epoch %d  step %d/%d  loss %.3f  right %.1f %%  %.0f tokens/s",
          timeLeft(after: record.step), record.epoch, record.step, lastStep, loss, 100 * accuracy,
          record.tokensPerSecond))
    case .epoch(let number, let devAccuracy, let isBest):
      progress.note(
        String(
          format: "epoch %d: %.2f %% of the dev questions right%@", number, 100 * devAccuracy,
          isBest ? ", the best so far" : ""))
    }
  }

  private func timeLeft(after step: Int) -> String {
    guard let first else { return "" }
    let seconds = (clock.now - first.start) / .seconds(1)
    return duration(seconds / Double(step - first.step + 1) * Double(lastStep - step))
  }
}
