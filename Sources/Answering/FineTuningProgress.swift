import ParableTraining

/// How far choosing the best epoch has come: what a fine-tuning keeps beside weights and settings.
package struct FineTuningProgress: Codable, Sendable {
  var bestAccuracy = -1.0
  var epochsSinceBest = 0
  var epochsDone = 0

  /// Counts an epoch, and returns whether it is the best so far.
  mutating func endEpoch(accuracy: Double) -> Bool {
    epochsDone += 1
    guard accuracy > bestAccuracy else {
      epochsSinceBest += 1
      return false
    }
    bestAccuracy = accuracy
    epochsSinceBest = 0
    return true
  }
}

extension TrainingRecord<FineTuningSettings, FineTuningProgress> {
  /// The progress, as far as a fine-tuning can have come so far.
  func checkedProgress(of store: RunStore) throws -> FineTuningProgress {
    guard step >= 1, 0...step ~= progress.epochsDone,
      0...progress.epochsDone ~= progress.epochsSinceBest,
      progress.bestAccuracy == -1 || 0...1 ~= progress.bestAccuracy
    else {
      throw AnsweringError.notResumable(
        path: store.checkpoint?.path ?? store.folder.path,
        reason: "its training.json says what cannot be")
    }
    return progress
  }
}

extension FineTuningSettings {
  /// All files of questions.
  var questionFiles: [String] { train + [dev] + (test.map { [$0] } ?? []) }

  package mutating func settle() { mapPaths(absolutePath) }

  /// The questions to predict at the end change nothing of the training.
  package mutating func update(from asked: Self) { test = asked.test ?? test }
}
