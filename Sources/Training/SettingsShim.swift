import Model

package struct SettingError: Error {
  package var name: String
  package var value: String
}
package struct TrainingSettings {
  package init() {}
  package var beta1 = 0.9, beta2 = 0.95, weightDecay = 0.1, gradientClipping = 1.0
  package var seed: UInt64 = 1
  package var precision = Precision.fp32
  package var saveEvery = 1
  package var keepCheckpoints: Int?
}
extension PretrainingSettings: TaskSettings {
  package var training: TrainingSettings {
    var t = TrainingSettings()
    (t.beta1, t.beta2, t.weightDecay, t.gradientClipping) = (beta1, beta2, weightDecay, maximumNorm)
    (t.seed, t.precision, t.saveEvery, t.keepCheckpoints) = (seed, precision, saveEvery, keep)
    return t
  }
  package var microBatch: Int { grain }
  package var microBatchCount: Int { grainCount }
  package mutating func settle() { makePathsAbsolute() }
}
extension PretrainingSettings.Initialization { static var induction: Self { .matching } }
