import Foundation

/// The learning rate as a function of the step and of nothing else: a linear warm-up from 0, then a
/// fall to the minimum.
package struct LearningRateSchedule: Equatable, Sendable {
  /// How the rate falls after the warm-up.
  package enum Shape: String, CaseIterable, Sendable {
    /// Along half a cosine (Loshchilov and Hutter, SGDR, 2017).
    case cosine

    /// Along a line.
    case linear

    /// Not at all until the last fifth of those steps, then along a line: "warm-up, stable, decay" (Hu and
    /// others, MiniCPM, 2024).
    case wsd

    /// The rate at the end where none is given.
    func minimum(below maximum: Double) -> Double { self == .cosine ? maximum / 10 : 0 }

    /// How much of the way down is left, `progress` of the way through the steps after the warm-up.
    fileprivate func height(at progress: Double) -> Double {
      switch self {
      case .cosine: (1 + cos(Double.pi * progress)) / 2
      case .linear: 1 - progress
      case .wsd: min(1, (1 - progress) / Self.decayShare)
      }
    }

    private static let decayShare = 0.2
  }

  /// How the rate falls.
  package let shape: Shape

  /// The rate at the end of the warm-up.
  package let maximum: Double

  /// The rate from the last step on.
  package let minimum: Double

  /// How many steps the warm-up takes.
  package let warmupSteps: Int

  /// The step at which the minimum is reached.
  package let totalSteps: Int

  /// Makes a schedule.
  package init(
    _ shape: Shape = .cosine, maximum: Double, minimum: Double, warmupSteps: Int, totalSteps: Int
  ) {
    self.shape = shape
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
    return minimum + (maximum - minimum) * shape.height(at: progress)
  }
}
