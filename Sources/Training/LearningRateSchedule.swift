import Foundation

/// The learning rate as a function of the step and of nothing else: a linear warm-up from 0, then
/// half a cosine down to the minimum (Loshchilov and Hutter 2017).
package struct LearningRateSchedule: Equatable, Sendable {
  /// The rate at the end of the warm-up.
  package let maximum: Double

  /// The rate from the last step on.
  package let minimum: Double

  /// How many steps the warm-up takes.
  package let warmupSteps: Int

  /// The step at which the minimum is reached.
  package let totalSteps: Int

  /// Makes a schedule.
  package init(maximum: Double, minimum: Double, warmupSteps: Int, totalSteps: Int) {
    self.maximum = maximum
    self.minimum = minimum
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  /// The warm-up of a training of `steps` steps for which nobody has given one: that of the preset,
  /// but at most a tenth of the steps, so that most of them have the rate that was chosen.
  package static func warmupSteps(preset: Int, steps: Int) -> Int { min(preset, steps / 10) }

  /// What there is to say of a warm-up after which nothing comes; nil where the rate falls again.
  package var note: String? {
    guard warmupSteps >= totalSteps else { return nil }
    return "the learning rate rises through all \(totalSteps) steps and never falls: give fewer "
      + "--warmup-steps than \(warmupSteps)"
  }

  /// The rate at `step`; training counts its steps from 1.
  package func rate(at step: Int) -> Double {
    if step < warmupSteps { return maximum * Double(step) / Double(warmupSteps) }
    if step >= totalSteps { return minimum }
    let progress = Double(step - warmupSteps) / Double(totalSteps - warmupSteps)
    return minimum + (maximum - minimum) * (1 + cos(Double.pi * progress)) / 2
  }
}
