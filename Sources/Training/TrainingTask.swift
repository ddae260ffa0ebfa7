import ParableCollective
import ParableModel
import ParableSettings
import ParableTokenization

/// What differs from one kind of training to another; a ``Trainer`` does the rest.
///
/// Everything is the same on every rank, but for the micro-batches that a rank computes.
package protocol TrainingTask: AnyObject {
  /// What decides the result.
  associatedtype Settings: TaskSettings

  /// What is kept beside the weights, so that a resumed training goes on exactly.
  associatedtype Progress: Codable, Sendable

  /// The examples of a step.
  associatedtype Batch

  /// What its checkpoints and messages call it.
  static var kind: TrainingKind { get }

  /// Throws where a training with these settings cannot begin; nothing is read.
  static func check(_ settings: Settings, ranks: Int) throws

  /// Reads what is to be learned, has it verified, and makes the network over parameters that are yet
  /// to be filled.
  init(_ start: TrainingStart<Settings, Progress>) throws

  /// Fills the parameters with the weights that the training begins with. One of the ranks that share
  /// them calls it, where there is no checkpoint.
  func initialize(_ parameters: ParameterStorage) throws

  /// The settings, with everything that was left open.
  var settings: Settings { get }

  /// What is kept beside the weights.
  var progress: Progress { get }

  /// The tokenizer that is stored with the weights.
  var vocabulary: Vocabulary { get }

  /// The weights that are trained.
  var parameters: TrainedParameters { get }

  /// Whether only the classifier learns.
  var learnsClassifierAlone: Bool { get }

  /// The learning rate of every step, and how many there are.
  var schedule: LearningRateSchedule { get }

  /// How many micro-batches a batch has.
  var microBatchCount: Int { get }

  /// How many tokens or questions the loss of a batch is the mean over.
  var lossCount: Int { get }

  /// What begins, on so many `ranks` in words, as a part of a line for a person.
  func announcement(ranks: String) -> String

  /// What there is to learn from.
  var examples: TrainingExamples { get }

  /// Digests of what is learned from, by which two people see that they train on the same.
  var digests: [InputDigest] { get throws }

  /// The bytes that the host with the most needs; nil where that is not known.
  var bytesPerHost: Int? { get }

  /// The batch of a step, counted from 1: a function of the step alone.
  func batch(of step: Int) throws -> Batch

  /// Adds the gradient of one micro-batch's share of the loss, and returns what it costs.
  func costAndGradient(
    of microBatch: Int, in batch: Batch, addingTo gradients: MutableParameterView
  ) throws -> StepSums

  /// What a micro-batch learns from, in words, for a person who looks for what spoils a training.
  func describe(microBatch: Int, of batch: Batch) throws -> String

  /// Completes a step's record with the numbers that not all tasks have.
  func complete(_ record: inout StepRecord, with sums: StepSums, _ timing: SumTiming)

  /// Whether the network is evaluated after a step.
  func isEvaluated(after step: Int, isLast: Bool) -> Bool

  /// Whether an evaluation changes what is kept, so that a checkpoint follows it.
  var savesEvaluations: Bool { get }

  /// Evaluates the network; nil where there is nothing to evaluate it on.
  func evaluate(after step: Int) throws -> (any EvaluationRecord)?

  /// Keeps what the last evaluation found to be the best so far, once it is known that the weights in
  /// memory are those that were evaluated.
  func keepBest() throws

  /// Why the training is over before its last step; nil while it is not.
  var reasonToEnd: String? { get }
}

extension TrainingTask {
  package var learnsClassifierAlone: Bool { false }
  package var savesEvaluations: Bool { false }
  package func keepBest() {}
  package var reasonToEnd: String? { nil }
  package var bytesPerHost: Int? { nil }
}

/// The settings of a task.
package protocol TaskSettings: DeclaredSettings, Sendable {
  /// Those that every kind of training has.
  var training: TrainingSettings { get set }

  /// Throws for the first setting that cannot be.
  func validate() throws

  /// Makes them mean the same from any working directory, for a training that may go on elsewhere.
  mutating func settle()

  /// Takes from the settings of a resumed training's start what changes nothing of the result.
  mutating func update(from asked: Self)
}

extension TaskSettings {
  package mutating func update(from asked: Self) {}
}

/// What a task begins with: settings, ranks and folder, and the checkpoint that it goes on from.
package struct TrainingStart<Settings: TaskSettings, Progress: Codable> {
  /// The settings: those of the checkpoint where there is one.
  package let settings: Settings

  /// What the checkpoint says; nil in a new training.
  package let record: TrainingRecord<Settings, Progress>?

  /// The folder of the training.
  package let store: RunStore

  /// The ranks that train.
  package let communicator: any Communicator

  /// Gets what there is to tell.
  package let report: (TrainingEvent) -> Void

  let allowsChanges: Bool

  let collective: CollectiveTransport?

  /// The record of the training that this one repeats; nil where it repeats none.
  let repeated: TrainingRecord<Settings, Progress>?

  /// Memory for parameters of this layout and for the weights that the one network over them packs in
  /// this precision, shared by the ranks of a host where they can, and for the gradients of so many
  /// micro-batches a step.
  package func makeParameters(
    _ layout: ParameterLayout, microBatchCount: Int, precision: Precision
  ) throws -> TrainedParameters {
    try TrainedParameters(
      layout, communicator: communicator, microBatchCount: microBatchCount,
      optimizer: settings.training.optimizer, precision: precision, collective: collective)
  }

  /// Throws where what is learned from, or what it is learned on, is not what the checkpoint knows;
  /// `inputs` has a digest of every input by its path.
  package func verify(inputs: [String: String]) throws {
    try verify(inputs: inputs, against: record)
  }

  /// The same where the checkpoint's record knows the inputs in another way, put into `record`.
  func verify(
    inputs: [String: String], against record: TrainingRecord<Settings, Progress>?
  ) throws {
    let environment = try TrainingEnvironment(
      communicator, precision: settings.training.precision)
    try store.verify(
      inputs: inputs, environment: environment, against: record, allowingChanges: allowsChanges)
    try repeated?.require(inputs: inputs)
    let others = repeated?.environment.map { environment.changes(since: $0) } ?? []
    if !others.isEmpty {
      report(.note("the bits may be others: \(others.joined(separator: ", "))"))
    }
  }

  /// The precision that this processor computes in.
  package var precision: Precision {
    settings.training.precision.onThisProcessor { report(.note($0)) }
  }
}
