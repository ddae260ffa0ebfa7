import ParableCollective
import ParableCommandLineInterface
import ParableKernels
import ParableSettings
import ParableTraining

/// `worker pretrain`: from text files to a trained network.
enum PretrainCommand: Command {
  static let name = "pretrain"
  static let summary = "train a tokenizer and a network from nothing, on one rank or many"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "With no option at all it trains the tiny preset on the built-in stories, in the next free "
      + "folder below runs.",
    "Settings come from the preset, then from --config, then from the command line; --resume takes "
      + "all of them from the run's newest complete checkpoint, where --skip-steps adds to them and "
      + "--maximum-skipped and --check-every may be others. The result does not depend on the number "
      + "of ranks.",
    "A step whose loss or gradient is not a finite number changes nothing and is said; the error that "
      + "ends a run with many of them names what to pass by with --skip-steps "
      + "(Documentation/RELIABILITY.md).",
    StoppedTraining.explanation,
    "A corpus is text in UTF-8, documents parted by <|endoftext|> (Documentation/DATA.md).",
    "A micro-batch is the part of a batch that one rank computes at once: --batch is a multiple of "
      + "--micro-batch, and more ranks than micro-batches have nothing to do. Losses are in nats per "
      + "token (e to the loss is the perplexity); bits per byte compare models with different "
      + "tokenizers.",
    "Here products run on \(KernelEnvironment.matrixProducts), everything else on loops for "
      + "\(KernelEnvironment.instructionSet).",
  ]

  struct Options: PresetOptions, QuietOptions {
    var run: String?
    var resume = false
    var allowChanges = false
    var stopAfter: Int?
    var maxTime: TimeSpan?
    var preset = PretrainingSettings.Preset.tiny
    var config: String?
    var collective: CollectiveTransport?
    var profile = false
    var onSaveError = SaveErrorChoice.stop
    var stallTimeout = 60.0
    var quiet = false
    var settings = PretrainingSettings()

    static var settings: [Setting<Options>] {
      [
        Setting(\.run, "run", "folder of the run", unit: "DIR")
          .unlessGiven("runs/001, the next free number").heading("Run"),
        Setting(\.resume, "resume", "go on from the newest complete checkpoint of --run"),
        Setting(
          \.allowChanges, "allowChanges",
          "with --resume: go on although inputs or the processor are others"),
        Setting(
          \.stopAfter, "stopAfter",
          "save after this step and end; the schedule stays that of --steps", unit: "STEP",
          in: .from(1)),
        .maxTime(\.maxTime),
        .preset(\.preset),
        Setting(\.config, "config", "settings as a JSON object", unit: "FILE"),
        Setting(choice: \.collective, "collective", "how gradients travel between ranks")
          .unlessGiven("window where memory can be shared"),
        Setting(
          \.profile, "profile",
          "print where the time goes, and write RUN/trace.json for Chrome: the first 262,144 calls of "
            + "all ranks together"),
        .onSaveError(\.onSaveError),
        .stallTimeout(\.stallTimeout), .quiet(\.quiet),
      ] + PretrainingSettings.settings.map { $0.within(\.settings) }
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    var request = try request(invocation.arguments)
    request.goesOnUnsaved = invocation.options.onSaveError == .continue
    request.stops = invocation.stopSource(maxTime: invocation.options.maxTime)
    MPICommunicator.stallTimeout = invocation.options.stallTimeout
    let communicator = try invocation.communicator()
    let printer = EventPrinter(output: invocation.output, progress: invocation.progress)
    let trainer = try Trainer(request, communicator: communicator, report: printer.print)
    try trainer.train()
    if trainer.stopReason != nil { throw StoppedTraining() }
  }

  /// What the command line asks for.
  private static func request(
    _ arguments: ParsedArguments<Options>
  ) throws -> Trainer<LanguageModelling>.Request {
    let options = arguments.options
    var request = Trainer<LanguageModelling>.Request(PretrainingSettings())
    request.folder = options.run
    request.resumes = options.resume
    request.allowsChanges = options.allowChanges
    request.profiles = options.profile
    request.stopAfter = options.stopAfter
    request.collective = options.collective
    guard !options.resume else {
      guard options.run != nil else {
        throw arguments.unsuitable("--resume needs a run", remedy: "name it with --run DIR")
      }
      try arguments.refuseSettings(ofResumed: "run")
      request.settings.training = options.settings.training
      return request
    }
    try arguments.refuseAllowChanges(options.allowChanges)
    request.settings = try arguments.settings(file: options.config)
    if request.settings.tokenizer != nil, arguments.isGiven(\.settings.vocabularySize) {
      throw arguments.unsuitable(
        "--vocabulary-size does not go with --tokenizer",
        remedy: "leave it out: a finished tokenizer has its ids")
    }
    return request
  }
}
