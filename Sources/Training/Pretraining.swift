import Collective
import Corpus
import Foundation
import Kernels
import Model
import Platform
import Tokenization

/// A pre-training from text files to a trained, checkpointed network, on any number of ranks.
package final class Pretraining {
  /// What is asked for, beside the settings that decide the result.
  package struct Request {
    /// The run folder; nil takes the next free one.
    package var run: String?

    /// Whether to go on with the run, with the settings of its checkpoint.
    package var resumes = false

    /// Whether to go on although inputs or the environment differ from the checkpoint's.
    package var allowsChanges = false

    /// Ends the training after this step, saved; the schedule stays that of all steps.
    package var stopAfter: Int?

    /// How gradients travel; nil chooses.
    package var transport: CollectiveTransport?

    /// Whether to measure where the time goes.
    package var profiles = false

    /// The settings of a run that is not resumed.
    package var settings = PretrainingSettings()

    /// A run of the `tiny` preset on the built-in stories.
    package init() {}
  }

  private let communicator: any Communicator
  private let report: (TrainingEvent) -> Void

  /// Prepares a training by the ranks of `communicator`; every rank gets the events.
  package init(communicator: any Communicator, report: @escaping (TrainingEvent) -> Void) {
    self.communicator = communicator
    self.report = report
  }

  /// Trains and returns the run's folder.
  package func run(_ request: Request) throws -> RunFolder {
    var request = request
    if !request.resumes {
      try request.settings.validateForStart()
      request.settings.makePathsAbsolute()
      // Before the corpus is read: whatever the vocabulary will be, it has the bytes.
      try TrainingMemory(
        settings: request.settings,
        configuration: request.settings.configuration(vocabulary: 256), ranks: communicator.size
      ).require()
    }
    let store = try RunStore(
      .pretraining, at: request.run, resumes: request.resumes, communicator: communicator,
      note: { [report] in report(.note($0)) })
    defer { store.close() }
    let run = store.folder
    report(.run(path: run.path))
    let record: Record? = try store.record()
    if let record { try Self.validate(record, of: store) }
    let settings = record?.settings ?? request.settings
    let environment = try TrainingEnvironment(communicator, precision: settings.precision)
    let preparation = try CorpusPreparation(
      communicator: communicator, run: run, settings: settings,
      resuming: store.checkpoint.map { checkpoint in
        var resumption = CorpusPreparation.Resumption(tokenizer: checkpoint.path)
        resumption.record = record?.progress.preparation
        return resumption
      }, report: report)
    var before = record
    if let record { before?.inputs = preparation.inputs(of: record) }
    try store.verify(
      inputs: preparation.inputs.merging(store.digests(of: settings.tokenizerFiles)) { $1 },
      environment: environment, against: before, allowingChanges: request.allowsChanges)
    let session = try Session(
      communicator: communicator, settings: settings, store: store,
      prepared: preparation.prepare(), done: record?.step ?? 0, transport: request.transport,
      report: report)
    guard request.profiles else {
      try session.train(stopAfter: request.stopAfter)
      return run
    }
    let profile = Profile(eventLimit: ProfileTrace.eventLimit(ranks: communicator.size))
    try profile.measure { try session.train(stopAfter: request.stopAfter) }
    try ProfileTrace.write(
      profile, seconds: session.stepSeconds, precision: settings.precision, run: run,
      communicator: communicator, report: report)
    return run
  }

  private typealias Record = TrainingRecord<PretrainingSettings, PretrainingProgress>

  /// Throws where a checkpoint says what no training can have.
  private static func validate(_ record: Record, of store: RunStore) throws {
    do {
      try record.settings.validate()
    } catch TrainingError.invalidSetting(let name, let value, _) {
      throw store.checkpoint?.invalid(name, value) ?? TrainingError.nothingToResume(path: name)
    } catch ModelError.invalidSize(let name, let value, _) {
      throw store.checkpoint?.invalid(name, "\(value)") ?? TrainingError.nothingToResume(path: name)
    }
  }
}

/// One training while it runs: network, optimizer, data and log.
private final class Session {
  private let communicator: any Communicator
  private let settings: PretrainingSettings
  private let store: RunStore
  private let prepared: PreparedCorpus
  private let report: (TrainingEvent) -> Void
  private let parameters: ParameterStorage
  private let optimizer: AdamW
  private let model: any LanguageModel
  private let trainingStep: TrainingStep
  private let schedule: BatchSchedule
  private let done: Int

  /// The wall time of every step so far.
  private(set) var stepSeconds: [Double] = []

  init(
    communicator: any Communicator, settings: PretrainingSettings, store: RunStore,
    prepared: PreparedCorpus, done: Int, transport: CollectiveTransport?,
    report: @escaping (TrainingEvent) -> Void
  ) throws {
    let configuration = settings.configuration(vocabulary: prepared.vocabulary.count)
    try configuration.validate()
    // Before anything of the settings' sizes is made.
    try store.checkpoint?.check(against: configuration)
    try TrainingMemory(
      settings: settings, configuration: configuration, ranks: communicator.size
    ).require()
    let windows = (prepared.training.count - 1) / settings.context
    guard windows >= 1 else {
      throw TrainingError.corpusTooShort(
        tokens: prepared.training.count, context: settings.context)
    }
    self.communicator = communicator
    self.settings = settings
    self.store = store
    self.prepared = prepared
    self.report = report
    self.done = done
    schedule = BatchSchedule(windowCount: windows, batch: settings.batch, seed: settings.seed)
    parameters = ParameterStorage(ParameterLayout(configuration))
    optimizer = AdamW(
      parameters.view.layout,
      constants: AdamW.Constants(
        beta1: settings.beta1, beta2: settings.beta2, weightDecay: settings.weightDecay))
    model = settings.precision.onThisProcessor { report(.note($0)) }.makeLanguageModel(
      parameters,
      capacity: max(settings.grain, Evaluation.windowsAtOnce) * settings.context, trainable: true)
    trainingStep = try TrainingStep(
      communicator: communicator, model: model, parameters: parameters, optimizer: optimizer,
      maximumNorm: settings.maximumNorm, grain: settings.grain, grainCount: settings.grainCount,
      transport: transport)
    if communicator.size > 1 { report(.note(trainingStep.transportNote)) }
    if communicator.size > settings.grainCount {
      report(
        .note(
          "\(communicator.size) ranks for \(settings.grainCount) grains of \(settings.grain) "
            + "windows: \(communicator.size - settings.grainCount) stay idle; use a smaller "
            + "--grain or fewer ranks"))
    }
    if let resumed = store.checkpoint {
      try resumed.load(into: parameters.view, optimizer: optimizer)
    } else {
      parameters.initialize(seed: settings.seed)
      if settings.initialization == .matching { parameters.beginWithMatching(seed: settings.seed) }
    }
    model.loadWeights()
  }

