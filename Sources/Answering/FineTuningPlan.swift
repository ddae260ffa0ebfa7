import Training

/// What follows from the settings of a fine-tuning and the number of its questions.
struct FineTuningPlan: Equatable {
  /// Questions of a step, and of a grain of it.
  let batch, grain: Int

  /// Steps of an epoch, and of all epochs.
  let stepsPerEpoch, steps: Int

  /// Steps in which the learning rate rises.
  let warmupSteps: Int

  /// How many of the questions an epoch takes.
  let questionsPerEpoch: Int

  /// Plans for so many questions.
  ///
  /// - Throws: ``AnsweringError/tooFewQuestions(count:batch:)`` where a batch that was asked for is
  ///   not filled.
  init(_ settings: FineTuningSettings, questions: Int) throws {
    questionsPerEpoch = min(questions, settings.epochQuestions ?? questions)
    let most = min(FineTuningSettings.defaultBatch, questionsPerEpoch)
    let batch = settings.batch ?? max(1, most / (settings.grain ?? 1)) * (settings.grain ?? 1)
    guard batch <= questionsPerEpoch else {
      throw AnsweringError.tooFewQuestions(count: questionsPerEpoch, batch: batch)
    }
    self.batch = batch
    grain =
      settings.grain
      ?? (1...FineTuningSettings.defaultGrain).last { batch.isMultiple(of: $0) } ?? 1
    stepsPerEpoch = questionsPerEpoch / batch
    steps = stepsPerEpoch * settings.epochs
    warmupSteps =
      settings.warmupSteps
      ?? LearningRateSchedule.warmupSteps(
        preset: FineTuningSettings.defaultWarmupSteps, steps: steps)
  }

  /// The settings with everything that was left open.
  func filling(_ settings: FineTuningSettings) -> FineTuningSettings {
    var filled = settings
    (filled.batch, filled.grain, filled.warmupSteps) = (batch, grain, warmupSteps)
    return filled
  }
}
