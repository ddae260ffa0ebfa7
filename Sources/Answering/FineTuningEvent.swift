/// What a fine-tuning has to tell while it runs.
package enum FineTuningEvent: Sendable {
  /// A fact in one line.
  case note(String)

  /// The first step comes next.
  case started(step: Int, steps: Int, questions: Int, parameters: Int, ranks: Int)

  /// A step is done.
  case step(FineTuningRecord)

  /// An epoch is done.
  case epoch(Int, devAccuracy: Double, isBest: Bool)
}

/// What one step did: a line of `metrics.jsonl`.
package struct FineTuningRecord: Codable, Equatable, Sendable {
  /// The number of the update, counted from 1.
  package var step: Int
  /// The number of the epoch, counted from 1.
  package var epoch: Int
  /// Mean cross-entropy of the classifier over the questions of the step, in nats.
  package var loss: Double
  /// Mean cross-entropy of the language model beside it, in nats a token.
  package var languageLoss: Double
  /// Mean cross-entropy of the choices ranked by their likelihood, in nats; 0 where it has no weight.
  package var rankingLoss: Double
  /// The share of the step's questions that were answered rightly before the update.
  package var accuracy: Double
  /// The norm of all gradients before clipping.
  package var gradientNorm: Double
  /// The learning rate of this update.
  package var learningRate: Double
  /// Tokens of all ranks together, by this step's wall time.
  package var tokensPerSecond: Double
  /// The whole wall time of the step.
  package var seconds: Double

  enum CodingKeys: String, CodingKey {
    case step, epoch, loss, accuracy, seconds
    case languageLoss = "language_loss"
    case rankingLoss = "ranking_loss"
    case gradientNorm = "gradient_norm"
    case learningRate = "learning_rate"
    case tokensPerSecond = "tokens_per_second"
  }
}

/// An epoch's accuracy as a line of `metrics.jsonl`.
struct EpochRecord: Encodable {
  var step: Int
  var epoch: Int
  var devAccuracy: Double

  enum CodingKeys: String, CodingKey {
    case step, epoch
    case devAccuracy = "dev_accuracy"
  }
}
