import CommandLineInterface
import Foundation
import Model
import Training

/// `worker estimate`: what a network costs, before it is trained.
enum EstimateCommand: Command {
  static let name = "estimate"
  static let summary = "compute parameters, operations and memory of a network"

  static let groups = [
    OptionGroup(
      "Sizes",
      [
        .choice(
          "preset", PretrainingSettings.Preset.allCases.map(\.rawValue), "a set of sizes",
          default: "tiny"),
        .integer("vocabulary-size", "N", "token ids", minimum: 1, unlessGiven: "the preset's"),
        .integer("width", "N", "width of the residual stream", minimum: 1),
        .integer("layers", "N", "transformer blocks", minimum: 1),
        .integer("heads", "N", "attention heads a block", minimum: 1),
        .integer("hidden", "N", "inner width of the feed-forward layer", minimum: 1),
        .integer("context", "N", "tokens a window", minimum: 1),
        .integer("batch", "N", "windows a step, all ranks together", minimum: 1),
        .integer("micro-batch", "N", "windows whose gradient is computed at once", minimum: 1),
        .choice("precision", Precision.allCases.map(\.rawValue), "how activations are stored"),
        .integer("ranks", "N", "ranks of the training", minimum: 1, default: 1),
        .json,
      ])
  ]

  /// What `--json` prints.
  private struct Report: Encodable {
    var parameters: Int
    var forwardFLOPsPerToken: Int
    var trainingFLOPsPerToken: Int
    var parameterBytes: Int
    var ranks: Int
    var trainingBytesPerRank: Int
    var trainingBytes: Int

    enum CodingKeys: String, CodingKey {
      case parameters, ranks
      case forwardFLOPsPerToken = "forward_flops_per_token"
      case trainingFLOPsPerToken = "training_flops_per_token"
      case parameterBytes = "parameter_bytes"
      case trainingBytesPerRank = "training_bytes_per_rank"
      case trainingBytes = "training_bytes"
    }
  }

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let preset = arguments.text("preset").flatMap(PretrainingSettings.Preset.init) ?? .tiny
    let settings = try arguments.settings(over: PretrainingSettings(preset: preset))
    try settings.validate()
    let ranks = arguments.integer("ranks") ?? 1
    guard ranks <= SizeBounds.ranks else {
      throw arguments.unsuitable("--ranks is \(ranks)", remedy: "give at most \(SizeBounds.ranks)")
    }
    let configuration = settings.configuration(vocabulary: settings.vocabularySize)
    let accounting = Accounting(configuration)
    let perRank = TrainingMemory(settings: settings, configuration: configuration, ranks: ranks)
      .bytesPerRank
    let (allRanks, overflows) = perRank.multipliedReportingOverflow(by: ranks)
    guard !overflows else {
      throw arguments.unsuitable(
        "\(ranks) ranks of \(perRank) bytes are more than can be counted",
        remedy: "give fewer --ranks or smaller sizes")
    }
    let report = Report(
      parameters: accounting.parameterCount,
      forwardFLOPsPerToken: accounting.forwardFLOPsPerToken,
      trainingFLOPsPerToken: accounting.trainingFLOPsPerToken,
      parameterBytes: accounting.parameterBytes(), ranks: ranks, trainingBytesPerRank: perRank,
      trainingBytes: allRanks)
    if arguments.flag("json") { return try invocation.output.object(report) }
    for (name, value) in [
      ("parameters", report.parameters.formatted()),
      ("FLOPs a token, forward", report.forwardFLOPsPerToken.formatted()),
      ("FLOPs a token, training", report.trainingFLOPsPerToken.formatted()),
      ("bytes of the parameters", megabytes(report.parameterBytes)),
      ("bytes of training, a rank of \(ranks)", megabytes(report.trainingBytesPerRank)),
      ("bytes of training, all ranks", megabytes(report.trainingBytes)),
    ] {
      try invocation.output.line(
        name.padding(toLength: 36, withPad: " ", startingAt: 0) + value)
    }
  }

  private static func megabytes(_ bytes: Int) -> String {
    "\(bytes.formatted()) (\(String(format: "%.1f", Double(bytes) / 1e6)) MB)"
  }
}
