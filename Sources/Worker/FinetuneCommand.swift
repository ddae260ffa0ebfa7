import Foundation
import ParableAnswering
import ParableCollective
import ParableCommandLineInterface
import ParableCorpus
import ParableModel
import ParableSettings
import ParableTraining

enum FinetuneCommand: Command {
  static let name = "finetune"
  static let summary = "train a model to answer multiple-choice questions, on one rank or many"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "Each choice is read behind its passage and question, and gets a logit from the pooled hidden "
      + "states of its tokens. The epoch that does best on --dev is kept. Files of questions with "
      + "answers alone get wrong choices anew in each epoch.",
    "--resume takes all settings from the newest complete checkpoint of --output and needs no model; "
      + "with it only --test, --stop-after, --max-time, --allow-changes, --skip-steps, --maximum-skipped and "
      + "--check-every may be given. Questions, model and processor have to be what they were, unless "
      + "--allow-changes is given.",
    StoppedTraining.explanation,
    "A micro-batch is the part of a batch that one rank computes at once: --batch is a multiple of "
      + "--micro-batch, and more ranks than micro-batches have nothing to do.",
  ]

  struct Options: JSONOptions, QuietOptions {
    var settings = FineTuningSettings()
    var output = ""
    var resume = false
    var allowChanges = false
    var stopAfter: Int?
    var maxTime: TimeSpan?
    var config: String?
    var onSaveError = SaveErrorChoice.stop
    var stallTimeout = 60.0
    var quiet = false
    var json = false

    static var settings: [Setting<Options>] {
      Setting(
        \.output, "output", "folder of the model, its predictions and checkpoints", unit: "DIR"
      ).required.heading("Run")
      Setting(\.resume, "resume", "go on from the newest complete checkpoint of --output")
      Setting(
        \.allowChanges, "allowChanges",
        "with --resume: go on although inputs or the processor are others")
      Setting(
        \.stopAfter, "stopAfter",
        "save after this step and end; the schedule stays that of all epochs", unit: "STEP",
        in: .from(1))
      Setting.maxTime(\.maxTime)
      Setting(\.config, "config", "settings as a JSON object", unit: "FILE")
      Setting.onSaveError(\.onSaveError)
      Setting.stallTimeout(\.stallTimeout)
      Setting.quiet(\.quiet)
      Setting.json(\.json)
      FineTuningSettings.settings.map { $0.within(\.settings) }
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let arguments = invocation.arguments
    let output = arguments.options.output
    var request = try request(arguments)
    request.goesOnUnsaved = invocation.options.onSaveError == .continue
    request.stops = invocation.stopSource(maxTime: arguments.options.maxTime)
    MPICommunicator.stallTimeout = invocation.options.stallTimeout
    let communicator = try invocation.communicator()
    let printer = EventPrinter(
      output: invocation.output, progress: invocation.progress, namesPlaces: false)
    let trainer = try Trainer(request, communicator: communicator, report: printer.print)
    guard try trainer.train() else {
      invocation.progress.finish()
      do {
        try tellStop(trainer.done, invocation)
      } catch  where trainer.stopReason != nil {
        // The terminal may be gone, and with it the reader.
      }
      if trainer.stopReason != nil { throw StoppedTraining() }
      return
    }
    // What follows can be made again from what is saved.
    StopSignals.obey()
    let tuning = trainer.task
    let classifier = try AnswerClassifier(
      ModelDirectory(path: output, communicator: communicator), communicator: communicator,
      precision: tuning.precision)
    let questions = tuning.testQuestions
    let scores = try classifier.scores(questions, of: tuning.testFile) {
      invocation.progress.share("predicting", $0, of: $1)
    }
    invocation.progress.finish()
    // A file is named as it was typed; what is resumed knows whole paths only.
    let testFile =
      request.settings.test ?? (request.resumes ? tuning.testFile : request.settings.dev)
    let report = try PredictionReport(
      scores, of: questions,
      config: classifier.configuration.summary(model: output, questions: testFile),
      to: output + "/finetuned_predictions.json", on: communicator)
    try invocation.output.result(report, report.rows)
  }

  private static func tellStop(_ step: Int, _ invocation: Invocation<Options>) throws {
    let options = invocation.options
    if options.json { try invocation.output.object(["stopped_after": step]) }
    try invocation.output.line(
      "stopped after step \(step); go on with finetune --output \(options.output) --resume")
  }

  private static func request(
    _ arguments: ParsedArguments<Options>
  ) throws -> Trainer<MultipleChoice>.Request {
    let options = arguments.options
    var request = Trainer<MultipleChoice>.Request(options.settings)
    request.folder = options.output
    request.resumes = options.resume
    request.allowsChanges = options.allowChanges
    request.stopAfter = options.stopAfter
    guard !options.resume else {
      try arguments.refuseSettings(ofResumed: "fine-tuning")
      return request
    }
    try arguments.refuseAllowChanges(options.allowChanges)
    var base = Options()
    if let file = options.config { try base.settings.read(file: file) }
    let settings = arguments.options(over: base).settings
    for (name, value) in [
      ("model", settings.model), ("dev", settings.dev), ("train", settings.train.first ?? ""),
    ] where value.isEmpty {
      throw arguments.unsuitable("--\(name) is missing", remedy: "give it, or --resume")
    }
    request.settings = settings
    return request
  }
}
