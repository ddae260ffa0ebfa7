import ParableTraining

/// What follows from the settings of a fine-tuning and the number of its questions.
struct FineTuningPlan: Equatable {
  /// Questions per step and per micro-batch.
  let batch, microBatch: Int

  /// Steps of an epoch, and of all epochs.
  let stepsPerEpoch, steps: Int

  let schedule: LearningRateSchedule
  let questionsPerEpoch: Int

  /// - Throws: ``AnsweringError/tooFewQuestions(count:batch:)`` where a batch that was asked for is
  ///   not filled.
  init(_ settings: FineTuningSettings, questions: Int) throws {
    questionsPerEpoch = min(questions, settings.epochQuestions ?? questions)
    let most = min(FineTuningSettings.defaultBatch, questionsPerEpoch)
    let batch =
      settings.batch ?? max(1, most / (settings.microBatch ?? 1)) * (settings.microBatch ?? 1)
    guard batch <= questionsPerEpoch else {
      throw AnsweringError.tooFewQuestions(count: questionsPerEpoch, batch: batch)
    }
    self.batch = batch
    microBatch =
      settings.microBatch
      ?? (1...FineTuningSettings.defaultMicroBatch).last { batch.isMultiple(of: $0) } ?? 1
    stepsPerEpoch = questionsPerEpoch / batch
    steps = stepsPerEpoch * settings.epochs
    schedule = settings.training.learningRates(
      steps: steps, defaultWarmup: FineTuningSettings.defaultWarmup)
  }

  /// The settings with everything that was left open.
  func filling(_ settings: FineTuningSettings) -> FineTuningSettings {
    var filled = settings
    (filled.batch, filled.microBatch) = (batch, microBatch)
    filled.training.settle(schedule)
    return filled
  }
}
