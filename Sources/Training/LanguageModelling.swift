import Foundation
import ParableCollective
import ParableCorpus
import ParableKernels
import ParableModel
import ParablePlatform
import ParableTokenization

/// Pre-training: from text files to a network that predicts the next token.
package final class LanguageModelling: TrainingTask {
  package static let kind = TrainingKind.pretraining

  package let settings: PretrainingSettings
  package let parameters: TrainedParameters
  package var progress: PretrainingProgress { PretrainingProgress(preparation: prepared.record) }
  package var vocabulary: Vocabulary { prepared.vocabulary }
  package var schedule: LearningRateSchedule { settings.schedule }
  package var microBatchCount: Int { settings.microBatchCount }
  package var lossCount: Int { settings.batch * settings.context }

  private let communicator: any Communicator
  private let prepared: PreparedCorpus
  private let batches: BatchSchedule
  private let model: any LanguageModel
  private let ids: OwnedBuffer<Int32>
  private let targets: OwnedBuffer<Int32>

  package static func check(_ settings: PretrainingSettings, ranks: Int) throws {
    try settings.validateForStart()
    // Before the corpus is read: whatever the vocabulary will be, it has the bytes.
    try TrainingMemory(
      settings: settings, configuration: settings.configuration(vocabulary: 256), ranks: ranks
    ).require()
  }

  package init(_ start: TrainingStart<PretrainingSettings, PretrainingProgress>) throws {
    settings = start.settings
    communicator = start.communicator
    prepared = try CorpusPreparation.prepare(start)
    let configuration = settings.configuration(vocabulary: prepared.vocabulary.count)
    try configuration.validate()
    // Before anything of the settings' sizes is made.
    try start.store.checkpoint?.check(against: configuration)
    try TrainingMemory(
      settings: settings, configuration: configuration, hosts: communicator.hosts
    ).require()
    let sequenceCount = (prepared.training.count - 1) / settings.context
    guard sequenceCount >= 1 else {
      throw TrainingError.corpusTooShort(
        tokens: prepared.training.count, context: settings.context)
    }
    batches = BatchSchedule(
      sequenceCount: sequenceCount, batch: settings.batch, seed: settings.training.seed)
    let precision = start.precision
    parameters = try start.makeParameters(
      ParameterLayout(configuration), microBatchCount: settings.microBatchCount,
      precision: precision)
    model = precision.makeLanguageModel(
      parameters.storage,
      capacity: max(settings.microBatch, Evaluation.sequencesAtOnce) * settings.context,
      trainable: true)
    ids = OwnedBuffer(count: settings.microBatch * settings.context)
    targets = OwnedBuffer(count: settings.microBatch * settings.context)
  }

  package func initialize(_ parameters: ParameterStorage) {
    let seed = settings.training.seed
    parameters.initialize(seed: seed)
    if settings.initialization == .induction { parameters.addInductionHeads(seed: seed) }
  }

  package func announcement(ranks: String) -> String {
    "training \(parameters.storage.view.layout.elementCount.formatted()) parameters on \(ranks)"
  }

  package var examples: TrainingExamples { .init(prepared.training.count, "tokens") }

  package var digests: [InputDigest] {
    [
      InputDigest("corpus", of: prepared.record.training.digest),
      InputDigest("tokenizer", of: prepared.record.vocabulary),
    ]
  }

  package var bytesPerHost: Int? {
    TrainingMemory(
      settings: settings, configuration: parameters.storage.view.layout.configuration,
      hosts: communicator.hosts
    ).bytesPerHost
  }

  /// The numbers of the step's sequences in the token file.
  package func batch(of step: Int) -> [Int] { batches.sequences(step: step) }

  package func costAndGradient(
    of microBatch: Int, in batch: [Int], addingTo gradients: MutableParameterView
  ) -> StepSums {
    let (size, context) = (settings.microBatch, settings.context)
    Profile.during(.examples) { read(batch[microBatch * size..<(microBatch + 1) * size]) }
    var sums = StepSums()
    sums.loss =
      model.lossAndGradient(
        TokenBatch(ids: UnsafeBufferPointer(ids.buffer), batch: size, sequence: context),
        targets: targets.base, gradientScale: 1 / Float(lossCount), addingTo: gradients
      ).loss
    sums.tokens = Double(size * context)
    return sums
  }

  /// Reads these sequences, each of which ends with the target of its last token.
  private func read(_ sequences: ArraySlice<Int>) {
    let context = settings.context
    for (index, sequence) in sequences.enumerated() {
      let rows = index * context..<(index + 1) * context
      prepared.training.read(
        at: sequence * context, into: UnsafeMutableBufferPointer(rebasing: ids.buffer[rows]))
      prepared.training.read(
        at: sequence * context + 1,
        into: UnsafeMutableBufferPointer(rebasing: targets.buffer[rows]))
    }
  }

  package func describe(microBatch: Int, of batch: [Int]) throws -> String {
    let (size, context) = (settings.microBatch, settings.context)
    let documents = TokenDocuments(prepared.training, vocabulary)
    let sequences = batch[microBatch * size..<(microBatch + 1) * size]
    let shown = try sequences.prefix(4).map { sequence in
      try documents.describe(sequence * context..<(sequence + 1) * context + 1)
    }
    let more = size > 4 ? ["and \(size - 4) more sequences"] : []
    return (shown + more).joined(separator: ", ")
  }

  package func complete(_ record: inout StepRecord, with sums: StepSums, _ timing: SumTiming) {
    record.tokens = record.step * lossCount
    record.communicationSeconds = timing.communication
    record.waitingSeconds = timing.waiting
  }

  package func isEvaluated(after step: Int, isLast: Bool) -> Bool {
    isLast || step.isMultiple(of: settings.evaluateEvery)
  }

  package func evaluate(after step: Int) throws -> (any EvaluationRecord)? {
    guard let text = prepared.validation else { return nil }
    let result = try Evaluation(communicator: communicator, model: model).run(
      idCount: text.tokens.count, bytes: text.byteCount
    ) { offset, ids in
      text.tokens.read(at: offset, into: ids)
    }
    return ValidationRecord(step: step, result: result)
  }
}

/// An evaluation on the validation text; what of it is no finite number, which JSON lacks, is null.
package struct ValidationRecord: EvaluationRecord {
  /// The step after which it was made.
  package let step: Int

  /// How well the network predicts the text.
  package let result: EvaluationResult

  package var summary: String {
    let figures = [
      String(format: "validation loss %.4f", result.loss),
      result.perplexity.map { String(format: "perplexity %.2f", $0) },
      result.bitsPerByte.map { String(format: "%.4f bits per byte", $0) },
      String(format: "accuracy %.1f %%", 100 * result.tokenAccuracy),
    ]
    return "step \(step): " + figures.compactMap(\.self).joined(separator: ", ")
  }

  package var figure: String? {
    result.bitsPerByte.map { String(format: "%.4f bits per byte at step %d", $0, step) }
  }

  package var fault: String? { result.loss.isFinite ? nil : "validation loss" }

  private enum CodingKeys: String, CodingKey {
    case step, perplexity
    case validationLoss = "validation_loss"
    case bitsPerByte = "bits_per_byte"
    case tokenAccuracy = "token_accuracy"
  }

  package func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(step, forKey: .step)
    try container.encode(result.loss.finite, forKey: .validationLoss)
    try container.encode(result.bitsPerByte, forKey: .bitsPerByte)
    try container.encode(result.perplexity, forKey: .perplexity)
    try container.encode(result.tokenAccuracy, forKey: .tokenAccuracy)
  }
}
