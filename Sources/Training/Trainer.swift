import ParableCollective
import ParableKernels
import ParableModel
import ParablePlatform
import ParableSettings

/// A training from its start, or from its newest checkpoint, to its end, on any number of ranks.
///
/// It owns what every training repeats: settings, folder, steps, optimizer, log, evaluations and
/// checkpoints. Its ``TrainingTask`` says what is learned, and how.
package final class Trainer<Task: TrainingTask> {
  /// What is trained.
  package let task: Task

  /// Where the training's files are.
  package var folder: RunFolder { store.folder }

  /// How many updates were made.
  package private(set) var done: Int

  private let request: Request
  private let communicator: any Communicator
  private let report: (TrainingEvent) -> Void
  private let store: RunStore
  private let optimizer: Optimizer
  private let update: ParameterUpdate
  private let first: Int
  private let last: Int
  private let meter: TrainingMeter
  /// Why the last step was skipped; nil where it was made.
  private var skipped: SkipReason?
  private let watch: StopWatch
  private var savedStep: Int?

  /// Why the training has stopped, to be continued; nil where nothing has asked for it.
  package var stopReason: StopReason? { watch.reason }

  /// Whether the training is over, rather than stopped.
  private var isOver: Bool { done >= task.schedule.totalSteps || task.reasonToEnd != nil }

  /// Prepares a training by the ranks of `communicator`; every rank gets the events.
  ///
  /// All that can be wrong with settings and data is found out here.
  package init(
    _ request: Request, communicator: any Communicator,
    report: @escaping (TrainingEvent) -> Void
  ) throws {
    self.request = request
    self.communicator = communicator
    self.report = report
    Whereabouts.doing(.preparing)
    meter = TrainingMeter(
      eventLimit: request.profiles ? ProfileTrace.eventLimit(ranks: communicator.size) : 0)
    try communicator.agree(
      on: Task.Settings.settings.map { setting in
        "\(setting.key): \(setting.value(in: request.settings)?.description ?? "none")"
      })
    // Whatever is made from here on computes in these bits.
    try Self.select(request.settings.training.bits)
    if !request.resumes { try Task.check(request.settings, ranks: communicator.size) }
    store = try RunStore(
      Task.kind, at: request.folder, resumes: request.resumes, communicator: communicator,
      note: { report(.note($0)) })
    report(.run(path: store.folder.path))
    let record: TrainingRecord<Task.Settings, Task.Progress>? = try store.record()
    done = record?.step ?? 0
    let asked = try Self.settings(request, record, store)
    try Self.select(asked.training.bits)
    task = try Task(
      TrainingStart(
        settings: asked, record: record, store: store,
        communicator: communicator, report: report, allowsChanges: request.allowsChanges,
        collective: request.collective, repeated: request.repeats))
    let settings = task.settings.training
    first = done + 1
    last = min(task.schedule.totalSteps, request.stopAfter ?? task.schedule.totalSteps)
    let (task, parameters) = (task, task.parameters)
    let layout = parameters.storage.view.layout
    optimizer = Optimizer(
      layout, adamW: settings.adamW, muon: settings.muon, owned: parameters.parallel.owned,
      classifierAlone: task.learnsClassifierAlone)
    update = ParameterUpdate(
      communicator: communicator, parameters: parameters, optimizer: optimizer,
      gradientClipping: settings.gradientClipping,
      checkEvery: settings.checkEvery ?? TrainingSettings.defaultCheckEvery,
      spikeFactor: settings.spikeFactor, skips: record?.skips ?? SkipHistory())
    // Until one was written, a checkpoint is taken to be written at 50 MB/s.
    watch = StopWatch(
      request.stops, communicator: communicator,
      saveSeconds: Double(settings.optimizer.checkpointBytes(of: layout)) / 50e6)
    let checkpoint = store.checkpoint
    savedStep = record?.step
    try parameters.fill { try checkpoint?.load(into: $0) ?? task.initialize($0) }
    try checkpoint?.load(into: optimizer)
  }

  private static func select(_ bits: Bits) throws {
    guard bits.isPossible else {
      throw SettingError(
        "bits", bits.rawValue, "use a processor with AVX2 and fused multiply-adds, or --bits fast")
    }
    bits.select()
  }

  /// The settings that are asked for, or those of the checkpoint, as far as a training can have such.
  private static func settings(
    _ request: Request, _ record: TrainingRecord<Task.Settings, Task.Progress>?, _ store: RunStore
  ) throws -> Task.Settings {
    var asked = request.settings
    asked.settle()
    guard let record, let checkpoint = store.checkpoint else { return asked }
    do {
      try record.settings.validate()
    } catch let error as SettingError {
      throw checkpoint.invalid(error.name, error.value)
    }
    var settings = record.settings
    settings.update(from: asked)
    try settings.training.goOn(
      with: asked.training, after: record.step, skipped: record.skips.steps)
    return settings
  }

  /// Trains until the last step, the one to stop after, or the task's own end.
  ///
  /// - Returns: Whether the training is over, rather than stopped.
  @discardableResult
  package func train() throws -> Bool {
    defer { store.close() }
    guard done < last, task.reasonToEnd == nil else {
      report(
        .note("nothing left to do: the \(Task.kind.title) has made \(done) of \(last) steps"))
      return isOver
    }
    if let note = task.schedule.note { report(.note(note)) }
    // All ranks listen before any of them has the header, which they make together.
    watch.begin()
    let header = try header()
    try store.begin(after: done, header: header)
    report(.started(header))
    try meter.measure { try makeSteps() }
    if let reason = watch.reason {
      try communicator.onFirstRank { try store.markStopped(reason, step: done) }
    }
    if let reason = task.reasonToEnd, done < task.schedule.totalSteps { report(.note(reason)) }
    if !watch.isUrgent { try conclude() }
    if let reason = watch.reason { report(.stopped(step: done, reason)) }
    return isOver
  }

  /// What is told before the first step.
  private func header() throws -> TrainingHeader {
    let placement = try RankPlacement(communicator, freeBytes: meter.freeBytes)
    let precision = task.settings.training.precision
    let ranks = communicator.size == 1 ? "1 rank" : "\(communicator.size) ranks"
    return TrainingHeader(
      title: task.announcement(ranks: ranks), steps: done + 1...last,
      environment: try store.environment ?? TrainingEnvironment(communicator, precision: precision),
      placement: placement, microBatchCount: task.microBatchCount,
      busyRanks: task.parameters.parallel.busyRanks, collectiveNote: update.collectiveNote,
      neededBytes: task.bytesPerHost,
      digests: try task.digests + [InputDigest(of: task.settings)], examples: task.examples,
      examplesPerStep: task.lossCount, scheduledSteps: task.schedule.totalSteps,
      checkpoints: checkpointsToCome)
  }

  /// The checkpoints of this start, for a person.
  private var checkpointsToCome: String {
    let settings = task.settings.training
    let size = settings.optimizer.checkpointBytes(of: task.parameters.storage.view.layout)
    // Every so many steps, and the last one.
    let every = settings.saveEvery
    let count = last / every - done / every + (last.isMultiple(of: every) ? 0 : 1)
    let number = task.savesEvaluations ? "at least \(count)" : "\(count)"
    let kept =
      settings.keepCheckpoints.map { "the newest \($0) stay" }
      ?? "all stay, \(bytes(count * size)); with --keep-checkpoints N the newest N do"
    return "\(number) to come, of \(bytes(size)); \(kept)"
  }

  /// Tells what the steps came to.
  private func conclude() throws {
    let isReduced = task.settings.training.precision.onThisProcessor() == .bf16
    let peak = MatrixProducts().measuredPeak(isReduced ? .bfloat16 : .float)
    if request.profiles {
      try ProfileTrace.write(
        meter, peak: peak, run: folder, communicator: communicator, report: report)
    }
    let end = try meter.end(step: done, peak: peak, model: try trainedModel(), communicator)
    let skips = update.skips.steps
    if skips.count > 0 {
      report(.note("skipped in all: \(skips.count == 1 ? "step" : "steps") \(skips)"))
    }
    store.log(EndRecord(end: end))
    report(.ended(end))
    try store.throwLogFailure()
  }

  /// The model that is left: that of the folder where the task keeps one there, else the newest
  /// checkpoint's.
  private func trainedModel() throws -> TrainingEnd.Model? {
    let folders =
      (Task.kind.leavesModel ? [folder.path] : []) + [folder.checkpoint(step: done).path]
    return try communicator.fromFirstRank {
      folders.lazy.compactMap { path in
        Manifest.digest(of: ModelFiles.weights, in: path).map {
          TrainingEnd.Model(path: "\(path)/\(ModelFiles.weights)", sha256: $0)
        }
      }.first
    }
  }

  private func makeSteps() throws {
    while done < last, task.reasonToEnd == nil {
      let step = done + 1
      do {
        let record = try makeStep(step)
        done = step
        Profile.during(.saving) {
          store.log(record)
          report(.step(record))
        }
        if communicator.rank == 0 { try request.check(record) }
        try conclude(step)
      } catch let dropped as DroppedStep {
        watch.hear(dropped.notice)
        if done != savedStep, done > 0 {
          try Profile.during(.saving) {
            try checkParameters(done)
            try save(done)
          }
        }
      }
      // What is over anyway does not stop.
      if done < last, task.reasonToEnd == nil, try watch.settle(note: { report(.note($0)) }) {
        return
      }
    }
  }

  private func makeStep(_ step: Int) throws -> StepRecord {
    let clock = ContinuousClock()
    let start = clock.now
    let learningRate = task.schedule.rate(at: step)
    guard !task.settings.training.skipSteps.contains(step) else {
      update.skip(step)
      skipped = .asked
      return StepRecord(skipping: step, learningRate: learningRate)
    }
    Whereabouts.at(step: step)
    Whereabouts.doing(.computing)
    let batch = try Profile.during(.examples) { try task.batch(of: step) }
    var sums: [StepSums] = []
    for microBatch in update.microBatches {
      let gradients = update.begin()
      if !watch.dropsStep {
        sums.append(try task.costAndGradient(of: microBatch, in: batch, addingTo: gradients))
      }
      update.end()
    }
    let outcome = try update.finish(
      sums, step: step, learningRate: learningRate,
      notice: watch.notice(hasLeftOut: sums.count < update.microBatches.count))
    watch.hear(outcome.notice)
    skipped = outcome.skipped
    let seconds = (clock.now - start) / .seconds(1)
    watch.countStep(seconds: seconds)
    meter.count(seconds: seconds, tokens: outcome.sums.tokens)
    var record = StepRecord(
      step: step, loss: outcome.sums.loss / Double(task.lossCount),
      gradientNorm: outcome.gradientNorm, learningRate: learningRate,
      tokensPerSecond: outcome.sums.tokens / seconds, seconds: seconds,
      skipped: skipped?.name)
    task.complete(&record, with: outcome.sums, update.timing)
    return record
  }

  /// Says in one line that a step was skipped, and ends the training where too many were.
  private func tellSkip(of step: Int) throws {
    guard let reason = skipped else { return }
    let (settings, skips) = (task.settings.training, update.skips)
    guard reason != .asked else {
      // A range is said once.
      guard !settings.skipSteps.contains(step - 1) || step == first else { return }
      let end = settings.skipSteps.range(with: step)?.upperBound ?? step
      let steps = end == step ? "step \(step) is" : "steps \(step) to \(end) are"
      return report(.note("\(steps) skipped, \(reason.words)"))
    }
    report(
      .note(
        "step \(step) is skipped: \(reason.words); \(skips.inARow) in a row, "
          + "\(skips.steps.count) in all"))
    guard skips.inARow >= settings.maximumSkipped ?? TrainingSettings.defaultMaximumSkipped else {
      return
    }
    try store.throwLogFailure()
    throw TrainingError.skippedTooMany(
      step: step, count: skips.inARow, why: reason.words,
      examples: try examples(of: step, skippedFor: reason))
  }

  /// What spoils a step, in words: its micro-batches are computed once more to see which of them do.
  private func examples(of step: Int, skippedFor reason: SkipReason) throws -> String {
    let batch = try task.batch(of: step)
    let measures = try update.measure {
      try task.costAndGradient(of: $0, in: batch, addingTo: $1)
    }
    var faults = measures.indices.filter {
      !measures[$0].loss.isFinite || !measures[$0].norm.isFinite
    }
    if faults.isEmpty,
      let largest = measures.indices.max(by: { measures[$0].norm < measures[$1].norm })
    {
      // Finite gradients have no finite sum where one of them is as large as this.
      let limit = Double(Float.greatestFiniteMagnitude) / Double(measures.count)
      if case .spike = reason { faults = [largest] }
      if measures[largest].norm >= limit { faults = [largest] }
    }
    guard !faults.isEmpty else {
      return "computed once more, all micro-batches give numbers: the memory or the processor may "
        + "be at fault"
    }
    return try communicator.fromFirstRank {
      let shown = try faults.prefix(2).map {
        "micro-batch \($0 + 1): \(try task.describe(microBatch: $0, of: batch))"
      }
      let more = faults.count > 2 ? ["and \(faults.count - 2) more micro-batches"] : []
      return (shown + more).joined(separator: ", ")
    }
  }

  /// Evaluates and saves where a step calls for it.
  private func conclude(_ step: Int) throws {
    try tellSkip(of: step)
    let isEvaluated = task.isEvaluated(after: step, isLast: step == last)
    let isSaved =
      step == last || step.isMultiple(of: task.settings.training.saveEvery)
      || isEvaluated && task.savesEvaluations || watch.wantsCheckpoint
    if isSaved { try Profile.during(.saving) { try checkParameters(step) } }
    Whereabouts.doing(.evaluating)
    if isEvaluated,
      let evaluation = try Profile.during(
        .evaluation, { try watch.measureEvaluation { try task.evaluate(after: step) } })
    {
      meter.evaluation = evaluation
      store.log(evaluation)
      report(.evaluated(evaluation))
      // A network that gives it has diverged: it is kept nowhere.
      if let fault = evaluation.fault { throw TrainingError.notFinite(step: step, what: fault) }
      // It may have taken long since the ranks agreed on the weights.
      try update.verify(in: step)
      try task.keepBest()
    }
    if isSaved { try Profile.during(.saving) { try save(step) } }
    try store.requireFolder()
    // What was trained is saved before the failure to write about it ends the training.
    try goesOnUnsaved(step) ? store.noteLogFailure() : store.throwLogFailure()
  }

  /// Whether what cannot be written after this step may be written later.
  private func goesOnUnsaved(_ step: Int) -> Bool {
    request.goesOnUnsaved && step < last && !watch.wantsCheckpoint
  }

  /// Throws where ranks have come apart, and for weights that are kept nowhere: those that are no
  /// numbers, or so large that `Float` cannot hold the squares that the norms of a network are made of.
  private func checkParameters(_ step: Int) throws {
    try update.agree(after: step)
    let own = UnsafeBufferPointer(rebasing: task.parameters.storage.values[optimizer.owned])
    let squares = try communicator.allGather(values: [sumOfSquares(own)]).joined().reduce(0, +)
    guard squares <= Double(Float.greatestFiniteMagnitude) else {
      throw TrainingError.notFinite(step: step, what: "network")
    }
  }

  private func save(_ step: Int) throws {
    Whereabouts.doing(.saving)
    do {
      let path = try watch.measureSave {
        try store.save(
          step: step, settings: task.settings, progress: task.progress,
          parameters: task.parameters, optimizer: optimizer, vocabulary: task.vocabulary,
          keeping: task.settings.training.keepCheckpoints, skips: update.skips,
          evaluation: meter.evaluation.flatMap { $0.step == step ? $0 : nil })
      }
      savedStep = step
      report(.saved(step: step, path: path))
    } catch let failure as SharedFailure where goesOnUnsaved(step) {
      // A folder that is gone does not come back.
      try store.requireFolder()
      report(.note("step \(step) is not saved: \(failure); going on until the next checkpoint"))
    } catch {
      try store.requireFolder()
      throw error.onThisRank
    }
  }
}
