import Collective
import Corpus
import Foundation
import Model
import TensorFiles
import TestSupport
import Testing
import Training

@testable import Answering

@Suite struct FineTuningTests {
  private let model: SmallModel
  private let files: TemporaryFolder

  init() throws {
    model = try SmallModel()
    files = try TemporaryFolder()
    try QuestionSet(SmallModel.questions(26)).write(to: files.file("train.json"))
    try QuestionSet(SmallModel.questions(9)).write(to: files.file("dev.json"))
  }

  private func settings() -> FineTuningSettings {
    var settings = FineTuningSettings()
    settings.model = model.folder.path
    settings.train = [files.file("train.json")]
    settings.dev = files.file("dev.json")
    settings.epochs = 2
    settings.batch = 10
    settings.grain = 2
    settings.warmupSteps = 1
    settings.patience = 9
    settings.saveEvery = 1
    return settings
  }

  /// Fine-tunes on so many ranks, and gives the digests of the weights and of the moments.
  private func tune(
    _ settings: FineTuningSettings, ranks: Int, output: String, resumes: Bool = false
  ) throws -> [String] {
    let path = files.file(output)
    try ThreadedCommunicator.run(ranks: ranks) { communicator in
      try FineTuning(
        settings, output: path, resumes: resumes, communicator: communicator, report: { _ in }
      ).train()
    }
    let latest = try String(contentsOfFile: path + "/latest", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    return try ["model", "optimizer"].map {
      try SHA256.hexDigest(ofFile: "\(path)/checkpoints/\(latest)/\($0).safetensors")
    }
  }

  @Test func anyNumberOfRanksGivesTheSameBits() throws {
    let alone = try tune(settings(), ranks: 1, output: "1")
    for ranks in [2, 3, 8] {
      #expect(try tune(settings(), ranks: ranks, output: "\(ranks)") == alone, "\(ranks) ranks")
    }
    var other = settings()
    other.seed = 2
    #expect(try tune(other, ranks: 1, output: "other") != alone)
  }

  @Test func resumingOnAnotherNumberOfRanksChangesNothing() throws {
    let whole = try tune(settings(), ranks: 1, output: "whole")
    _ = try tune(settings(), ranks: 2, output: "parts")
    let path = files.file("parts")
    // As if the job had ended after the first checkpoint that is left.
    let names = try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints").sorted()
    try #require(names.count == 2)
    try FileManager.default.removeItem(atPath: "\(path)/checkpoints/\(names[1])")
    try (names[0] + "\n").write(toFile: path + "/latest", atomically: true, encoding: .utf8)
    #expect(try tune(FineTuningSettings(), ranks: 3, output: "parts", resumes: true) == whole)
    let metrics = try String(contentsOfFile: path + "/metrics.jsonl", encoding: .utf8)
    let expected = try String(contentsOfFile: files.file("whole/metrics.jsonl"), encoding: .utf8)
    #expect(metrics.split(separator: "\n").count == expected.split(separator: "\n").count)
  }

  @Test func anEpochTakesSomeOfTheQuestions() throws {
    func lines(_ count: Int?, _ output: String) throws -> Int {
      var settings = settings()
      settings.epochQuestions = count
      _ = try tune(settings, ranks: 1, output: output)
      return try String(contentsOfFile: files.file(output + "/metrics.jsonl"), encoding: .utf8)
        .split(separator: "\n").count
    }
    // Two epochs of one step each, and a line for each epoch's end; of two steps where all are taken.
    #expect(try lines(19, "some") == 4)
    #expect(try lines(1000, "more") == 6)
    #expect(try lines(nil, "all") == 6)
    var few = settings()
    few.epochQuestions = 9
    #expect(throws: AnsweringError.tooFewQuestions(count: 9, batch: 10)) {
      _ = try tune(few, ranks: 1, output: "few")
    }
  }

  @Test func aFrozenBackboneStaysAsItWas() throws {
    var frozen = settings()
    frozen.freeze = true
    frozen.languageWeight = 0
    _ = try tune(frozen, ranks: 1, output: "frozen")
    let before = try model.directory().loadParameters()
    let after = try ModelDirectory(path: files.file("frozen")).loadParameters()
    #expect(before.checksum == after.checksum)
    let classifier = try AnswerClassifier(
      ModelDirectory(path: files.file("frozen")), communicator: SoloCommunicator())
    #expect(classifier.configuration.format == .questionTwice)
    #expect(try classifier.scores(SmallModel.questions(5)).map(\.count) == [3, 4, 4, 4, 4])
  }

  @Test func theBestEpochIsKeptAndPatienceEndsTheTraining() throws {
    var many = settings()
    many.epochs = 40
    many.patience = 2
    many.learningRate = 0.02
    var epochs: [(accuracy: Double, isBest: Bool)] = []
    try FineTuning(
      many, output: files.file("best"), communicator: SoloCommunicator()
    ) { event in
      if case .epoch(_, let accuracy, let isBest) = event { epochs.append((accuracy, isBest)) }
    }.train()
    let best = try #require(epochs.map(\.accuracy).max())
    #expect(epochs.firstIndex { $0.accuracy == best } == epochs.lastIndex { $0.isBest })
    #expect(epochs.count < 40 && epochs.suffix(2).allSatisfy { !$0.isBest })
    let dev = SmallModel.questions(9)
    let scores = try AnswerClassifier(
      ModelDirectory(path: files.file("best")), communicator: SoloCommunicator()
    ).scores(dev)
    #expect(Predictions(scores: scores, questions: dev, config: [:]).accuracy == best)
  }

  @Test func whatCannotBeIsSaid() throws {
    func message(_ change: (inout FineTuningSettings) -> Void) -> String {
      var changed = settings()
      change(&changed)
      do {
        _ = try FineTuning(
          changed, output: files.file(UUID().uuidString), communicator: SoloCommunicator(),
          report: { _ in })
        return "nothing"
      } catch {
        return "\(error)"
      }
    }
    #expect(message { $0.batch = 7 }.contains("--batch: cannot be 7"))
    #expect(message { $0.batch = 30 }.contains("26 questions do not fill one of 30"))
    #expect(message { $0.learningRate = -1 }.contains("--learning-rate: cannot be -1"))
    #expect(message { $0.model = files.path }.contains("neither a config.json nor a checkpoint"))
    #expect(message { $0.context = 3 } == "nothing")
    _ = try tune(settings(), ranks: 1, output: "taken")
    #expect(throws: AnsweringError.outputExists(path: files.file("taken"))) {
      try FineTuning(
        settings(), output: files.file("taken"), communicator: SoloCommunicator(),
        report: { _ in })
    }
  }
}
