import Foundation
import ParablePlatform

/// What a training is for: each has its own settings, and none resumes another's checkpoint.
package struct TrainingKind: Equatable, Sendable {
  /// What `training.json` calls it.
  package let name: String

  /// What messages call it.
  package let title: String

  /// The option that names its folder.
  package let option: String

  /// Whether it leaves a model in the folder itself, beside the checkpoints.
  package let leavesModel: Bool

  /// Describes a kind.
  package init(name: String, title: String, option: String, leavesModel: Bool) {
    self.name = name
    self.title = title
    self.option = option
    self.leavesModel = leavesModel
  }

  /// From text to a network.
  package static let pretraining = TrainingKind(
    name: "pre-training", title: "run", option: "--run", leavesModel: false)

  /// From a network and questions to one that answers them.
  package static let fineTuning = TrainingKind(
    name: "fine-tuning", title: "fine-tuning", option: "--output", leavesModel: true)
}

/// `training.json` of a checkpoint: everything that is needed to go on, and what it was made with.
package struct TrainingRecord<Settings: Codable, Progress: Codable>: Codable {
  /// How many updates were made.
  package var step: Int

  /// The name of the kind of training.
  package var kind: String

  /// What the training was started with.
  package var settings: Settings

  /// What the task keeps beside the weights.
  package var progress: Progress

  /// A digest of each file that was learned from, by its path; empty in what earlier versions wrote.
  ///
  /// SHA-256, or of a corpus's text the quicker one that tells whether it was prepared.
  package var inputs: [String: String]

  /// What the training ran on; nil in what earlier versions wrote.
  package var environment: TrainingEnvironment?

  /// Which steps were skipped, and what decides on the next; nothing in what earlier versions wrote.
  package var skips = SkipHistory()

  package init(
    step: Int, kind: TrainingKind, settings: Settings, progress: Progress,
    inputs: [String: String] = [:], environment: TrainingEnvironment? = nil,
    skips: SkipHistory = SkipHistory()
  ) {
    self.skips = skips
    self.step = step
    self.kind = kind.name
    self.settings = settings
    self.progress = progress
    self.inputs = inputs
    self.environment = environment
  }

  /// Reads a record of this version, or one of the version before: that had no `kind`, kept the
  /// progress of a pre-training as `preparation` beside the settings, and that of a fine-tuning around
  /// its settings.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: TrainingRecordKey.self)
    step = try values.decode(Int.self, forKey: .step)
    if let kind = try values.decodeIfPresent(String.self, forKey: .kind) {
      self.kind = kind
      settings = try values.decode(Settings.self, forKey: .settings)
      progress = try values.decode(Progress.self, forKey: .progress)
      inputs = try values.decodeIfPresent([String: String].self, forKey: .inputs) ?? [:]
      environment = try values.decodeIfPresent(TrainingEnvironment.self, forKey: .environment)
      skips = try values.decodeIfPresent(SkipHistory.self, forKey: .skips) ?? SkipHistory()
      return
    }
    environment = nil
    let around = try values.nestedContainer(keyedBy: TrainingRecordKey.self, forKey: .settings)
    if around.contains(.settings) {
      kind = TrainingKind.fineTuning.name
      settings = try around.decode(Settings.self, forKey: .settings)
      progress = try values.decode(Progress.self, forKey: .settings)
      inputs = try around.decodeIfPresent([String: String].self, forKey: .digests) ?? [:]
    } else {
      kind = TrainingKind.pretraining.name
      settings = try values.decode(Settings.self, forKey: .settings)
      progress = try Progress(from: decoder)
      inputs = [:]
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: TrainingRecordKey.self)
    try values.encode(step, forKey: .step)
    try values.encode(kind, forKey: .kind)
    try values.encode(settings, forKey: .settings)
    try values.encode(progress, forKey: .progress)
    try values.encode(inputs, forKey: .inputs)
    try values.encodeIfPresent(environment, forKey: .environment)
    try values.encode(skips, forKey: .skips)
  }
}

extension TrainingRecord: Sendable where Settings: Sendable, Progress: Sendable {}

extension TrainingRecord {
  /// Throws unless these digests of inputs, by their paths, are those of the record.
  ///
  /// Files are the same by their names and contents, wherever they are.
  func require(inputs now: [String: String]) throws {
    guard !inputs.isEmpty else { return }
    func named(_ digests: [String: String]) -> [[String]] {
      digests.map { [URL(fileURLWithPath: $0.key).lastPathComponent, $0.value] }
    }
    var missing = named(inputs)
    var others: [[String]] = []
    for input in named(now) {
      if let place = missing.firstIndex(of: input) {
        missing.remove(at: place)
      } else {
        others.append(input)
      }
    }
    let names = Set((missing + others).map { $0[0] }).sorted()
    guard names.isEmpty else {
      throw TrainingError.file(
        path: "the inputs",
        reason: "not those of the training to repeat: \(names.joined(separator: ", "))",
        remedy: "give the files that it learned from, by --data where they lie in another folder")
    }
  }
}

private enum TrainingRecordKey: CodingKey {
  case step, kind, settings, progress, inputs, environment, skips, digests
}

/// What of a record tells its kind, whatever the settings are.
struct TrainingRecordKind: Decodable {
  let name: String

  init(from decoder: any Decoder) throws {
    typealias Nothing = [String: Never]
    let values = try decoder.container(keyedBy: TrainingRecordKey.self)
    if let kind = try values.decodeIfPresent(String.self, forKey: .kind) {
      name = kind
    } else {
      let settings = try values.nestedContainer(keyedBy: TrainingRecordKey.self, forKey: .settings)
      let kind: TrainingKind = settings.contains(.settings) ? .fineTuning : .pretraining
      name = kind.name
    }
  }
}

/// What keeps a JSON text from being what it should be: the key, and what is wrong with its value.
func decodingReason(_ error: any Error) -> String {
  func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
  switch error {
  case DecodingError.keyNotFound(let key, let context):
    return "it has no \(name(context.codingPath + [key]))"
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
    DecodingError.dataCorrupted(let context):
    let name = name(context.codingPath)
    return name.isEmpty ? "it is not the JSON that was written" : "its \(name) cannot be"
  default: return "it is not the JSON that was written"
  }
}
