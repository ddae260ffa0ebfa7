import Foundation
import ParableCollective
import ParableCorpus
import ParableKernels
import ParableModel
import ParableTokenization
import ParableTraining

/// Fine-tuning: from a model and questions to a model that answers them.
///
/// The output folder is a model directory, the best epoch's, and a run at the same time:
/// `metrics.jsonl`, `checkpoints/` and `latest` stand beside the model's files.
package final class MultipleChoice: TrainingTask {
  /// A question as the network reads it, with its number among all.
  package typealias EncodedQuestion = (sequence: ChoiceSequence, answer: Int, number: Int)

  package static let kind = TrainingKind.fineTuning

  package let settings: FineTuningSettings
  package private(set) var progress: FineTuningProgress
  package let vocabulary: Vocabulary
  package let parameters: TrainedParameters
  package var learnsClassifierAlone: Bool { settings.freeze }
  package var schedule: LearningRateSchedule { plan.schedule }
  package var microBatchCount: Int { plan.batch / plan.microBatch }
  package var lossCount: Int { plan.batch }

  /// How the network computes.
  package let precision: Precision

  /// The questions to predict at the end: those of the test file, else of the dev file.
  package let testQuestions: [MultipleChoiceQuestion]

  /// The file of the questions to predict at the end.
  package var testFile: String { settings.test ?? settings.dev }

  private let communicator: any Communicator
  private let directory: ModelDirectory
  private let store: RunStore
  private let dev: [MultipleChoiceQuestion]
  private let questions: TrainingQuestions
  private let plan: FineTuningPlan
  private let encoder: QuestionEncoder
  private let model: any LanguageModel
  private var lastEpoch: EpochRecord?

  package static func check(_ settings: FineTuningSettings, ranks: Int) throws {
    try settings.validate()
  }

  package init(_ start: TrainingStart<FineTuningSettings, FineTuningProgress>) throws {
    communicator = start.communicator
    store = start.store
    progress =
      try start.record.map { try $0.checkedProgress(of: start.store) } ?? FineTuningProgress()
    let asked = start.settings
    // A checkpoint has everything: the model that the training began with may be gone.
    directory = try ModelDirectory(
      path: store.checkpoint?.path ?? asked.model, communicator: communicator)
    vocabulary = directory.vocabulary
    questions = try TrainingQuestions(paths: asked.train)
    dev = try QuestionSet(path: asked.dev).questions
    testQuestions =
      try asked.test.map { try QuestionSet(path: $0, answersRequired: false).questions } ?? dev
    let modelFiles = start.record.map { record in
      record.inputs.keys.filter { !record.settings.questionFiles.contains($0) }
    }
    try start.verify(
      inputs: store.digests(of: asked.questionFiles + (modelFiles?.sorted() ?? directory.files)))
    plan = try FineTuningPlan(asked, questions: questions.count)
    settings = plan.filling(asked)
    let context = settings.context ?? directory.configuration.context
    encoder = try QuestionEncoder(vocabulary, format: settings.format, context: context)
    precision = start.precision
    parameters = try start.makeParameters(
      directory.classifierLayout(context: context), microBatchCount: plan.batch / plan.microBatch,
      precision: precision)
    model = precision.makeLanguageModel(
      parameters.storage, capacity: ChoiceSequence.usualLength(context: context), trainable: true)
    for note in try checkQuestions() { start.report(.note(note)) }
  }

  package func initialize(_ parameters: ParameterStorage) throws {
    try directory.load(into: parameters, classifierSeed: settings.training.seed)
  }

  /// Throws where a question does not fit, whatever may be drawn for it, and says how many passages
  /// are cut.
  private func checkQuestions() throws -> [String] {
    try questions.check(settings.train, by: encoder)
    let order = KeyedPermutation(count: questions.count, seed: settings.training.seed, epoch: 0)
    let epoch = (0..<plan.questionsPerEpoch).lazy.map { [questions, settings] in
      questions.question(order[$0], epoch: 0, seed: settings.training.seed)
    }
    var notes = [try encoder.cuts(in: epoch, of: "the first epoch", communicator)]
    let others = settings.test.map { [($0, testQuestions)] } ?? []
    for (file, questions) in [(settings.dev, dev)] + others {
      try encoder.check(questions, of: file)
      notes.append(try encoder.cuts(in: questions, of: file, communicator))
    }
    return notes.compactMap(\.self)
  }

  package func announcement(ranks: String) -> String {
    "fine-tuning \(parameters.storage.view.layout.elementCount.formatted()) parameters on "
      + "\(plan.questionsPerEpoch.formatted()) questions per epoch, \(ranks)"
  }

  package var examples: TrainingExamples { .init(questions.count, "questions") }

  package var digests: [InputDigest] {
    get throws {
      let questions = (settings.train + [settings.dev]).map { store.inputs[absolutePath($0)] }
      let others = store.inputs.filter { !settings.questionFiles.contains($0.key) }
      return [
        InputDigest("questions", of: questions.map { $0 ?? "" }),
        InputDigest("model", of: others.values.sorted()),
        InputDigest("tokenizer", of: try CorpusPreparation.identity(of: vocabulary)),
      ]
    }
  }

  /// All questions of a step, on every rank: their lengths decide which are a rank's own.
  package func batch(of step: Int) throws -> [EncodedQuestion] {
    let seed = settings.training.seed
    let epoch = epoch(of: step)
    let order = KeyedPermutation(count: questions.count, seed: seed, epoch: epoch)
    let first = (step - 1) % plan.stepsPerEpoch * plan.batch
    return try evenly(
      (first..<first + plan.batch).map { place in
        let question = questions.question(order[place], epoch: epoch, seed: seed)
        return (try encoder.sequence(question), question.answer ?? 0, order[place])
      }, by: \.sequence.length)
  }

  /// The epoch of a step, counted from 0.
  private func epoch(of step: Int) -> Int { (step - 1) / plan.stepsPerEpoch }

  package func costAndGradient(
    of microBatch: Int, in batch: [EncodedQuestion], addingTo gradients: MutableParameterView
  ) -> StepSums {
    let own = microBatch * plan.microBatch..<(microBatch + 1) * plan.microBatch
    return batch[own].reduce(into: StepSums()) { sums, question in
      let cost = model.choiceCostAndGradient(
        question.sequence, answer: question.answer, pooling: settings.pooling,
        objective: settings.objective, scale: 1 / Float(plan.batch), addingTo: gradients)
      sums.loss += cost.classification
      sums.languageLoss += cost.language
      sums.rankingLoss += cost.ranking
      sums.correct += cost.isCorrect ? 1 : 0
      sums.tokens += Double(question.sequence.length)
    }
  }

  package func describe(microBatch: Int, of batch: [EncodedQuestion]) throws -> String {
    batch[microBatch * plan.microBatch..<(microBatch + 1) * plan.microBatch]
      .map { questions.name(of: $0.number, in: settings.train) }.joined(separator: ", ")
  }

  package func complete(_ record: inout StepRecord, with sums: StepSums, _ timing: SumTiming) {
    record.epoch = epoch(of: record.step) + 1
    record.languageLoss = sums.languageLoss / Double(plan.batch)
    record.rankingLoss = sums.rankingLoss / Double(plan.batch)
    record.accuracy = sums.correct / Double(plan.batch)
  }

  package func isEvaluated(after step: Int, isLast: Bool) -> Bool {
    step.isMultiple(of: plan.stepsPerEpoch)
  }

  package var savesEvaluations: Bool { true }

  /// Tries the dev questions at the end of an epoch.
  package func evaluate(after step: Int) throws -> (any EvaluationRecord)? {
    let own = try dev[communicator.part(of: dev.count)].map { try encoder.sequence($0) }
    let scores = try communicator.scores(of: dev, own: own) {
      model.choiceLogits($0, pooling: settings.pooling)
    }
    guard scores.joined().allSatisfy(\.isFinite) else {
      throw TrainingError.notFinite(step: step, what: "score of a dev question")
    }
    let accuracy = try Predictions(scores: scores, questions: dev, config: [:]).accuracy ?? 0
    let isBest = progress.endEpoch(accuracy: accuracy)
    lastEpoch = EpochRecord(
      step: step, epoch: progress.epochsDone, devAccuracy: accuracy, isBest: isBest)
    return lastEpoch
  }

  package func keepBest() throws {
    guard let epoch = lastEpoch, epoch.isBest else { return }
    let classifier = ClassifierConfiguration(format: settings.format, pooling: settings.pooling)
    try store.saveModel(
      parameters.storage.view, vocabulary, settings: settings, evaluation: epoch,
      also: [ClassifierConfiguration.file: classifier.json])
  }

  package var reasonToEnd: String? {
    guard progress.epochsSinceBest >= settings.patience else { return nil }
    return "no better epoch in \(settings.patience): ending after epoch \(progress.epochsDone)"
  }
}

/// How an epoch's network answers the dev questions.
package struct EpochRecord: EvaluationRecord {
  /// The last step of the epoch.
  package let step: Int

  /// The number of the epoch, counted from 1.
  package let epoch: Int

  /// The share of the dev questions that it answers rightly.
  package let devAccuracy: Double

  /// Whether no epoch before was as good; no part of the line.
  package let isBest: Bool

  package var summary: String {
    String(
      format: "epoch %d: %.2f %% of the dev questions right%@", epoch, 100 * devAccuracy,
      isBest ? ", the best so far" : "")
  }

  package var figure: String? {
    String(format: "%.2f %% of the dev questions right at step %d", 100 * devAccuracy, step)
  }

  package var fault: String? { nil }

  private enum CodingKeys: String, CodingKey {
    case step, epoch
    case devAccuracy = "dev_accuracy"
  }
}
