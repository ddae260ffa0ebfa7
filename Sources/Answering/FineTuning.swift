import Collective
import Corpus
import Formats
import Foundation
import Kernels
import Model
import Platform
import Tokenization
import Training

/// A question as the network reads it.
private struct EncodedQuestion {
  let sequence: ChoiceSequence
  let answer: Int
}

/// What a grain's questions cost and how they were answered, summed.
private struct GrainSums: BitwiseCopyable {
  var language = 0.0
  var ranking = 0.0
  var right = 0.0
  var tokens = 0.0
}

/// A fine-tuning from a model and questions to a model that answers them, on any number of ranks.
///
/// The output folder is a model directory, the best epoch's, and a run at the same time:
/// `metrics.jsonl`, `checkpoints/` and `latest` stand beside the model's files.
package final class FineTuning {
  /// How the network computes.
  package let precision: Precision

  /// The questions to predict at the end: those of the test file, else of the dev file.
  package let testQuestions: [MultipleChoiceQuestion]

  /// How many updates were made.
  package private(set) var done = 0

  private let communicator: any Communicator
  private let folder: FineTuningFolder
  private let lock: RunLock?
  private let report: (FineTuningEvent) -> Void
  private let vocabulary: Vocabulary
  private let dev: [MultipleChoiceQuestion]
  private let questions: TrainingQuestions
  private let plan: FineTuningPlan
  private let encoder: QuestionEncoder
  private let parameters: ParameterStorage
  private let optimizer: AdamW
  private let model: any LanguageModel
  private let gradientStep: GradientStep
  private let schedule: LearningRateSchedule
  private var progress: FineTuningProgress
  private var settings: FineTuningSettings { progress.settings }

  /// Prepares a fine-tuning into the folder `output`.
  ///
  /// With `resumes` all settings are those of the fine-tuning that is there, which needs nothing of
  /// the model that it began with; of `asked` only a test file counts. All that can be wrong with
  /// the questions is found out here, and a folder that is not there is made last.
  package init(
    _ asked: FineTuningSettings, output: String, resumes: Bool = false,
    communicator: any Communicator, report: @escaping (FineTuningEvent) -> Void
  ) throws {
    self.communicator = communicator
    self.report = report
    let folder = FineTuningFolder(output)
    self.folder = folder
    lock = try Self.lock(folder, resumes: resumes, communicator, report)
    let checkpoint = try resumes ? Self.newestCheckpoint(of: folder, communicator, report) : nil
    var progress: FineTuningProgress
    (progress, done) = try Self.start(asked, from: checkpoint)
    try communicator.agree(
      on: "instructions: \(KernelEnvironment.instructionSet)",
      "matrix products: \(KernelEnvironment.matrixProducts)")
    let directory = try ModelDirectory(path: checkpoint?.path ?? progress.settings.model)
    vocabulary = directory.vocabulary
    questions = try TrainingQuestions(paths: progress.settings.train)
    dev = try QuestionSet(path: progress.settings.dev).questions
    testQuestions =
      try progress.settings.test.map { try QuestionSet(path: $0, answersRequired: false).questions }
      ?? dev
    let files = progress.settings.questionFiles
    try progress.keepDigests(communicator.fromFirstRank { try Self.digests(of: files) })
    plan = try FineTuningPlan(progress.settings, questions: questions.count)
    let settings = plan.filling(progress.settings)
    progress.settings = settings
    self.progress = progress
    schedule = LearningRateSchedule(
      maximum: settings.learningRate,
      minimum: settings.minimumLearningRate ?? settings.learningRate / 10,
      warmupSteps: plan.warmupSteps, totalSteps: plan.steps)
    let context = settings.context ?? directory.configuration.context
    encoder = try QuestionEncoder(vocabulary, format: settings.format, context: context)
    (parameters, _) = try directory.loadParameters(
      context: context, classifierSeed: settings.seed)
    optimizer = AdamW(
      parameters.view.layout,
      constants: AdamW.Constants(
        beta1: settings.beta1, beta2: settings.beta2, weightDecay: settings.weightDecay),
      classifierAlone: settings.freeze)
    try checkpoint?.load(into: parameters, optimizer: optimizer)
    precision = settings.precision.onThisProcessor { report(.note($0)) }
    model = precision.makeLanguageModel(
      parameters, capacity: ChoiceSequence.usualLength(context: context), trainable: true)
    gradientStep = try GradientStep(
      communicator: communicator, parameters: parameters, optimizer: optimizer,
      maximumNorm: settings.maximumNorm, grainCount: plan.batch / plan.grain)
    try checkQuestions()
    if checkpoint == nil {
      try communicator.onFirstRank {
        try folder.create()
      }
    }
    if communicator.size > 1 { report(.note(gradientStep.transportNote)) }
  }

  /// Where the training begins: with what is asked for, or with a checkpoint's settings and step.
  private static func start(
    _ asked: FineTuningSettings, from checkpoint: Checkpoint?
  ) throws -> (progress: FineTuningProgress, done: Int) {
    let begun = FineTuningProgress(settings: asked)
    guard let checkpoint else {
      try begun.settings.validate()
      return (begun, 0)
    }
    let state = try FineTuningProgress.state(of: checkpoint)
    var progress = state.settings
    progress.settings.test = begun.settings.test ?? progress.settings.test
    return (progress, state.step)
  }

  /// The SHA-256 of each file, by its path.
  private static func digests(of files: [String]) throws -> [String: String] {
    Dictionary(
      try files.map { ($0, try SHA256.hexDigest(ofFile: $0)) }, uniquingKeysWith: { $1 })
  }

  /// The first rank's lock of the output folder.
  private static func lock(
    _ folder: FineTuningFolder, resumes: Bool, _ communicator: any Communicator,
    _ report: (FineTuningEvent) -> Void
  ) throws -> RunLock? {
    var lock: RunLock?
    let run = folder.run
    try communicator.onFirstRank {
      if !resumes {
        try folder.requireFree()
      } else if !FileManager.default.fileExists(atPath: run.path) {
        throw TrainingError.nothingToResume(path: run.path)
      }
      lock = try RunLock.take(run.path, option: "--output") { report(.note($0)) }
      // Looked at again, now that nobody else writes there.
      if !resumes { try folder.requireFree() }
      run.deleteLeftovers()
    }
    return lock
  }

  private static func newestCheckpoint(
    of folder: FineTuningFolder, _ communicator: any Communicator,
    _ report: (FineTuningEvent) -> Void
  ) throws -> Checkpoint {
    let found = try communicator.fromFirstRank {
      let (checkpoint, notes) = try folder.newest()
      return [checkpoint.path] + notes
    }
    for note in found.dropFirst() { report(.note(note)) }
    return Checkpoint(path: found[0])
  }

  /// Throws where a question does not fit, whatever may be drawn for it, and says how many passages
  /// are cut.
  private func checkQuestions() throws {
    try questions.check(settings.train, by: encoder)
    let order = KeyedPermutation(count: questions.count, seed: settings.seed, epoch: 0)
    let training = ContextFit(source: "the first epoch", encoder: encoder)
    var notes = [
      try training.cuts(of: plan.questionsPerEpoch, communicator) {
        questions.question(order[$0], epoch: 0, seed: settings.seed)
      }
    ]
    for (file, questions) in [(settings.dev, dev)]
      + (settings.test.map { [($0, testQuestions)] } ?? [])
    {
      let fit = ContextFit(source: file, encoder: encoder)
      try fit.check(questions)
      notes.append(try fit.cuts(in: questions, communicator))
    }
    for note in notes { if let note { report(.note(note)) } }
    if let note = schedule.note { report(.note(note)) }
  }

  /// The file of the questions to predict at the end.
  package var testFile: String { settings.test ?? settings.dev }

  /// Trains until the last epoch or until patience is over; the best epoch's model is in the output
  /// folder then.
  ///
  /// With `stopAfter` it ends earlier, after that step and saved; the schedule stays the same.
  ///
  /// - Returns: Whether the training is over, rather than stopped.
  @discardableResult
  package func train(stopAfter: Int? = nil) throws -> Bool {
    defer { lock?.release() }
    let log =
      communicator.rank == 0 ? try MetricsLog(path: folder.run.metrics, keepingUpTo: done) : nil
    let last = min(plan.steps, stopAfter ?? plan.steps)
    if isOver || done >= last {
      report(.note("nothing left to do: the fine-tuning has made \(done) of \(plan.steps) steps"))
      return isOver
    }
    report(
      .started(
        step: done + 1, steps: last, questions: plan.questionsPerEpoch,
        parameters: parameters.view.layout.elementCount, ranks: communicator.size))
    while done < last, !isOver {
      done += 1
      let record = try makeStep(done)
      try log?.append(record)
      report(.step(record))
      if done.isMultiple(of: plan.stepsPerEpoch) {
        let accuracy = try endEpoch(done)
        try log?.append(EpochRecord(step: done, epoch: progress.epochsDone, devAccuracy: accuracy))
        try save(done)
      } else if done == last || done.isMultiple(of: settings.saveEvery) {
        try save(done)
      }
    }
    if progress.epochsSinceBest >= settings.patience && done < plan.steps {
      report(
        .note("no better epoch in \(settings.patience): ending after epoch \(progress.epochsDone)"))
    }
    return isOver
  }

  private var isOver: Bool {
    done >= plan.steps || progress.epochsSinceBest >= settings.patience
  }

  private func makeStep(_ step: Int) throws -> FineTuningRecord {
    let clock = ContinuousClock()
    let start = clock.now
    let epoch = (step - 1) / plan.stepsPerEpoch
    let order = KeyedPermutation(count: questions.count, seed: settings.seed, epoch: epoch)
    let first = (step - 1) % plan.stepsPerEpoch * plan.batch
    let scale = 1 / Float(plan.batch)
    // Every rank encodes all questions of the step: their lengths decide which are its own.
    let batch = try evenly(
      (0..<plan.batch).map { place in
        let question = questions.question(order[first + place], epoch: epoch, seed: settings.seed)
        return EncodedQuestion(
          sequence: try encoder.sequence(question), answer: question.answer ?? 0)
      }, by: \.sequence.length)
    var sums: [GrainSums] = []
    let learningRate = schedule.rate(at: step)
    let outcome = try gradientStep.run(step: step, learningRate: learningRate) { grain, gradients in
      var total = 0.0
      var sum = GrainSums()
      for question in batch[grain * plan.grain..<(grain + 1) * plan.grain] {
        let cost = model.choiceCostAndGradient(
          question.sequence, answer: question.answer, pooling: settings.pooling,
          objective: settings.objective, scale: scale, addingTo: gradients)
        total += cost.classification
        sum.language += cost.language
        sum.ranking += cost.ranking
        sum.right += cost.isCorrect ? 1 : 0
        sum.tokens += Double(question.sequence.length)
      }
      sums.append(sum)
      return total
    }
    // Grain by grain: sums of whole ranks would differ in their last digits with how many there are.
    let all = try communicator.allGather(values: sums).joined()
    func sum(_ value: (GrainSums) -> Double) -> Double { all.reduce(0) { $0 + value($1) } }
    let batchSize = Double(plan.batch)
    let seconds = (clock.now - start) / .seconds(1)
    return FineTuningRecord(
      step: step, epoch: epoch + 1, loss: outcome.loss / batchSize,
      languageLoss: sum(\.language) / batchSize, rankingLoss: sum(\.ranking) / batchSize,
      accuracy: sum(\.right) / batchSize, gradientNorm: outcome.gradientNorm,
      learningRate: learningRate, tokensPerSecond: sum(\.tokens) / seconds, seconds: seconds)
  }

  /// Tries the dev questions, and keeps the model if it is the best so far.
  private func endEpoch(_ step: Int) throws -> Double {
    try requireFinite(step)
    let scores = try PartOfQuestions(dev, communicator).map { try encoder.sequence($0) }
      .scores { model.choiceLogits($0, pooling: settings.pooling).map { Double($0) } }
    guard scores.joined().allSatisfy(\.isFinite) else {
      throw TrainingError.notFinite(step: step, what: "score of a dev question")
    }
    let accuracy = try Predictions(scores: scores, questions: dev, config: [:]).accuracy ?? 0
    progress.epochsDone += 1
    let isBest = accuracy > progress.bestAccuracy
    progress.epochsSinceBest = isBest ? 0 : progress.epochsSinceBest + 1
    if isBest {
      progress.bestAccuracy = accuracy
      try communicator.onFirstRank {
        try folder.writeModel(
          parameters.view, vocabulary,
          ClassifierConfiguration(format: settings.format, pooling: settings.pooling))
      }
    }
    report(.epoch(progress.epochsDone, devAccuracy: accuracy, isBest: isBest))
    return accuracy
  }

  private func save(_ step: Int) throws {
    try communicator.agree(on: parameters.checksum, of: "parameters after step \(step)")
    try requireFinite(step)
    try communicator.onFirstRank {
      _ = try Checkpoint.write(
        run: folder.run, state: Checkpoint.State(step: step, settings: progress),
        parameters: parameters.view, optimizer: optimizer, vocabulary: vocabulary)
      // The best epoch is kept as the model; checkpoints are there to resume from.
      try Checkpoint.prune(folder.run, keeping: 2)
    }
  }

  /// Weights that are no numbers, or so large that `Float` cannot hold the squares that the norms of
  /// a network are made of, are kept nowhere.
  private func requireFinite(_ step: Int) throws {
    let squares = sumOfSquares(parameters.values)
    guard squares <= Double(Float.greatestFiniteMagnitude) else {
      throw TrainingError.notFinite(step: step, what: "network")
    }
  }
}
