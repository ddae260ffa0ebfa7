import ParableCollective
import ParableModel
import ParableSettings
import ParableTokenization
import ParableTraining

/// Settings of a training on made-up tokens.
struct ToySettings: TaskSettings, Equatable {
  var training = TrainingSettings()
  var steps = 6
  var evaluateEvery = 2
  /// The evaluation after which it is over early.
  var lastEvaluation: Int?
  /// The step before which the weights are spoiled.
  var spoiledStep: Int?
  /// What goes wrong in a step.
  var faults: [Int: ToyFault] = [:]

  init() {
    training.saveEvery = 4
    training.keepCheckpoints = 2
  }

  static var settings: [Setting<Self>] {
    [
      Setting(\.steps, "steps", "steps", in: .from(1)),
      Setting(\.evaluateEvery, "evaluateEvery", "evaluations", in: .from(1)),
      Setting(\.lastEvaluation, "lastEvaluation", "the end", in: .from(1)),
    ] + TrainingSettings.settings(of: "batches", unlessGiven: [:]).map { $0.within(\.training) }
  }

  func validate() throws { try validateRanges() }
  mutating func settle() {}
  mutating func update(from asked: Self) { faults = asked.faults }
}

/// What goes wrong in one micro-batch of a step, or in memory.
enum ToyFault: Equatable {
  case loss(Int)
  case gradient(Int)
  case spike(Int)
  /// Only the first time that it is computed, as where a processor errs.
  case passing(Int)
  /// A bit of the first weight, during the evaluation after the step.
  case weight
}

/// A whole training task: a language model of made-up tokens.
final class ToyTask: TrainingTask {
  struct Progress: Codable { var evaluations = 0 }

  struct Evaluation: EvaluationRecord {
    var step: Int
    var number: Int
    var summary: String { "evaluation \(number)" }
    var figure: String? { nil }
    var fault: String? { nil }
  }

  static let kind = TrainingKind(
    name: "toy training", title: "toy", option: "--toy", leavesModel: false)
  static let context = 6

  let settings: ToySettings
  var progress: Progress
  let vocabulary: Vocabulary
  let parameters: TrainedParameters
  let schedule: LearningRateSchedule
  let microBatchCount = 3
  let lossCount = 3 * ToyTask.context
  let examples = TrainingExamples(257, "tokens")
  let digests = [InputDigest("toys", of: ["made up"])]
  private let model: any LanguageModel
  private var hasErred = false

  static func check(_ settings: ToySettings, ranks: Int) throws { try settings.validate() }

  init(_ start: TrainingStart<ToySettings, Progress>) throws {
    settings = start.settings
    progress = start.record?.progress ?? Progress()
    try start.verify(inputs: [:])
    vocabulary = try SmallModel.vocabulary(count: 257)
    parameters = try start.makeParameters(
      ParameterLayout(
        ModelConfiguration(
          vocabulary: 257, context: Self.context, width: 8, layers: 1, heads: 2, hidden: 8)),
      microBatchCount: microBatchCount, precision: start.precision)
    schedule = settings.training.learningRates(steps: settings.steps, defaultWarmup: 0)
    model = start.precision.makeLanguageModel(
      parameters.storage, capacity: Self.context, trainable: true)
  }

  func initialize(_ parameters: ParameterStorage) {
    parameters.initialize(seed: settings.training.seed)
  }

  func announcement(ranks: String) -> String { "toying on \(ranks)" }
  func batch(of step: Int) -> (step: Int, ids: [Int32]) {
    if step == settings.spoiledStep { parameters.storage.update { $0.values[0] = 1e25 } }
    return (step, (0..<Int32(lossCount + 1)).map { ($0 * 7 + Int32(step) * 13) % 257 })
  }

  func costAndGradient(
    of microBatch: Int, in batch: (step: Int, ids: [Int32]),
    addingTo gradients: MutableParameterView
  ) -> StepSums {
    let (step, batch) = batch
    let own = microBatch * Self.context..<(microBatch + 1) * Self.context
    var sums = StepSums()
    sums.tokens = Double(own.count)
    sums.loss = batch[own].withUnsafeBufferPointer {
      model.lossAndGradient(
        TokenBatch(ids: $0, batch: 1, sequence: Self.context),
        targets: Array(batch[own.lowerBound + 1...own.upperBound]),
        gradientScale: 1 / Float(lossCount), addingTo: gradients
      ).loss
    }
    switch settings.faults[step] {
    case .loss(microBatch): sums.loss = .nan
    case .passing(microBatch) where !hasErred: (sums.loss, hasErred) = (.nan, true)
    case .gradient(microBatch): gradients.values[9] = .infinity
    case .spike(microBatch):
      for index in gradients.values.indices { gradients.values[index] *= 1000 }
    default: break
    }
    return sums
  }

  func describe(microBatch: Int, of batch: (step: Int, ids: [Int32])) -> String {
    "toys from \(batch.ids[microBatch * Self.context])"
  }

  func complete(_ record: inout StepRecord, with sums: StepSums, _ timing: SumTiming) {}
  func isEvaluated(after step: Int, isLast: Bool) -> Bool {
    step.isMultiple(of: settings.evaluateEvery)
  }
  let savesEvaluations = true
  func evaluate(after step: Int) -> (any EvaluationRecord)? {
    progress.evaluations += 1
    if settings.faults[step] == .weight {
      // Not by `update`, which would be the program's own doing.
      let bits = UnsafeMutablePointer(mutating: parameters.storage.values.baseAddress)
      if let bits { bits.pointee = Float(bitPattern: bits.pointee.bitPattern ^ 1 << 3) }
    }
    return Evaluation(step: step, number: progress.evaluations)
  }
  var reasonToEnd: String? {
    settings.lastEvaluation.map { progress.evaluations >= $0 } == true ? "enough toying" : nil
  }
}
