/// What a training has to tell while it runs; the library reports, a program prints.
package enum TrainingEvent: Sendable {
  /// A fact in one line.
  case note(String)

  /// The run folder, before anything else.
  case run(path: String)

  /// Text is being counted or encoded, merges are being learned.
  case preparing(activity: String, done: Int, total: Int)

  /// The first step comes next.
  case started(step: Int, steps: Int, parameters: Int, ranks: Int)

  /// A step is done.
  case step(StepRecord)

  /// An evaluation is done.
  case evaluated(step: Int, EvaluationResult)

  /// Where the time of the steps went, on the first rank, and where all events of all ranks are.
  case profiled(ProfileSummary, trace: String)

  /// A checkpoint is complete.
  case saved(step: Int, path: String)
}

/// What one step did: a line of `metrics.jsonl`.
package struct StepRecord: Codable, Equatable, Sendable {
  /// The number of the update, counted from 1.
  package var step: Int

  /// Tokens predicted since the start of the training.
  package var tokens: Int

  /// Mean cross-entropy of the global batch in nats a token.
  package var loss: Double

  /// The norm of all gradients before clipping.
  package var gradientNorm: Double

  /// The learning rate of this update.
  package var learningRate: Double

  /// Tokens of all ranks together, by this step's wall time.
  package var tokensPerSecond: Double

  /// The whole wall time of the step.
  package var seconds: Double

  /// Of it, moving and adding the gradients of all ranks, on the first rank.
  package var communicationSeconds: Double

  /// Of it, waiting for slower ranks, on the first rank.
  package var waitingSeconds: Double

  enum CodingKeys: String, CodingKey {
    case step, tokens, loss, seconds
    case gradientNorm = "gradient_norm"
    case learningRate = "learning_rate"
    case tokensPerSecond = "tokens_per_second"
    case communicationSeconds = "communication_seconds"
    case waitingSeconds = "waiting_seconds"
  }
}
