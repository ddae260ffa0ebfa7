import Foundation
import ParableAnswering
import ParableCollective
import ParableCommandLineInterface
import ParablePlatform
import ParableSettings
import ParableTraining

/// `worker reproduce`: trains a model again and compares.
enum ReproduceCommand: Command {
  static let name = "reproduce"
  static let summary = "train a model again from what it records, and say whether it is the same"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "DIR is a run (its newest checkpoint), a checkpoint, or the folder of a fine-tuned model with its "
      + "checkpoints. Settings come from there; the files that it learned from have to be where they were, "
      + "or together in --data, and their digests are compared before anything is trained. Any number of "
      + "ranks will do.",
    "It ends with 0 and the SHA-256 of model.safetensors where the weights are the same, and with 1 at "
      + "the first step whose loss or gradient norm is not what DIR's metrics.jsonl has. Where the processor "
      + "is of another kind, that is said first: bits differ then.",
    StoppedTraining.explanation,
  ]
  static let positionals = [
    PositionalArgument("DIR", "a run, a checkpoint or a fine-tuned model")
  ]

  struct Options: JSONOptions, QuietOptions {
    var run: String?
    var data: String?
    var resume = false
    var maxTime: TimeSpan?
    var stallTimeout = 60.0
    var quiet = false
    var json = false

    static var settings: [Setting<Options>] {
      [
        Setting(\.run, "run", "folder of the new training, which stays", unit: "DIR")
          .unlessGiven("runs/001, the next free number"),
        Setting(
          \.data, "data", "folder that has the files it learned from, by their names", unit: "DIR"
        ).unlessGiven("they are where they were"),
        Setting(\.resume, "resume", "go on from the newest complete checkpoint of --run"),
        .maxTime(\.maxTime), .stallTimeout(\.stallTimeout), .quiet(\.quiet), .json(\.json),
      ]
    }
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    var same: Bool
    var sha256: String
    var steps: Int
    var run: String
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let communicator = try invocation.communicator()
    let path = invocation.arguments.positionals[0]
    let original = try communicator.fromFirstRank { try Original(of: path) }
    if original.kind == MultipleChoice.kind.name {
      try repeatTraining(MultipleChoice.self, original, invocation)
    } else {
      try repeatTraining(LanguageModelling.self, original, invocation)
    }
  }

  private static func repeatTraining<Task: TrainingTask>(
    _ task: Task.Type, _ original: Original, _ invocation: Invocation<Options>
  ) throws {
    let (options, communicator) = (invocation.options, try invocation.communicator())
    let record: TrainingRecord<Task.Settings, Task.Progress> =
      try Checkpoint(path: original.checkpoint).record(Task.kind)
    guard !options.resume || options.run != nil else {
      throw invocation.arguments.unsuitable(
        "--resume needs a run", remedy: "name it with --run DIR")
    }
    var request = Trainer<Task>.Request(record.settings)
    request.folder = options.run
    request.resumes = options.resume
    request.stopAfter = record.step
    request.repeats = record
    request.check = { try original.check($0) }
    request.stops = invocation.stopSource(maxTime: options.maxTime)
    // Only the last one is compared; others are there to go on from.
    request.settings.training.keepCheckpoints = 1
    if let data = options.data {
      request.settings.mapPaths {
        $0.isEmpty ? $0 : data + "/" + URL(fileURLWithPath: $0).lastPathComponent
      }
    }
    MPICommunicator.stallTimeout = options.stallTimeout
    let printer = EventPrinter(output: invocation.output, progress: invocation.progress)
    for note in notes(original, record.environment) { printer.print(.note(note)) }
    let trainer = try Trainer(request, communicator: communicator, report: printer.print)
    try trainer.train()
    if trainer.stopReason != nil { throw StoppedTraining() }
    let run = trainer.folder
    try communicator.onFirstRank { try original.check(weightsOf: run, step: record.step) }
    try invocation.output.line("the same, SHA-256 \(original.sha256)")
    if options.json {
      try invocation.output.object(
        Report(same: true, sha256: original.sha256, steps: record.step, run: run.path))
    }
  }

  /// What a person should know before it begins.
  private static func notes(_ original: Original, _ before: TrainingEnvironment?) -> [String] {
    var notes: [String] = []
    if let before, before.version != programVersion {
      notes.append(
        "\(original.folder) was trained by version \(before.version), this is \(programVersion)")
    }
    if original.metrics == nil {
      notes.append(
        "\(original.folder) has no metrics.jsonl with it: its weights alone are compared, at the end"
      )
    }
    return notes
  }
}
