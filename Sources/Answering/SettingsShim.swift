import Training

extension FineTuningSettings {
  package var training: TrainingSettings {
    var t = TrainingSettings()
    (t.beta1, t.beta2, t.weightDecay, t.gradientClipping) = (beta1, beta2, weightDecay, maximumNorm)
    (t.seed, t.precision, t.saveEvery, t.keepCheckpoints) = (seed, precision, saveEvery, 2)
    return t
  }
}
extension FineTuningPlan {
  var microBatch: Int { grain }
  func schedule(_ s: FineTuningSettings) -> LearningRateSchedule {
    LearningRateSchedule(
      maximum: s.learningRate, minimum: s.minimumLearningRate ?? s.learningRate / 10,
      warmupSteps: warmupSteps, totalSteps: steps)
  }
}
