import Foundation
import ParableCollective
import ParableTraining
import Synchronization
import TestSupport
import Testing

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
    stops: StopSource = StopSource(), goesOnUnsaved: Bool = false,
    communicator: any Communicator = SoloCommunicator(), into told: inout [String],
    after: @escaping (_ step: Int) throws -> Void = { _ in }
  ) throws -> Bool {
    var request = Trainer<ToyTask>.Request(settings)
    request.folder = run.path
    request.resumes = resumes
    request.stopAfter = stopAfter
    request.stops = stops
    request.goesOnUnsaved = goesOnUnsaved
    var events: [String] = []
    defer { told += events }
    return try Trainer(request, communicator: communicator) { event in
      switch event {
      case .note(let text): events.append(text)
      case .started(let header): events.append("\(header.title): \(header.steps)")
      case .step(let record):
        events.append("step \(record.step)")
        #expect(throws: Never.self) { try after(record.step) }
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

  /// The weights of a training that nothing disturbs, which leaves no files.
  private func undisturbed() throws -> [UInt8] {
    var told: [String] = []
    _ = try train(into: &told)
    defer { try? FileManager.default.removeItem(atPath: run.path) }
    return try digest(6)
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
    let alone = try undisturbed()
    try ThreadedCommunicator.run(ranks: 4) { communicator in
      var told: [String] = []
      _ = try train(communicator: communicator, into: &told)
    }
    #expect(try digest(6) == alone)
  }

  /// What one rank hears before the third step, all know after it.
  @Test func aSignalToOneRankStopsAllAfterTheSameStep() throws {
    let whole = try undisturbed()
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
    var told: [String] = []
    #expect(try train(resumes: true, into: &told))
    #expect(try digest(6) == whole)
    #expect(!FileManager.default.fileExists(atPath: run.stopped))
  }

  /// A rank that drops the second step has all drop it, save, and make it again.
  @Test func aDroppedStepIsMadeAgain() throws {
    let whole = try undisturbed()
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

  /// The folder of checkpoints is gone after the third step, and back after the fifth.
  @Test(arguments: [1, 3], [false, true])
  func aCheckpointThatCannotBeWritten(ranks: Int, goesOn: Bool) throws {
    let whole = try undisturbed()
    let (checkpoints, elsewhere) = (run.checkpoints, folder.file("elsewhere"))
    func trainAll() throws -> [[String]] {
      try ThreadedCommunicator.run(ranks: ranks) { communicator in
        var told: [String] = []
        _ = try train(goesOnUnsaved: goesOn, communicator: communicator, into: &told) { step in
          guard communicator.rank == 0 else { return }
          if step == 3 { try FileManager.default.moveItem(atPath: checkpoints, toPath: elsewhere) }
          if step == 5 { try FileManager.default.moveItem(atPath: elsewhere, toPath: checkpoints) }
        }
        return told
      }
    }
    guard goesOn else {
      let failure = #expect(throws: TrainingError.self) { try trainAll() }
      #expect("\(try #require(failure))".contains("the folder is gone"))
      try FileManager.default.moveItem(atPath: elsewhere, toPath: checkpoints)
      #expect(run.newest().checkpoint?.path == run.checkpoint(step: 2).path)
      return
    }
    for told in try trainAll() {
      let notes = told.filter { $0.contains("not saved") }
      #expect(notes.count == 1 && notes[0].hasPrefix("step 4 is not saved: "), "\(told)")
      #expect(told.filter { $0.hasPrefix("saved") } == ["saved 2", "saved 6"], "\(told)")
    }
    #expect(try digest(6) == whole)
  }

  /// There is no next checkpoint that could make up for one that is missing.
  @Test func aTrainingThatIsAskedToStopHasToBeSaved() throws {
    var stops = StopSource()
    let asked = Calls()
    stops.signal = { asked.next() >= 5 ? SIGUSR1 : nil }
    var told: [String] = []
    let (checkpoints, elsewhere) = (run.checkpoints, folder.file("elsewhere"))
    let failure = #expect(throws: TrainingError.self) {
      try train(stops: stops, goesOnUnsaved: true, into: &told) { step in
        if step == 5 { try FileManager.default.moveItem(atPath: checkpoints, toPath: elsewhere) }
      }
    }
    #expect("\(try #require(failure))".contains("the folder is gone"))
    #expect(!FileManager.default.fileExists(atPath: run.stopped))
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
