import Training

/// How far choosing the best epoch has come: what a fine-tuning keeps beside weights and settings.
package struct FineTuningProgress: Codable {
  package var bestAccuracy = -1.0
  package var epochsSinceBest = 0
  package var epochsDone = 0
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

extension TrainingRecord<FineTuningSettings, FineTuningProgress> {
  /// Throws where a checkpoint says what no fine-tuning can have.
  func validate(_ checkpoint: Checkpoint) throws {
    guard step >= 1, 0...step ~= progress.epochsDone,
      0...progress.epochsDone ~= progress.epochsSinceBest,
      progress.bestAccuracy == -1 || 0...1 ~= progress.bestAccuracy
    else {
      throw AnsweringError.notResumable(
        path: checkpoint.path, reason: "its training.json says what cannot be")
    }
    do {
      try settings.validate()
    } catch AnsweringError.invalidSetting(let name, let value, _) {
      throw checkpoint.invalid(name, value)
    }
  }
}
