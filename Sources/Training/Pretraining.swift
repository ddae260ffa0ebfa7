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
  private var lock: RunLock?

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
    defer { lock?.release() }
    let run = try openFolder(request)
    report(.run(path: run.path))
    let resumed = try request.resumes ? newestCheckpoint(of: run) : nil
    let state = try resumed.map { try Self.state(of: $0) }
    let settings = state?.settings ?? request.settings
    let prepared = try CorpusPreparation(
      communicator: communicator, run: run, settings: settings,
      resuming: resumed.map { checkpoint in
        var resumption = CorpusPreparation.Resumption(tokenizer: checkpoint.path)
        resumption.record = state?.preparation
        return resumption
      }, report: report
    ).prepare()
    // The same bits on all ranks need the same instructions and the same libraries.
    try communicator.agree(
      on: "instructions: \(KernelEnvironment.instructionSet)",
      "matrix products: \(KernelEnvironment.matrixProducts)")
    let session = try Session(
      communicator: communicator, settings: settings, run: run, prepared: prepared,
      resumed: resumed, done: state?.step ?? 0,
      transport: request.transport, report: report)
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

  /// Makes the run's folder, or finds that of a run to resume; the first rank locks it.
  private func openFolder(_ request: Request) throws -> RunFolder {
    let path = try communicator.fromFirstRank {
      let run = try lockFolder(request)
      run.deleteLeftovers()
      if request.resumes { return run.path }
      // Looked at again, now that nobody else writes there.
      guard run.checkpointNames.isEmpty else { throw TrainingError.runExists(path: run.path) }
      for folder in [run.tokens, run.checkpoints] { try lock?.makeFolder(folder) }
      return run.path
    }
    return RunFolder(path)
  }

  private func lockFolder(_ request: Request) throws -> RunFolder {
    let option = "--run"
    func note(_ text: String) { report(.note(text)) }
    guard let run = request.run.map({ RunFolder($0) }) else {
      let (run, lock) = try RunLock.takeNextFree(in: "runs", option: option, note: note)
      self.lock = lock
      return run
    }
    if request.resumes {
      guard FileManager.default.fileExists(atPath: run.path) else {
        throw TrainingError.nothingToResume(path: run.path)
      }
    } else if !run.checkpointNames.isEmpty {
      throw TrainingError.runExists(path: run.path)
    }
    lock = try RunLock.take(run.path, option: option, note: note)
    return run
  }

  /// Settings and step of a checkpoint, as far as a training can have such.
  private static func state(
    of checkpoint: Checkpoint
  ) throws -> Checkpoint.State<PretrainingSettings> {
    let state: Checkpoint.State<PretrainingSettings> = try checkpoint.state()
    do {
      try state.settings.validate()
    } catch TrainingError.invalidSetting(let name, let value, _) {
      throw checkpoint.invalid(name, value)
    } catch ModelError.invalidSize(let name, let value, _) {
      throw checkpoint.invalid(name, "\(value)")
    }
    return state
  }

  private func newestCheckpoint(of run: RunFolder) throws -> Checkpoint {
    let found = try communicator.fromFirstRank {
      let (checkpoint, notes) = try Checkpoint.newest(of: run)
      return [checkpoint.path] + notes
    }
    for note in found.dropFirst() { report(.note(note)) }
    return Checkpoint(path: found[0])
  }
}

/// One training while it runs: network, optimizer, data and log.
private final class Session {
  private let communicator: any Communicator
  private let settings: PretrainingSettings
  private let run: RunFolder
  private let prepared: PreparedCorpus
  private let report: (TrainingEvent) -> Void
  private let parameters: ParameterStorage
  private let optimizer: AdamW
  private let model: any LanguageModel
  private let trainingStep: TrainingStep
  private let schedule: BatchSchedule
  private let log: MetricsLog?
  private let done: Int

  /// Why a line of the metrics could not be written, until the step's checkpoint is.
  private var logFailure: (any Error)?

  /// The checkpoints that this session has written.
  private var saved: Set<String> = []

  /// The wall time of every step so far.
  private(set) var stepSeconds: [Double] = []

  init(
    communicator: any Communicator, settings: PretrainingSettings, run: RunFolder,
    prepared: PreparedCorpus, resumed: Checkpoint?, done: Int, transport: CollectiveTransport?,
    report: @escaping (TrainingEvent) -> Void
  ) throws {
    let configuration = settings.configuration(vocabulary: prepared.vocabulary.count)
    try configuration.validate()
    // Before anything of the settings' sizes is made.
    try resumed?.check(against: configuration)
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
    self.run = run
    self.prepared = prepared
    self.report = report
    self.done = done
    log = communicator.rank == 0 ? try MetricsLog(path: run.metrics, keepingUpTo: done) : nil
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
    if let resumed {
      try resumed.load(into: parameters, optimizer: optimizer)
    } else {
      parameters.initialize(seed: settings.seed)
      if settings.initialization == .matching { parameters.addInductionHeads(seed: settings.seed) }
    }
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
    for step in done + 1...last {
      let record = try makeStep(step)
      write(record)
      report(.step(record))
      if step == last || step.isMultiple(of: settings.evaluateEvery) { try evaluate(step) }
      if step == last || step.isMultiple(of: settings.saveEvery) { try save(step) }
      if let logFailure { throw logFailure }
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

  /// Writes a line of the metrics; where that fails, the training ends after the step's checkpoint.
  private func write(_ record: some Encodable) {
    do {
      try log?.append(record)
    } catch {
      logFailure = logFailure ?? error
    }
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
    write(EvaluationRecord(step: step, result: result))
    report(.evaluated(step: step, result))
    guard result.loss.isFinite else {
      throw TrainingError.notFinite(step: step, what: "validation loss")
    }
  }

  private func save(_ step: Int) throws {
    try communicator.agree(on: parameters.checksum, of: "parameters after step \(step)")
    guard sumOfSquares(parameters.values).isFinite else {
      throw TrainingError.notFinite(step: step, what: "network")
    }
    let path = try communicator.fromFirstRank {
      let path = try Checkpoint.write(
        run: run,
        state: Checkpoint.State(step: step, settings: settings, preparation: prepared.record),
        parameters: parameters.view, optimizer: optimizer, vocabulary: prepared.vocabulary)
      saved.insert(RunFolder.checkpointName(step: step))
      if logFailure == nil { try log?.synchronize() }
      if let keep = settings.keep {
        try Checkpoint.prune(run, keeping: keep, trusting: saved.contains)
      }
      return path
    }
    report(.saved(step: step, path: path))
  }
}
