import Collective
import Corpus
import Foundation
import Kernels
import Model
import TensorFiles
import Tokenization
import Training

/// What a fine-tuning has to tell while it runs.
public enum FineTuningEvent: Sendable {
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
public struct FineTuningRecord: Codable, Equatable, Sendable {
  /// The number of the update, counted from 1.
  public var step: Int
  /// The number of the epoch, counted from 1.
  public var epoch: Int
  /// Mean cross-entropy of the classifier over the questions of the step, in nats.
  public var loss: Double
  /// Mean cross-entropy of the language model beside it, in nats a token.
  public var languageLoss: Double
  /// Mean cross-entropy of the choices ranked by their likelihood, in nats; 0 where it has no weight.
  public var rankingLoss: Double
  /// The share of the step's questions that were answered rightly before the update.
  public var accuracy: Double
  /// The norm of all gradients before clipping.
  public var gradientNorm: Double
  /// The learning rate of this update.
  public var learningRate: Double
  /// Tokens of all ranks together, by this step's wall time.
  public var tokensPerSecond: Double
  /// The whole wall time of the step.
  public var seconds: Double

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
private struct EpochRecord: Encodable {
  var step: Int
  var epoch: Int
  var devAccuracy: Double

  enum CodingKeys: String, CodingKey {
    case step, epoch
    case devAccuracy = "dev_accuracy"
  }
}

/// A question as the network reads it.
private struct EncodedQuestion {
  let sequence: BranchedSequence
  let answer: Int
}

/// A fine-tuning from a model and questions to a model that answers them, on any number of ranks.
///
/// The output folder is a model directory, the best epoch's, and a run at the same time:
/// `metrics.jsonl`, `checkpoints/` and `latest` stand beside the model's files.
public final class FineTuning {
  /// Settings, and how far choosing the best epoch has come.
  private struct Progress: Codable {
    var settings: FineTuningSettings
    var bestAccuracy = -1.0
    var epochsSinceBest = 0
    var epochsDone = 0
  }

  /// How the network computes.
  public let precision: Precision

  private let communicator: any Communicator
  private let run: RunFolder
  private let report: (FineTuningEvent) -> Void
  private let directory: ModelDirectory
  private let dev: [MultipleChoiceQuestion]
  private let questions: TrainingQuestions
  private let questionsPerEpoch: Int
  private let encoder: QuestionEncoder
  private let parameters: ParameterStorage
  private let optimizer: AdamW
  private let model: any ChoiceModel
  private let gradientStep: GradientStep
  private let checkpoint: Checkpoint?
  private var progress: Progress
  private var settings: FineTuningSettings { progress.settings }

  /// Prepares a fine-tuning into the folder `output`; with `resumes`, all settings are those of the
  /// fine-tuning that is there.
  public init(
    _ asked: FineTuningSettings, output: String, resumes: Bool = false,
    communicator: any Communicator, report: @escaping (FineTuningEvent) -> Void
  ) throws {
    self.communicator = communicator
    self.report = report
    let run = RunFolder(output)
    self.run = run
    checkpoint = try Self.checkpoint(of: run, resumes: resumes, communicator, report)
    progress =
      try checkpoint.map { try ($0.state() as Checkpoint.State<Progress>).settings }
      ?? Progress(settings: asked)
    let settings = progress.settings
    try settings.validate()
    try communicator.agree(
      on: "instructions: \(KernelEnvironment.instructionSet)",
      "matrix products: \(KernelEnvironment.matrixProducts)")
    let directory = try ModelDirectory(path: settings.model)
    self.directory = directory
    questions = try TrainingQuestions(paths: settings.train)
    questionsPerEpoch = min(questions.count, settings.epochQuestions ?? questions.count)
    guard questionsPerEpoch >= settings.batch else {
      throw AnsweringError.tooFewQuestions(count: questionsPerEpoch, batch: settings.batch)
    }
    dev = try QuestionSet(path: settings.dev).questions
    let context = settings.context ?? directory.configuration.context
    encoder = try QuestionEncoder(directory.vocabulary, format: settings.format, context: context)
    (parameters, _) = try directory.loadParameters(
      context: context, classifierSeed: settings.seed)
    optimizer = AdamW(
      parameters.view.layout,
      constants: AdamW.Constants(
        beta1: settings.beta1, beta2: settings.beta2, weightDecay: settings.weightDecay),
      classifierAlone: settings.freeze)
    try checkpoint?.load(into: parameters.view, optimizer: optimizer)
    precision = settings.precision.onThisProcessor { report(.note($0)) }
    // Choices rarely take more than a quarter of the room beside the text before them.
    model = GrowingChoiceModel(
      parameters, precision: precision, pooling: settings.pooling, capacity: context * 5 / 4,
      trainable: true)
    gradientStep = try GradientStep(
      communicator: communicator, parameters: parameters, optimizer: optimizer,
      maximumNorm: settings.maximumNorm, grainCount: settings.grainCount)
    if communicator.size > 1 { report(.note(gradientStep.transportNote)) }
  }

  private static func checkpoint(
    of run: RunFolder, resumes: Bool, _ communicator: any Communicator,
    _ report: (FineTuningEvent) -> Void
  ) throws -> Checkpoint? {
    let found = try communicator.fromFirstRank {
      guard resumes else {
        let isTaken =
          !run.checkpointNames.isEmpty || FileManager.default.fileExists(atPath: run.metrics)
        guard !isTaken else { throw AnsweringError.outputExists(path: run.path) }
        try createFolder(run.checkpoints)
        return [String]()
      }
      let (checkpoint, notes) = try Checkpoint.newest(of: run)
      return [checkpoint.path] + notes
    }
    for note in found.dropFirst() { report(.note(note)) }
    return found.first.map { Checkpoint(path: $0) }
  }

