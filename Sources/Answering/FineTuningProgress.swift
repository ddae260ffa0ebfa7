import Formats
import Foundation
import Settings
import Training

/// Settings, and how far choosing the best epoch has come: what `training.json` of a fine-tuning's
/// checkpoint holds beside the step.
struct FineTuningProgress: Codable {
  var settings: FineTuningSettings
  var bestAccuracy = -1.0
  var epochsSinceBest = 0
  var epochsDone = 0

  /// The SHA-256 of each file of questions; nil in what earlier versions wrote.
  var digests: [String: String]?

  init(settings: FineTuningSettings) {
    self.settings = settings
    self.settings.makePathsAbsolute()
  }

  /// The state of a checkpoint, with everything in it checked.
  static func state(of checkpoint: Checkpoint) throws -> Checkpoint.State<Self> {
    let state: Checkpoint.State<Self> = try checkpoint.state()
    let progress = state.settings
    guard state.step >= 1, 0...state.step ~= progress.epochsDone,
      0...progress.epochsDone ~= progress.epochsSinceBest,
      progress.bestAccuracy == -1 || 0...1 ~= progress.bestAccuracy
    else {
      throw AnsweringError.notResumable(
        path: checkpoint.path, reason: "its training.json says what cannot be")
    }
    do {
      try progress.settings.validate()
    } catch {
      throw checkpoint.invalid(error.name, error.value)
    }
    return state
  }

  /// Keeps the digests of all files of questions, `found` by path.
  ///
  /// - Throws: ``AnsweringError/questionsChanged(path:)`` where one was kept and is another.
  mutating func keepDigests(_ found: [String: String]) throws {
    for (path, digest) in found.sorted(by: { $0.key < $1.key }) {
      guard digests?[path] ?? digest == digest else {
        throw AnsweringError.questionsChanged(path: path)
      }
    }
    digests = found
  }
}

extension FineTuningSettings {
  /// All files of questions.
  var questionFiles: [String] { train + [dev] + (test.map { [$0] } ?? []) }

  /// Makes the paths mean the same from every folder.
  mutating func makePathsAbsolute() {
    train = train.map(absolutePath)
    dev = absolutePath(dev)
    test = test.map(absolutePath)
    model = absolutePath(model)
  }
}
