import ParableKernels

/// What the time of a training is spent on, in the order of the table at its end.
package enum TrainingPhase: String, CaseIterable, Sendable {
  /// Products with weights, forward, backward and for their gradients.
  case products
  /// Attention, forward and backward.
  case attention
  /// All other kernels, and what examples are made of.
  case otherCompute = "other compute"
  /// Adding the gradients of a rank's own micro-batches.
  case localAccumulation = "local accumulation"
  /// Waiting for slower ranks.
  case waiting
  /// Moving and adding the gradients of all ranks.
  case communication
  /// The norm of all gradients, and AdamW.
  case optimizer
  /// Whole evaluations, with waiting for slower ranks.
  case evaluation
  /// Whole checkpoints, with waiting for slower ranks.
  case saving
  /// What nothing else counts.
  case rest

  /// The phase that a measured part belongs to.
  init(_ part: Profile.Part) {
    self =
      switch part {
      case .forwardProducts, .backwardProducts, .gradientProducts: .products
      case .attention, .attentionBackward: .attention
      case .norm, .swiGLU, .rotary, .crossEntropy, .embedding, .conversion, .copying, .packing,
        .examples,
        .checksums:
        .otherCompute
      case .localAccumulation: .localAccumulation
      case .waiting: .waiting
      case .communication: .communication
      case .gradientNorm, .optimizer: .optimizer
      case .evaluation: .evaluation
      case .saving: .saving
      }
  }

  /// Where the seconds of one rank went: all phases in their order, which add up to `wholeSeconds`.
  static func seconds(of profile: Profile, wholeSeconds: Double) -> [Double] {
    var seconds: [TrainingPhase: Double] = [:]
    for (part, total) in profile.totals { seconds[.init(part), default: 0] += total.seconds }
    seconds[.rest] = wholeSeconds - seconds.values.reduce(0, +)
    return allCases.map { seconds[$0] ?? 0 }
  }
}