  /// The file of the questions that the best epoch is chosen by.
  public var devFile: String { settings.dev }

  private var stepsPerEpoch: Int { questionsPerEpoch / settings.batch }

  private var schedule: LearningRateSchedule {
    LearningRateSchedule(
      maximum: settings.learningRate,
      minimum: settings.minimumLearningRate ?? settings.learningRate / 10,
      warmupSteps: settings.warmupSteps, totalSteps: stepsPerEpoch * settings.epochs)
  }

  /// Trains until the last epoch or until patience is over; the best epoch's model is in the output
  /// folder then.
  public func train() throws {
    var done = 0
    if let checkpoint {
      done = try (checkpoint.state() as Checkpoint.State<Progress>).step
    }
    model.loadWeights()
    let log = communicator.rank == 0 ? try MetricsLog(path: run.metrics, keepingUpTo: done) : nil
    let last = stepsPerEpoch * settings.epochs
    report(
      .started(
        step: done + 1, steps: last, questions: questionsPerEpoch,
        parameters: parameters.view.layout.elementCount, ranks: communicator.size))
    while done < last, progress.epochsSinceBest < settings.patience {
      done += 1
      let record = try makeStep(done)
      try log?.append(record)
      report(.step(record))
      if done.isMultiple(of: stepsPerEpoch) {
        let accuracy = try endEpoch(done)
        try log?.append(EpochRecord(step: done, epoch: progress.epochsDone, devAccuracy: accuracy))
        try save(done)
      } else if done.isMultiple(of: settings.saveEvery) {
        try save(done)
      }
    }
    if progress.epochsSinceBest >= settings.patience && done < last {
      report(
        .note("no better epoch in \(settings.patience): ending after epoch \(progress.epochsDone)"))
    }
  }

  private func makeStep(_ step: Int) throws -> FineTuningRecord {
    let clock = ContinuousClock()
    let start = clock.now
    let epoch = (step - 1) / stepsPerEpoch
    let order = KeyedPermutation(count: questions.count, seed: settings.seed, epoch: epoch)
    let first = (step - 1) % stepsPerEpoch * settings.batch
    let scale = 1 / Float(settings.batch)
    // Every rank encodes all questions of the step: their lengths decide which are its own.
    let batch = try evenly(
      (0..<settings.batch).map { place in
        let question = questions.question(order[first + place], epoch: epoch, seed: settings.seed)
        return EncodedQuestion(
          sequence: try encoder.sequence(question), answer: question.answer ?? 0)
      }, by: \.sequence.length)
    var sums = [0.0, 0, 0, 0]
    let learningRate = schedule.rate(at: step)
    let outcome = try gradientStep.run(step: step, learningRate: learningRate) { grain, gradients in
      var total = 0.0
      for question in batch[grain * settings.grain..<(grain + 1) * settings.grain] {
        let cost = model.costAndGradient(
          question.sequence, answer: question.answer, objective: settings.objective, scale: scale,
          addingTo: gradients)
        total += cost.classification
        sums[0] += cost.language
        sums[1] += cost.isCorrect ? 1 : 0
        sums[2] += Double(question.sequence.length)
        sums[3] += cost.ranking
      }
      return total
    }
    model.loadWeights()
    let all = try communicator.allGather(values: sums)
    func mean(_ index: Int) -> Double { all.reduce(0) { $0 + $1[index] } / Double(settings.batch) }
    let seconds = (clock.now - start) / .seconds(1)
    return FineTuningRecord(
      step: step, epoch: epoch + 1, loss: outcome.loss / Double(settings.batch),
      languageLoss: mean(0), rankingLoss: mean(3), accuracy: mean(1),
      gradientNorm: outcome.gradientNorm,
      learningRate: learningRate, tokensPerSecond: mean(2) * Double(settings.batch) / seconds,
      seconds: seconds)
  }

  /// Tries the dev questions, and keeps the model if it is the best so far.
  private func endEpoch(_ step: Int) throws -> Double {
    let scores = try PartOfQuestions(dev, communicator).map { try encoder.sequence($0) }
      .scores { model.logits($0).map { Double($0) } }
    let accuracy = Predictions(scores: scores, questions: dev, config: [:]).accuracy ?? 0
    progress.epochsDone += 1
    let isBest = accuracy > progress.bestAccuracy
    progress.epochsSinceBest = isBest ? 0 : progress.epochsSinceBest + 1
    if isBest {
      progress.bestAccuracy = accuracy
      _ = try communicator.fromFirstRank {
        try ModelDirectory.write(
          to: run.path, parameters: parameters.view, vocabulary: directory.vocabulary)
        try ClassifierConfiguration(format: settings.format, pooling: settings.pooling)
          .write(to: run.path)
        return true
      }
    }
    report(.epoch(progress.epochsDone, devAccuracy: accuracy, isBest: isBest))
    return accuracy
  }

  private func save(_ step: Int) throws {
    try communicator.agree(on: parameters.checksum, of: "parameters after step \(step)")
    _ = try communicator.fromFirstRank {
      let path = try Checkpoint.write(
        run: run, state: Checkpoint.State(step: step, settings: progress),
        parameters: parameters.view, optimizer: optimizer, vocabulary: directory.vocabulary)
      // The best epoch is kept as the model; checkpoints are there to resume from.
      try Checkpoint.prune(run, keeping: 2)
      return path
    }
  }
}
