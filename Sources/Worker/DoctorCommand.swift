import Foundation
import ParableCollective
import ParableCommandLineInterface
import ParableLaunchEnvironment
import ParableSettings
import ParableTraining

/// `worker doctor`: what is in the way of a long training here.
enum DoctorCommand: Command {
  static let name = "doctor"
  static let summary = "look for what would slow down or end a long training here"
  static let runsOnSeveralRanks = true
  static let joinsAtOnce = false
  static let discussion = [
    "It takes the options of pretrain, by which it knows what the training is going to need, and is "
      + "started as the training will be: alone, by launcher or by mpirun. Each line is ok, warning "
      + "or error, and says what to do. It ends with 1 where there is an error, else with 0.",
    "In the folder of the run, or where it is going to be, files are made, locked, renamed and taken "
      + "away again.",
  ]

  struct Options: PresetOptions, JSONOptions {
    var run: String?
    var preset = PretrainingSettings.Preset.tiny
    var config: String?
    var collective: CollectiveTransport?
    var json = false
    var settings = PretrainingSettings()

    static var settings: [Setting<Options>] {
      [
        Setting(\.run, "run", "folder of the run", unit: "DIR").unlessGiven("below runs")
          .heading("Run"),
        .preset(\.preset),
        Setting(\.config, "config", "settings as a JSON object", unit: "FILE"),
        Setting(choice: \.collective, "collective", "how gradients travel between ranks")
          .unlessGiven("window where memory can be shared"),
        .json(\.json),
      ] + PretrainingSettings.settings.map { $0.within(\.settings) }
    }
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    var checks: [Finding]
    var errors: Int
    var warnings: Int
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    let settings = try invocation.arguments.settings(file: options.config)
    try settings.validate()
    let findings: [Finding]
    do {
      findings = try examine(settings, options, invocation.communicator())
    } catch let error as CollectiveError {
      findings = [ForeignLauncher.finding("\(error)")]
    }
    let (errors, warnings) = (
      findings.count { $0.verdict == .error }, findings.count { $0.verdict == .warning }
    )
    for finding in findings { try invocation.output.line(singleLine(finding.line)) }
    if options.json {
      try invocation.output.object(Report(checks: findings, errors: errors, warnings: warnings))
    }
    guard errors > 0 else { return }
    throw CommandFailure(
      description:
        "doctor: \(errors) error\(errors == 1 ? "" : "s"); mend what the lines above name")
  }

  /// Everything that there is to say, the same on every rank.
  private static func examine(
    _ settings: PretrainingSettings, _ options: Options, _ communicator: any Communicator
  ) throws -> [Finding] {
    let signs = try communicator.allGather([UInt8](JSONEncoder().encode(RankSigns()))).map {
      try JSONDecoder().decode(RankSigns.self, from: Data($0))
    }
    let ranks = RankFindings(signs: signs, hosts: communicator.hosts)
    let needs = RunNeeds(settings)
    let folder = try communicator.fromFirstRank { FolderTrial.existing(options.run ?? "runs") }
    let ofFolder = try communicator.fromFirstRank {
      diskFindings(
        needs, in: folder, free: freeBytes(in: folder), fileSizeLimit: fileSizeLimit())
        + FolderTrial(folder: folder).findings()
    }
    let shared = try SharedFolderTrial.finding(in: folder, communicator)
    var findings = [
      ForeignLauncher.finding(ProcessInfo.processInfo.environment, size: communicator.size),
      ranks.mpi(builtWith: MPICommunicator.builtVersion), ranks.builds,
    ]
    findings += ranks.binding + ranks.cores
    let work = WorkShare(batch: settings.batch, microBatch: settings.microBatch)
    if let note = work.idleNote(ranks: communicator.size) {
      let parts = note.split(separator: "; ", maxSplits: 1).map(String.init)
      findings.append(.warning("work", parts[0], remedy: parts.count > 1 ? parts[1] : "use fewer"))
    }
    findings += ranks.memory(needs)
    if options.collective != .messages { findings += ranks.sharedMemory(needs) }
    return findings + ofFolder + [shared].compactMap(\.self) + ranks.products + ranks.hugePages
  }
}
