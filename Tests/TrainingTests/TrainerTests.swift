import Foundation
import ParableCollective
import ParableModel
import ParableSettings
import ParableTokenization
import ParableTraining
import Synchronization
import TestSupport
import Testing

/// Settings of a training on made-up tokens.
private struct ToySettings: TaskSettings, Equatable {
  var training = TrainingSettings()
  var steps = 6
  var evaluateEvery = 2
  /// The evaluation after which it is over early.
  var lastEvaluation: Int?
  /// The step before which the weights are spoiled.
  var spoiledStep: Int?

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
}

/// A whole training task: a language model of made-up tokens.
private final class ToyTask: TrainingTask {
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
    schedule = settings.training.schedule(steps: settings.steps, defaultWarmup: 0)
    model = start.precision.makeLanguageModel(
      parameters.storage, capacity: Self.context, trainable: true)
  }

  func initialize(_ parameters: ParameterStorage) {
    parameters.initialize(seed: settings.training.seed)
  }

  func announcement(ranks: String) -> String { "toying on \(ranks)" }
  func batch(of step: Int) -> [Int32] {
    if step == settings.spoiledStep { parameters.storage.update { $0.values[0] = 1e25 } }
    return (0..<Int32(lossCount + 1)).map { ($0 * 7 + Int32(step) * 13) % 257 }
  }

  func costAndGradient(
    of microBatch: Int, in batch: [Int32], addingTo gradients: MutableParameterView
  ) -> StepSums {
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
    return sums
  }

  func complete(_ record: inout StepRecord, with sums: StepSums, _ timing: SumTiming) {}
  func isEvaluated(after step: Int, isLast: Bool) -> Bool {
    step.isMultiple(of: settings.evaluateEvery)
  }
  let savesEvaluations = true
  func evaluate(after step: Int) -> (any EvaluationRecord)? {
    progress.evaluations += 1
    return Evaluation(step: step, number: progress.evaluations)
  }
  var reasonToEnd: String? {
    settings.lastEvaluation.map { progress.evaluations >= $0 } == true ? "enough toying" : nil
  }
}

/// How often something was called.
private final class Calls: Sendable {
  private let count = Mutex(0)

  /// The number of this call, from 1; after ``forget()`` always 0.
  func next() -> Int {
    count.withLock {
      $0 = $0 < 0 ? $0 : $0 + 1
      return max(0, $0)
    }
  }

  /// Stops counting, but for the first time.
  func forget() { count.withLock { $0 = $0 == 0 ? 0 : -1 } }
}

/// What every training does, whatever its task.
@Suite struct TrainerTests {
  private let folder: TemporaryFolder
  private var run: RunFolder { RunFolder(folder.file("run")) }

  init() throws { folder = try TemporaryFolder() }

  /// Trains in the run's folder, and returns what was told, in words.
  private func train(
    _ settings: ToySettings = ToySettings(), resumes: Bool = false, stopAfter: Int? = nil,
    stops: StopSource = StopSource(), communicator: any Communicator = SoloCommunicator(),
    into told: inout [String]
  ) throws -> Bool {
    var request = Trainer<ToyTask>.Request(settings)
    request.folder = run.path
    request.resumes = resumes
    request.stopAfter = stopAfter
    request.stops = stops
    var events: [String] = []
    defer { told += events }
    return try Trainer(request, communicator: communicator) { event in
      switch event {
      case .note(let text): events.append(text)
      case .started(let header): events.append("\(header.title): \(header.steps)")
      case .step(let record): events.append("step \(record.step)")
      case .evaluated(let record): events.append(record.summary)
      case .saved(let step, _): events.append("saved \(step)")
      case .stopped(let step, let reason): events.append("stopped \(step): \(reason.name)")
      case .run, .preparing, .profiled, .ended: break
      }
    }.train()
  }

  private func digest(_ step: Int) throws -> [UInt8] {
    try folder.read(
      "run/checkpoints/" + RunFolder.checkpointName(step: step) + "/model.safetensors")
  }

