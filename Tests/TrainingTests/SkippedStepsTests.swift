import Foundation
import ParableCollective
import ParableSettings
import ParableTraining
import TestSupport
import Testing

/// Steps whose numbers are none, or too large, or that are asked to be skipped.
@Suite struct SkippedStepsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ name: String) -> RunFolder { RunFolder(folder.file(name)) }

  /// What was told, of the ranks together.
  private final class Told: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []
    func add(_ line: String) { lock.withLock { lines.append(line) } }
    var all: [String] { lock.withLock { lines } }
  }

  /// Trains on so many ranks, and returns the notes of the first.
  @discardableResult
  private func train(
    _ name: String, _ settings: ToySettings, ranks: Int = 1, hosts: [Int]? = nil,
    resumes: Bool = false, stopAfter: Int? = nil
  ) throws -> [String] {
    let (path, told) = (run(name).path, Told())
    try ThreadedCommunicator.run(ranks: ranks, hosts: hosts) { communicator in
      var request = Trainer<ToyTask>.Request(settings)
      request.folder = path
      request.resumes = resumes
      request.stopAfter = stopAfter
      try Trainer(request, communicator: communicator) { event in
        if communicator.rank == 0, case .note(let text) = event { told.add(text) }
      }.train()
    }
    return told.all
  }

  /// Weights and moments of a checkpoint, and what `training.json` has of skipped steps.
  private struct State: Equatable {
    var tensors: [[UInt8]]
    var skips: String
  }

  private func state(_ name: String, _ step: Int) throws -> State {
    let path = "\(name)/checkpoints/\(RunFolder.checkpointName(step: step))/"
    let record = try JSONSerialization.jsonObject(with: Data(folder.read(path + "training.json")))
    let skips = (record as? [String: Any])?["skips"] ?? [:]
    return State(
      tensors: try ["model", "optimizer"].map { try folder.read(path + $0 + ".safetensors") },
      skips: String(
        decoding: try JSONSerialization.data(withJSONObject: skips, options: .sortedKeys),
        as: UTF8.self))
  }

  private func metrics(_ name: String) throws -> [[String: Any]] {
    try String(contentsOfFile: run(name).metrics, encoding: .utf8).split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
  }

  private var settings: ToySettings {
    var settings = ToySettings()
    settings.training.saveEvery = 1
    settings.training.keepCheckpoints = nil
    return settings
  }

  @Test(arguments: [ToyFault.loss(1), .gradient(2)])
  func aStepWithoutNumbersIsSkippedOnAnyRanks(_ fault: ToyFault) throws {
    var settings = settings
    settings.faults = [3: fault]
    let notes = try train("1", settings)
    let why =
      fault == .gradient(2)
      ? "a gradient is not a finite number" : "the loss of micro-batch 2 is not a finite number"
    #expect(
      notes == ["step 3 is skipped: \(why); 1 in a row, 1 in all", "skipped in all: step 3"])
    #expect(try state("1", 3).tensors == state("1", 2).tensors)
    #expect(try state("1", 4).tensors != state("1", 3).tensors)
    for (ranks, hosts) in [(2, nil), (3, nil), (3, [0, 0, 1]), (5, [0, 1, 1, 2, 2])] {
      let name = "\(ranks) \(hosts ?? [])"
      #expect(try train(name, settings, ranks: ranks, hosts: hosts) == notes)
      #expect(try state(name, 6) == state("1", 6), "\(name)")
    }
    let line = try #require(try metrics("1").first { $0["step"] as? Int == 3 })
    #expect(line["skipped"] as? String == (fault == .gradient(2) ? "gradient" : "loss"))
    #expect(line["loss"] is NSNull == (fault == .loss(1)))
    #expect(line["gradient_norm"] is NSNull == (fault == .gradient(2)))
    #expect(try metrics("1").filter { $0["skipped"] != nil }.count == 1)
  }

  /// The learning rate and the bias corrections of the steps that follow are those of their numbers.
  @Test func askingForItGivesTheSameBits() throws {
    var spoiled = settings
    spoiled.faults = [2: .loss(0), 3: .gradient(1), 5: .loss(2)]
    try train("spoiled", spoiled)
    var asked = settings
    asked.training.skipSteps = StepRanges([2...3, 5...5])
    let notes = try train("asked", asked, ranks: 2)
    #expect(
      notes == [
        "steps 2 to 3 are skipped, as --skip-steps asks", "step 5 is skipped, as --skip-steps asks",
        "skipped in all: steps 2-3,5",
      ])
    #expect(try state("asked", 6).tensors == state("spoiled", 6).tensors)
    try train("plain", settings)
    #expect(try state("plain", 6).tensors != state("asked", 6).tensors)
    let line = try #require(try metrics("asked").first { $0["step"] as? Int == 3 })
    #expect(line["skipped"] as? String == "asked" && line["loss"] is NSNull)
  }

  @Test func aResumedTrainingSkipsTheSame() throws {
    var settings = settings
    settings.faults = [2: .loss(0), 3: .loss(0), 4: .gradient(0)]
    settings.training.maximumSkipped = 4
    try train("whole", settings)
    for stop in 1...5 {
      try train("\(stop)", settings, ranks: 2, stopAfter: stop)
      try train("\(stop)", settings, ranks: 3, resumes: true)
      #expect(try state("\(stop)", 6) == state("whole", 6), "\(stop)")
    }
    // The steps in a row are counted across the stop.
    settings.training.maximumSkipped = 3
    try train("ended", settings, stopAfter: 3)
    #expect { try train("ended", settings, resumes: true) } throws: {
      "\($0)".contains("none of the last 3 steps")
    }
  }

  @Test func theWindowOfNormsIsResumed() throws {
    var settings = settings
    (settings.steps, settings.evaluateEvery, settings.training.saveEvery) = (24, 24, 6)
    settings.faults = [10: .spike(1), 20: .spike(2)]
    settings.training.spikeFactor = 20
    let notes = try train("whole", settings)
    // Before there are enough norms for a median nothing is compared.
    #expect(notes.count == 2 && notes[0].hasPrefix("step 20 is skipped: the norm "), "\(notes)")
    try train("stopped", settings, ranks: 2, stopAfter: 18)
    try train("stopped", settings, ranks: 3, resumes: true)
    #expect(try state("stopped", 24) == state("whole", 24))
    settings.training.spikeFactor = nil
    #expect(try train("any", settings).isEmpty)
    #expect(try state("any", 24).tensors != state("whole", 24).tensors)
  }

  @Test(arguments: [1, 2, 3])
  func tooManyInARowEndTheTraining(ranks: Int) throws {
    var settings = settings
    settings.faults = [2: .loss(0), 3: .loss(0), 4: .loss(1)]
    settings.training.maximumSkipped = 3
    #expect { try train("run", settings, ranks: ranks) } throws: {
      "\($0)"
        == "step 4: the loss of micro-batch 2 is not a finite number, and none of the last 3 steps "
        + "could be made (micro-batch 2: toys from 94); look at these, then go on with --resume "
        + "--skip-steps 2-4, or start again with a lower --learning-rate"
    }
    #expect(try metrics("run").compactMap { $0["skipped"] as? String } == ["loss", "loss", "loss"])
    #expect(run("run").steps == [3, 2, 1])
    // The way past, with what was skipped anyway among it.
    var asked = settings
    asked.training.skipSteps = StepRanges([2...4])
    try train("run", asked, ranks: ranks, resumes: true)
    try train("fresh", asked)
    #expect(try state("run", 6) == state("fresh", 6))
    // A step that was made stays made.
    asked.training.skipSteps = StepRanges([3...5])
    #expect { try train("run", asked, resumes: true) } throws: {
      "\($0)".contains("step 5 is in the checkpoint of step 6 already")
    }
  }

  @Test func aGradientIsFoundByComputingItAgain() throws {
    var settings = settings
    settings.faults = [1: .gradient(2)]
    settings.training.maximumSkipped = 1
    #expect { try train("run", settings, ranks: 2) } throws: {
      "\($0)".hasPrefix(
        "step 1: a gradient is not a finite number, and no step could be made (micro-batch 3: toys")
    }
  }

  @Test func whatDoesNotRepeatItselfIsTheMachines() throws {
    var settings = settings
    settings.faults = [2: .passing(1)]
    settings.training.maximumSkipped = 1
    #expect { try train("run", settings, ranks: 3) } throws: {
      "\($0)".hasPrefix("step 2: the loss of micro-batch 2 is not a finite number")
        && "\($0)".contains(
          "(computed once more, all micro-batches give numbers: the memory or the ")
    }
  }

  @Test func oneThatIsMadeEndsTheRow() throws {
    var settings = settings
    settings.faults = [2: .loss(0), 3: .loss(0), 5: .loss(0), 6: .loss(0)]
    settings.training.maximumSkipped = 3
    #expect(try train("run", settings).last == "skipped in all: steps 2-3,5-6")
  }

  @Test func weightsThatAreNoNumbersEndItAtOnce() throws {
    var settings = settings
    settings.training.learningRate = 1e38
    settings.training.saveEvery = 100
    settings.evaluateEvery = 100
    #expect { try train("run", settings, ranks: 2) } throws: {
      "\($0)".contains(" weight model.") && "\($0)".contains("is not a finite number")
    }
    #expect(run("run").steps.isEmpty)
  }

  @Test func aCheckpointOfBeforeKnowsOfNoSkips() throws {
    try train("run", settings, stopAfter: 2)
    let path = run("run").checkpoint(step: 2).path
    let url = URL(fileURLWithPath: path + "/training.json")
    var record = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
    record?["skips"] = nil
    try JSONSerialization.data(withJSONObject: record ?? [:]).write(to: url)
    try Manifest.write(in: path)
    try train("run", settings, resumes: true)
    try train("whole", settings)
    #expect(try state("run", 6).tensors == state("whole", 6).tensors)
  }
}

