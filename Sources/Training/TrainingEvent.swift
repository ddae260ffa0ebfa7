/// What a training has to tell while it runs; the library reports, a program prints.
package enum TrainingEvent: Sendable {
  /// A fact in one line.
  case note(String)

  /// The run folder, before anything else.
  case run(path: String)

  /// Text is being counted or encoded, merges are being learned.
  case preparing(activity: String, done: Int, total: Int)

  /// The first step comes next.
  case started(TrainingHeader)

  /// A step is done.
  case step(StepRecord)

  /// An evaluation is done.
  case evaluated(any EvaluationRecord)

  /// Where the time of the steps went, on the first rank, and where all events of all ranks are.
  case profiled(ProfileSummary, trace: String)

  /// A checkpoint is complete.
  case saved(step: Int, path: String)

  /// The training has stopped before its end, saved after this step, 0 where nothing was trained.
  case stopped(step: Int, StopReason)

  /// All steps of this start are done and saved.
  case ended(TrainingEnd)
}

/// What an evaluation in the middle of a training found: a line of `metrics.jsonl`.
package protocol EvaluationRecord: Encodable, Sendable {
  /// The step after which it was made.
  var step: Int { get }

  /// What it found, as a line for a person.
  var summary: String { get }

  /// The number that is looked at first, with its unit; nil where it has none.
  var figure: String? { get }

  /// What of it is not a finite number, which ends the training; nil where all of it is.
  var fault: String? { get }
}

/// What one step did: a line of `metrics.jsonl`, without the numbers that its task does not have.
package struct StepRecord: Encodable, Equatable, Sendable {
  /// The number of the update, counted from 1.
  package var step: Int

  /// The number of the epoch, counted from 1.
  package var epoch: Int?

  /// Tokens predicted since the start of the training.
  package var tokens: Int?

  /// The mean of what is minimised over the global batch: nats per token or per question.
  ///
  /// No number where a skipped step has none; null in JSON, like whatever is not finite.
  package var loss: Double

  /// Mean cross-entropy of a language model beside it, in nats per token.
  package var languageLoss: Double?

  /// Mean cross-entropy of choices ranked by their likelihood, in nats; 0 where it has no weight.
  package var rankingLoss: Double?

  /// The share of the step's questions that were answered rightly before the update.
  package var accuracy: Double?

  /// The norm of all gradients before clipping.
  package var gradientNorm: Double

  /// The learning rate of this update.
  package var learningRate: Double

  /// Tokens of all ranks together, by this step's wall time.
  package var tokensPerSecond: Double

  /// The whole wall time of the step.
  package var seconds: Double

  /// Of it, moving and adding the gradients of all ranks, on the first rank.
  package var communicationSeconds: Double?

  /// Of it, waiting for slower ranks, on the first rank.
  package var waitingSeconds: Double?

  /// Why the step left the parameters as they were (`loss`, `gradient`, `spike` or `asked`); nil where
  /// it did not.
  package var skipped: String?

  enum CodingKeys: String, CodingKey {
    case step, epoch, tokens, loss, accuracy, seconds, skipped
    case languageLoss = "language_loss"
    case rankingLoss = "ranking_loss"
    case gradientNorm = "gradient_norm"
    case learningRate = "learning_rate"
    case tokensPerSecond = "tokens_per_second"
    case communicationSeconds = "communication_seconds"
    case waitingSeconds = "waiting_seconds"
  }
  /// Writes the numbers that there are; those that are not finite, which JSON lacks, are null.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    func write(_ number: Double?, _ key: CodingKeys) throws {
      if let number { try values.encode(number.finite, forKey: key) }
    }
    try values.encode(step, forKey: .step)
    try values.encodeIfPresent(epoch, forKey: .epoch)
    try values.encodeIfPresent(tokens, forKey: .tokens)
    try write(loss, .loss)
    try write(languageLoss, .languageLoss)
    try write(rankingLoss, .rankingLoss)
    try write(accuracy, .accuracy)
    try write(gradientNorm, .gradientNorm)
    try write(learningRate, .learningRate)
    try write(tokensPerSecond, .tokensPerSecond)
    try write(seconds, .seconds)
    try write(communicationSeconds, .communicationSeconds)
    try write(waitingSeconds, .waitingSeconds)
    try values.encodeIfPresent(skipped, forKey: .skipped)
  }
}

extension StepRecord {
  /// A step of which nothing is computed, since it was asked to be skipped.
  init(skipping step: Int, learningRate: Double) {
    self.init(
      step: step, loss: .nan, gradientNorm: .nan, learningRate: learningRate, tokensPerSecond: 0,
      seconds: 0, skipped: SkipReason.asked.name)
  }
}
