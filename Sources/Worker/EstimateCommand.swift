import Foundation
import ParableCommandLineInterface
import ParableModel
import ParableSettings
import ParableTraining

enum EstimateCommand: Command {
  static let name = "estimate"
  static let summary = "compute parameters, operations and memory of a network"

  struct Options: PresetOptions, JSONOptions {
    var preset = PretrainingSettings.Preset.tiny
    var config: String?
    var settings = PretrainingSettings()
    var ranks = 1
    var hosts = 1
    var json = false

    static var settings: [Setting<Options>] {
      let sizes: [PartialKeyPath<PretrainingSettings>] = [
        \.vocabularySize, \.width, \.layers, \.heads, \.hidden, \.context, \.training.batch,
        \.training.microBatch, \.training.optimizer, \.training.precision,
      ]
      Setting.preset(\.preset)
      Setting(\.config, "config", "settings as a JSON object", unit: "FILE")
      PretrainingSettings.settings.filter { sizes.contains($0.keyPath) }.map {
        $0.within(\.settings)
      }
      Setting(\.ranks, "ranks", "ranks of the training", in: .from(1, to: SizeBounds.ranks))
      Setting(
        \.hosts, "hosts", "hosts that the ranks are on, in equal parts",
        in: .from(1, to: SizeBounds.ranks))
      Setting.json(\.json)
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let arguments = invocation.arguments
    let settings = try arguments.settings(file: invocation.options.config)
    try settings.validate()
    let (ranks, hosts) = (invocation.options.ranks, invocation.options.hosts)
    guard ranks <= SizeBounds.ranks else {
      throw arguments.unsuitable("--ranks is \(ranks)", remedy: "give at most \(SizeBounds.ranks)")
    }
    guard hosts <= ranks else {
      throw arguments.unsuitable(
        "\(hosts) hosts for \(ranks) ranks", remedy: "give at most as many --hosts as --ranks")
    }
    let configuration = settings.configuration(vocabulary: settings.vocabularySize)
    let accounting = Accounting(configuration)
    let memory = TrainingMemory(
      settings: settings, configuration: configuration, ranks: ranks,
      hosts: hosts)
    let perRank = memory.bytesPerRank
    guard !perRank.multipliedReportingOverflow(by: ranks).overflow else {
      throw arguments.unsuitable(
        "\(ranks) ranks of \(perRank) bytes are more than can be counted",
        remedy: "give fewer --ranks or smaller sizes")
    }
    let perHost = memory.bytesPerHost
    let (forward, training) = (
      accounting.forwardFLOPsPerToken, accounting.trainingFLOPsPerToken
    )
    try invocation.output.result(
      [
        "parameters": accounting.parameterCount, "forward_flops_per_token": forward,
        "training_flops_per_token": training, "parameter_bytes": accounting.parameterBytes(),
        "batch": settings.batch, "micro_batch": settings.microBatch, "ranks": ranks, "hosts": hosts,
        "training_bytes_per_rank": perRank, "training_bytes": perHost,
      ],
      [
        ("parameters", accounting.parameterCount.formatted()),
        ("FLOPs per token, forward", forward.formatted()),
        ("FLOPs per token, training", training.formatted()),
        ("bytes of the parameters", megabytes(accounting.parameterBytes())),
        ("bytes of training per rank, of \(ranks)", megabytes(perRank)),
        (
          hosts == 1
            ? "bytes of training, all ranks on one host"
            : "bytes of training per host, of \(hosts)",
          megabytes(perHost)
        ),
      ])
  }

  private static func megabytes(_ bytes: Int) -> String {
    "\(bytes.formatted()) (\(String(format: "%.1f", Double(bytes) / 1e6)) MB)"
  }
}