  @Test func stepsEvaluationsAndCheckpointsFollowEachOther() throws {
    var settings = ToySettings()
    settings.evaluateEvery = 3
    var told: [String] = []
    #expect(try train(settings, into: &told))
    #expect(
      told == [
        "toying on 1 rank: 1...6", "step 1", "step 2", "step 3", "evaluation 1", "saved 3",
        "step 4", "saved 4", "step 5", "step 6", "evaluation 2", "saved 6",
      ])
    #expect(!FileManager.default.fileExists(atPath: run.checkpoint(step: 3).path))
  }

  @Test func aStoppedTrainingGoesOnExactly() throws {
    var told: [String] = []
    #expect(try train(into: &told))
    let whole = try digest(6)
    try FileManager.default.removeItem(atPath: run.path)
    #expect(try !train(stopAfter: 3, into: &told))
    told = []
    #expect(try train(resumes: true, into: &told))
    #expect(try digest(6) == whole)
    #expect(told.first == "toying on 1 rank: 4...6" && told.contains("evaluation 3"))
    told = []
    #expect(try train(resumes: true, into: &told))
    #expect(told == ["nothing left to do: the toy has made 6 of 6 steps"])
  }

  @Test func aTaskEndsItsTrainingEarly() throws {
    var settings = ToySettings()
    settings.lastEvaluation = 2
    var told: [String] = []
    #expect(try train(settings, into: &told))
    #expect(told.suffix(3) == ["evaluation 2", "saved 4", "enough toying"])
    told = []
    #expect(try train(resumes: true, into: &told))
    #expect(told == ["nothing left to do: the toy has made 4 of 6 steps"])
  }

  /// Each weight alone is a number, but `Float` cannot hold its square.
  @Test func weightsTooLargeForNormsAreStoredNowhere() throws {
    var settings = ToySettings()
    settings.spoiledStep = 2
    settings.training.learningRate = 0
    var told: [String] = []
    #expect {
      try train(settings, into: &told)
    } throws: {
      "\($0)".hasPrefix("step 2: the network is not a finite number")
    }
    #expect(told.last == "step 2" && run.steps.isEmpty)
  }

  @Test func ranksWithoutAMicroBatchChangeNothing() throws {
    var told: [String] = []
    _ = try train(into: &told)
    let alone = try digest(6)
    try FileManager.default.removeItem(atPath: run.path)
    try ThreadedCommunicator.run(ranks: 4) { communicator in
      var told: [String] = []
      _ = try train(communicator: communicator, into: &told)
    }
    #expect(try digest(6) == alone)
  }

  /// What one rank hears before the third step, all know after it.
  @Test func aSignalToOneRankStopsAllAfterTheSameStep() throws {
    var told: [String] = []
    _ = try train(into: &told)
    let whole = try digest(6)
    try FileManager.default.removeItem(atPath: run.path)
    let all = try ThreadedCommunicator.run(ranks: 3) { communicator in
      var stops = StopSource()
      let (rank, asked) = (communicator.rank, Calls())
      stops.signal = { asked.next() >= 3 && rank == 1 ? SIGUSR1 : nil }
      var told: [String] = []
      let isOver = try train(stops: stops, communicator: communicator, into: &told)
      #expect(!isOver)
      return told
    }
    #expect(
      all.allSatisfy { $0.suffix(3) == ["step 3", "saved 3", "stopped 3: SIGUSR1"] }, "\(all)")
    #expect(FileManager.default.fileExists(atPath: run.stopped))
    #expect(try train(resumes: true, into: &told))
    #expect(try digest(6) == whole)
    #expect(!FileManager.default.fileExists(atPath: run.stopped))
  }

  /// A rank that drops the second step has all drop it, save, and make it again.
  @Test func aDroppedStepIsMadeAgain() throws {
    var told: [String] = []
    _ = try train(into: &told)
    let whole = try digest(6)
    try FileManager.default.removeItem(atPath: run.path)
    let all = try ThreadedCommunicator.run(ranks: 3) { communicator in
      var stops = StopSource()
      // Asked at the beginning, before its micro-batch, and for its notice.
      let (rank, asked) = (communicator.rank, Calls())
      stops.isWarned = { forgets in
        if forgets { asked.forget() }
        return asked.next() >= 4 && rank == 2
      }
      stops.warningSeconds = 0.05
      var told: [String] = []
      let isOver = try train(stops: stops, communicator: communicator, into: &told)
      #expect(isOver)
      return told
    }
    for told in all {
      #expect(told[1...2] == ["step 1", "saved 1"] && told[3].hasPrefix("continued by SIGCONT"))
      #expect(told.filter { $0.hasPrefix("step ") } == (1...6).map { "step \($0)" })
    }
    #expect(try digest(6) == whole)
  }

  @Test func ranksWithOtherSettingsAreNamed() throws {
    #expect {
      try ThreadedCommunicator.run(ranks: 3) { communicator in
        var settings = ToySettings()
        if communicator.rank == 1 { settings.training.seed = 9 }
        var told: [String] = []
        _ = try train(settings, communicator: communicator, into: &told)
      }
    } throws: {
      "\($0)".hasPrefix("the ranks: they differ (ranks 0, 2 seed: 1, rank 1 seed: 9); ")
    }
    #expect(!FileManager.default.fileExists(atPath: run.path))
  }
}
