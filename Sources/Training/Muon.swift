import ParableKernels
import ParableModel

/// Updates of matrices by their momentum made orthogonal: all directions of a matrix learn at one
/// speed.
///
/// m = μ m + (1 − μ) g, u = μ m + (1 − μ) g (Nesterov's), p = p · (1 − lr · decay) − lr · s · O(u), where O
/// sets the singular values to about 1 and s = √max(1, rows ÷ columns).
///
/// Jordan and others, Muon: An optimizer for hidden layers in neural networks, 2024.
package struct Muon: Equatable, Sendable {
  /// The decay of the momentum.
  package var momentum: Double

  /// How many times its learning rate is that of AdamW, which the schedule gives.
  package var rateFactor: Double

  /// The share of a weight that decays, times its learning rate.
  package var weightDecay: Double

  /// Makes the constants.
  package init(momentum: Double = 0.95, rateFactor: Double = 1, weightDecay: Double = 0.1) {
    self.momentum = momentum
    self.rateFactor = rateFactor
    self.weightDecay = weightDecay
  }

  /// Whether a tensor is one that it is for: a matrix of a block, each of query, key and value by itself.
  package static func updates(_ entry: ParameterLayout.Entry) -> Bool {
    if case .block = entry.parameter { entry.shape.count == 2 } else { false }
  }

  /// The additions and multiplications of an update.
  static func cost(rows: Int, columns: Int) -> Int {
    let (short, long) = (min(rows, columns), max(rows, columns))
    return Orthogonalization.steps * 2 * short * short * (2 * long + short)
  }

  /// Updates one matrix; `learningRate` is AdamW's.
  package func update(
    _ parameters: MutableMatrix<Float>, gradient: Matrix<Float>,
    momentum moment: MutableMatrix<Float>,
    gradientScale: Double, learningRate: Double, _ orthogonalization: Orthogonalization
  ) {
    Profile.during(.optimizer) {
      let (old, new) = (Float(momentum), Float((1 - momentum) * gradientScale))
      combine(old, moment.readOnly, new, gradient, into: moment)
      let direction = orthogonalization.scratch(rows: parameters.rows, columns: parameters.columns)
      combine(old, moment.readOnly, new, gradient, into: direction)
      let update = orthogonalization(direction)
      let rate = learningRate * rateFactor
      let scale = max(1, Double(parameters.rows) / Double(parameters.columns)).squareRoot()
      combine(
        Float(1 - rate * weightDecay), parameters.readOnly, Float(-rate * scale), update,
        into: parameters)
    }
  }
}