/// What decides whether a step is skipped, and what it was given.
@Suite struct SkipHistoryTests {
  @Test func theMedianIsOfTheLastNorms() throws {
    var history = SkipHistory()
    for step in 1..<SkipHistory.fewest { history.count(step, norm: 1, skipped: nil) }
    #expect(history.median == nil)
    for step in 16...80 { history.count(step, norm: Double(step), skipped: nil) }
    // 17 to 80 are left.
    #expect(history.norms.count == 64 && history.median == 48.5)
    func reason(_ norm: Double, _ factor: Double?) -> SkipReason? {
      history.reason(toSkip: [1], total: 1, norm: norm, spikeFactor: factor)
    }
    #expect(reason(97, 2) == nil && reason(97.1, 2) == .spike(norm: 97.1, median: 48.5))
    #expect(reason(1e9, nil) == nil && reason(.infinity, nil) == .gradient)
    let data = try JSONEncoder().encode(history)
    #expect(try JSONDecoder().decode(SkipHistory.self, from: data) == history)
  }

  @Test(arguments: [
    #"{"norms":[],"inARow":-1,"steps":""}"#, #"{"norms":[-1],"inARow":0,"steps":""}"#,
    #"{"norms":[],"inARow":0,"steps":"7-3"}"#,
  ])
  func whatCannotBeIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(SkipHistory.self, from: Data(text.utf8))
    }
  }
}
