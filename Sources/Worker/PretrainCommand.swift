import Collective
import CommandLineInterface
import Foundation
import Kernels
import Model
import Settings
import Training

/// `worker pretrain`: from text files to a trained network.
enum PretrainCommand: Command {
  static let name = "pretrain"
  static let summary = "train a tokenizer and a network from nothing, on one rank or many"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "With no option at all it trains the tiny preset on the built-in stories, in the next free "
      + "folder below runs.",
    "Settings come from the preset, then from --config, then from the command line; --resume takes "
      + "all of them from the run's newest complete checkpoint. The result does not depend on the "
      + "number of ranks.",
    "A corpus is text in UTF-8, documents parted by <|endoftext|> (Documentation/DATA.md).",
    "A grain is the part of a batch that one rank computes at once: --batch is a multiple of --grain, "
      + "and more ranks than grains have nothing to do. Losses are in nats a token (e to the loss is "
      + "the perplexity); bits a byte compare models with different tokenizers.",
    "Here products run on \(KernelEnvironment.matrixProducts), everything else on loops for "
      + "\(KernelEnvironment.instructionSet).",
  ]

  static let groups = [
    OptionGroup(
      "Data",
      [
        .text(
          "corpus", "FILE", "text to learn from", isRepeatable: true,
          unlessGiven: "the built-in stories"),
        .text("validation", "FILE", "text to evaluate on", unlessGiven: "no evaluation"),
        .text(
          "tokenizer", "DIR", "folder of a finished tokenizer", unlessGiven: "one is trained first"),
        integer("vocabulary-size", "ids of the tokenizer that is trained", minimum: 1),
      ]),
    OptionGroup(
      "Run",
      [
        .text(
          "run", "DIR", "folder of the run", unlessGiven: "runs/001, the next free number",
          isConfigurable: false),
        .flag("resume", "go on from the newest complete checkpoint of --run"),
        .flag(
          "allow-changes", "with --resume: go on although inputs or the processor are others"),
        .integer(
          "stop-after", "N", "save after step N and end; the schedule stays that of --steps",
          minimum: 1, isConfigurable: false),
        .choice(
          "preset", PretrainingSettings.Preset.allCases.map(\.rawValue), "a set of settings",
          default: "tiny", isConfigurable: false),
        .text("config", "FILE", "settings as a JSON object", isConfigurable: false),
        .choice(
          "collective", CollectiveTransport.allCases.map(\.rawValue),
          "how gradients travel between ranks", unlessGiven: "window where memory can be shared",
          isConfigurable: false),
      ]),
    OptionGroup(
      "Measure",
      [
        .flag("profile", "print where the time goes, and write RUN/trace.json for Chrome")
      ]),
    OptionGroup(
      "Network",
      [
        integer("width", "width of the residual stream", minimum: 1),
        integer("layers", "transformer blocks", minimum: 1),
        integer("heads", "attention heads a block; they divide the width", minimum: 1),
        integer("hidden", "inner width of the feed-forward layer", minimum: 1),
        integer("context", "tokens a window", minimum: 1),
        number("rope-theta", "base of the rotary angles; larger ones see further"),
        .choice(
          "initialization", PretrainingSettings.Initialization.allCases.map(\.rawValue),
          "how the weights begin; matching has heads that find equal tokens",
          unlessGiven: presetValues("initialization")),
      ]),
    OptionGroup(
      "Training",
      [
        integer("batch", "windows a step, all ranks together", minimum: 1),
        integer("micro-batch", "windows whose gradient is computed at once", minimum: 1),
        integer("steps", "steps of the schedule", minimum: 1),
        number("learning-rate", "learning rate after the warm-up"),
        .number(
          "minimum-learning-rate", "X", "learning rate at the end", minimum: 0,
          unlessGiven: "a tenth of the highest"),
        .integer(
          "warmup-steps", "N", "steps in which the learning rate rises", minimum: 0,
          unlessGiven: "100, at most a tenth of --steps"),
        number("weight-decay", "decay of matrices, decoupled"),
        number("beta1", "AdamW's decay of the first moment"),
        number("beta2", "AdamW's decay of the second moment"),
        number("gradient-clipping", "norm that gradients are clipped to"),
        integer("seed", "where all chance comes from", minimum: 0),
        .choice(
          "precision", Precision.allCases.map(\.rawValue), "how activations are stored",
          unlessGiven: presetValues("precision")),
      ]),
    OptionGroup(
      "Record",
      [
        integer("evaluate-every", "steps between two evaluations", minimum: 1),
        integer("save-every", "steps between two checkpoints", minimum: 1),
        .integer("keep-checkpoints", "N", "checkpoints that stay", minimum: 1, unlessGiven: "all"),
      ]),
  ]

  static func run(_ invocation: Invocation) throws {
    let request = try request(invocation.arguments)
    let communicator = try invocation.communicator()
    let printer = EventPrinter(output: invocation.output, progress: invocation.progress)
    try Trainer(request, communicator: communicator, report: printer.print).train()
  }

  /// What the command line asks for.
  static func request(_ arguments: ParsedArguments) throws -> Trainer<LanguageModelling>.Request {
    var request = Trainer<LanguageModelling>.Request(PretrainingSettings())
    request.folder = arguments.text("run")
    request.resumes = arguments.flag("resume")
    request.allowsChanges = arguments.flag("allow-changes")
    request.profiles = arguments.flag("profile")
    request.stopAfter = arguments.integer("stop-after")
    request.collective = arguments.text("collective").flatMap(CollectiveTransport.init)
    if request.resumes {
      guard arguments.text("run") != nil else {
        throw arguments.unsuitable("--resume needs a run", remedy: "name it with --run DIR")
      }
      try arguments.refuseSettings(
        besides: ["run", "resume", "allow-changes", "stop-after", "collective", "profile"],
        ofResumed: "run")
    } else {
      try arguments.refuseAllowChanges()
      let given = try arguments.text("config").map(arguments.over(settingsFile:)) ?? arguments
      let preset = arguments.text("preset").flatMap(PretrainingSettings.Preset.init) ?? .tiny
      if given.text("tokenizer") != nil && given.values["vocabularySize"] != nil {
        throw arguments.unsuitable(
          "--vocabulary-size does not go with --tokenizer",
          remedy: "leave it out: a finished tokenizer has its ids")
      }
      request.settings = try given.settings(over: PretrainingSettings(preset: preset))
    }
    return request
  }

  private static func integer(_ name: String, _ summary: String, minimum: Int) -> CommandOption {
    .integer(name, "N", summary, minimum: minimum, unlessGiven: presetValues(name))
  }

  private static func number(_ name: String, _ summary: String) -> CommandOption {
    .number(name, "X", summary, minimum: 0, unlessGiven: presetValues(name))
  }

  /// What the presets have for an option: `128, base: 512`.
  private static func presetValues(_ name: String) -> String {
    let key = CommandOption.text(name, "", "").key
    let values = PretrainingSettings.Preset.allCases.map { preset in
      (preset, PretrainingSettings(preset: preset).value(ofKey: key))
    }
    let others = values.dropFirst().filter { $0.1 != values[0].1 }
    return ([values[0].1] + others.map { "\($0.0.rawValue): \($0.1)" }).joined(separator: ", ")
  }
}

extension PretrainingSettings {
  /// The setting with this JSON key, as one would type it.
  fileprivate func value(ofKey key: String) -> String {
    let values = try? JSONDecoder().decode(
      [String: SettingValue?].self, from: JSONEncoder().encode(self))
    return values?[key]??.description ?? ""
  }
}
