import CParableNumerics
import Foundation

/// One step of Adam with decoupled weight decay, in one pass over the parameters.
///
/// With g = gradient · gradientScale: m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) g²;
/// p = p · (1 − lr · decay) − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε). Steps t count from 1.
/// Every element is computed alone: slices give the same bits as the whole.
///
/// Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2017.
package func adamW(
  parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
  firstMoment: UnsafeMutablePointer<Float>, secondMoment: UnsafeMutablePointer<Float>, count: Int,
  learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double,
  step: Int, gradientScale: Double = 1
) {
  precondition(count >= 0 && step >= 1)
  let correction1 = 1 - pow(beta1, Double(step))
  let correction2 = 1 - pow(beta2, Double(step))
  timed(.optimizer) {
    parable_adamw(
      parameters, gradients, firstMoment, secondMoment, count,
      parable_adamw_step(
        gradient_scale: Float(gradientScale),
        beta1: Float(beta1), one_minus_beta1: Float(1 - beta1),
        beta2: Float(beta2), one_minus_beta2: Float(1 - beta2),
        decay: Float(1 - learningRate * weightDecay),
        step_size: Float(learningRate / correction1),
        inverse_root_correction2: Float(1 / correction2.squareRoot()),
        epsilon: Float(epsilon)))
  }
}
