import Foundation
import ParableCommandLineInterface
import ParableModel
import ParableSettings
import ParableTraining

/// `worker estimate`: what a network costs, before it is trained.
enum EstimateCommand: Command {
  static let name = "estimate"
  static let summary = "compute parameters, operations and memory of a network"

  struct Options: PresetOptions, JSONOptions {
    var preset = PretrainingSettings.Preset.tiny
    var config: String?
    var settings = PretrainingSettings()
    var ranks = 1
    var json = false

    static var settings: [Setting<Options>] {
      let sizes: [PartialKeyPath<PretrainingSettings>] = [
        \.vocabularySize, \.width, \.layers, \.heads, \.hidden, \.context, \.training.batch,
        \.training.microBatch, \.training.precision,
      ]
      return [
        .preset(\.preset), Setting(\.config, "config", "settings as a JSON object", unit: "FILE"),
      ]
        + PretrainingSettings.settings.filter { sizes.contains($0.keyPath) }
        .map { $0.within(\.settings) } + [
          Setting(\.ranks, "ranks", "ranks of the training", in: .from(1, to: SizeBounds.ranks)),
          .json(\.json),
        ]
    }
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    var parameters: Int
    var forwardFLOPsPerToken: Int
    var trainingFLOPsPerToken: Int
    var parameterBytes: Int
    var batch: Int
    var microBatch: Int
    var ranks: Int
    var trainingBytesPerRank: Int
    var trainingBytes: Int

    enum CodingKeys: String, CodingKey {
      case parameters, batch, ranks
      case microBatch = "micro_batch"
      case forwardFLOPsPerToken = "forward_flops_per_token"
      case trainingFLOPsPerToken = "training_flops_per_token"
      case parameterBytes = "parameter_bytes"
      case trainingBytesPerRank = "training_bytes_per_rank"
      case trainingBytes = "training_bytes"
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let arguments = invocation.arguments
    let settings = try arguments.settings(file: invocation.options.config)
    try settings.validate()
    let ranks = invocation.options.ranks
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
      parameterBytes: accounting.parameterBytes(), batch: settings.batch,
      microBatch: settings.microBatch, ranks: ranks, trainingBytesPerRank: perRank,
      trainingBytes: allRanks)
    try invocation.output.result(
      report,
      [
        ("parameters", report.parameters.formatted()),
        ("FLOPs per token, forward", report.forwardFLOPsPerToken.formatted()),
        ("FLOPs per token, training", report.trainingFLOPsPerToken.formatted()),
        ("bytes of the parameters", megabytes(report.parameterBytes)),
        ("bytes of training per rank, of \(ranks)", megabytes(report.trainingBytesPerRank)),
        ("bytes of training, all ranks", megabytes(report.trainingBytes)),
      ])
  }

  private static func megabytes(_ bytes: Int) -> String {
    "\(bytes.formatted()) (\(String(format: "%.1f", Double(bytes) / 1e6)) MB)"
  }
}