  func train(stopAfter: Int?) throws {
    let last = min(settings.steps, stopAfter ?? settings.steps)
    guard done < last else {
      report(.note("nothing left to do: the run has made \(done) of \(last) steps"))
      return
    }
    for note in plan(through: last) { report(.note(note)) }
    report(
      .started(
        step: done + 1, steps: last, parameters: parameters.view.layout.elementCount,
        ranks: communicator.size))
    try store.begin(after: done)
    for step in done + 1...last {
      let record = try makeStep(step)
      store.log(record)
      report(.step(record))
      if step == last || step.isMultiple(of: settings.evaluateEvery) { try evaluate(step) }
      if step == last || step.isMultiple(of: settings.saveEvery) { try save(step) }
      try store.throwLogFailure()
    }
  }

  /// What there is to know before the first step.
  private func plan(through last: Int) -> [String] {
    let tokens = prepared.training.count
    let perStep = settings.batch * settings.context
    let passes = Double(settings.steps) * Double(perStep) / Double(max(1, tokens))
    // Every so many steps, and the last one.
    let every = settings.saveEvery
    let checkpoints = last / every - done / every + (last.isMultiple(of: every) ? 0 : 1)
    let megabytes = Double(3 * 4 * parameters.view.layout.elementCount) / 1e6
    func size(_ count: Int) -> String { String(format: "%.1f MB", megabytes * Double(count)) }
    let kept =
      settings.keep.map { "the newest \($0) stay" }
      ?? "all stay, \(size(checkpoints)); with --keep N the newest N do"
    return [
      "\(settings.steps) steps = \(String(format: "%.1f", passes)) passes over "
        + "\(tokens.formatted()) tokens",
      "checkpoints to come: \(checkpoints) of \(size(1)); \(kept)",
    ] + [settings.schedule.note].compactMap { $0 }
  }

  private func makeStep(_ step: Int) throws -> StepRecord {
    let clock = ContinuousClock()
    let start = clock.now
    let windows = schedule.windows(step: step)
    let learningRate = settings.schedule.rate(at: step)
    let outcome = try trainingStep.run(step: step, learningRate: learningRate) {
      range, ids, targets in
      try read(windows[range], ids, targets)
    }
    let seconds = (clock.now - start) / .seconds(1)
    stepSeconds.append(seconds)
    let tokens = settings.batch * settings.context
    return StepRecord(
      step: step, tokens: step * tokens, loss: outcome.loss, gradientNorm: outcome.gradientNorm,
      learningRate: learningRate, tokensPerSecond: Double(tokens) / seconds, seconds: seconds,
      communicationSeconds: trainingStep.timing.moving,
      waitingSeconds: trainingStep.timing.waiting)
  }

  /// Reads windows of the token file: ids and, one further, targets.
  private func read(
    _ windows: ArraySlice<Int>, _ ids: UnsafeMutableBufferPointer<Int32>,
    _ targets: UnsafeMutableBufferPointer<Int32>
  ) throws {
    let context = settings.context
    for (index, window) in windows.enumerated() {
      let rows = index * context..<(index + 1) * context
      prepared.training.read(
        at: window * context, into: UnsafeMutableBufferPointer(rebasing: ids[rows]))
      prepared.training.read(
        at: window * context + 1, into: UnsafeMutableBufferPointer(rebasing: targets[rows]))
    }
  }

  /// Evaluates where there is a text for it.
  ///
  /// A loss that is no finite number ends the training as that of a step does, and leaves no
  /// checkpoint: the network that gives it has diverged.
  private func evaluate(_ step: Int) throws {
    guard let text = prepared.validation else { return }
    let result = try Evaluation(communicator: communicator, model: model).run(
      idCount: text.tokens.count, bytes: text.byteCount
    ) { offset, ids in
      text.tokens.read(at: offset, into: ids)
    }
    store.log(EvaluationRecord(step: step, result: result))
    report(.evaluated(step: step, result))
    guard result.loss.isFinite else {
      throw TrainingError.notFinite(step: step, what: "validation loss")
    }
  }

  private func save(_ step: Int) throws {
    try communicator.agree(on: parameters.checksum, of: "parameters after step \(step)")
    guard sumOfSquares(UnsafeBufferPointer(parameters.values)).isFinite else {
      throw TrainingError.notFinite(step: step, what: "network")
    }
    let path = try store.save(
      step: step, settings: settings,
      progress: PretrainingProgress(preparation: prepared.record), parameters: parameters.view,
      optimizer: optimizer, vocabulary: prepared.vocabulary, keeping: settings.keep)
    report(.saved(step: step, path: path))
  }
}
