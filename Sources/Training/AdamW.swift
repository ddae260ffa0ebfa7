import ParableKernels
import ParableModel
import ParablePlatform

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019): its constants and its moments.
///
/// Weight decay applies to matrices, embedding and output included, and not to the norms' gains.
package final class AdamW {
  /// What stays the same over a training.
  package struct Constants: Equatable, Sendable {
    /// The decay of the first moment.
    package var beta1: Double

    /// The decay of the second moment.
    package var beta2: Double

    /// Added to the root of the second moment.
    package var epsilon: Double

    /// The share of a weight that decays, times the learning rate.
    package var weightDecay: Double

    /// Makes the constants.
    package init(
      beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8, weightDecay: Double = 0.1
    ) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  /// The constants.
  package let constants: Constants

  /// The elements whose moments are here, and which are updated here.
  package let owned: Range<Int>

  /// The running mean of the gradients of the owned elements.
  package let firstMoment: OwnedBuffer<Float>

  /// The running mean of their squares.
  package let secondMoment: OwnedBuffer<Float>

  private let runs: [(range: Range<Int>, decays: Bool)]

  /// Starts with moments of zero; where only the classifier learns, the rest stays as it is.
  ///
  /// Left out, `owned` is everything: else other ranks have the other elements' moments.
  package init(
    _ layout: ParameterLayout, constants: Constants, owned: Range<Int>? = nil,
    classifierAlone: Bool = false
  ) {
    let owned = owned ?? 0..<layout.elementCount
    self.constants = constants
    self.owned = owned
    firstMoment = OwnedBuffer(count: owned.count)
    secondMoment = OwnedBuffer(count: owned.count)
    let learned = classifierAlone ? layout.classifier?.range ?? 0..<0 : owned
    runs = layout.decayRuns
      .map { ($0.range.clamped(to: learned).clamped(to: owned), $0.decays) }
      .filter { !$0.range.isEmpty }
  }

  /// Makes update number `step`, counted from 1, of the owned elements, with their gradients multiplied
  /// by `gradientScale`.
  package func update(
    _ parameters: ParameterStorage, gradients: UnsafeMutableBufferPointer<Float>,
    gradientScale: Double, learningRate: Double, step: Int
  ) {
    precondition(gradients.count == owned.count, "there is a gradient for each owned element")
    parameters.update { parameters in
      guard let gradients = gradients.baseAddress else { return }
      for (range, decays) in runs {
        let place = range.lowerBound - owned.lowerBound
        adamW(
          parameters: parameters.base + range.lowerBound, gradients: gradients + place,
          firstMoment: firstMoment.base + place, secondMoment: secondMoment.base + place,
          count: range.count, learningRate: learningRate, beta1: constants.beta1,
          beta2: constants.beta2, epsilon: constants.epsilon,
          weightDecay: decays ? constants.weightDecay : 0, step: step,
          gradientScale: gradientScale)
      }
    }
  }
}
