import Foundation
import ParableCollective
import ParableCorpus
import ParableFormats
import ParableModel
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

@testable import ParableAnswering

@Suite struct FineTuningTests {
  let model: SmallModel
  let files: TemporaryFolder

  init() throws {
    model = try SmallModel()
    files = try TemporaryFolder()
    try QuestionSet(SmallModel.questions(26)).write(to: files.file("train.json"))
    try QuestionSet(SmallModel.questions(9)).write(to: files.file("dev.json"))
  }

  func settings() -> FineTuningSettings {
    var settings = FineTuningSettings()
    settings.model = model.folder.path
    settings.train = [files.file("train.json")]
    settings.dev = files.file("dev.json")
    settings.epochs = 2
    settings.batch = 10
    settings.microBatch = 2
    settings.warmupSteps = 1
    settings.patience = 9
    settings.saveEvery = 1
    return settings
  }

  /// A fine-tuning into a folder.
  static func trainer(
    _ settings: FineTuningSettings, _ output: String, resumes: Bool = false,
    allowsChanges: Bool = false, stopAfter: Int? = nil,
    communicator: any Communicator = SoloCommunicator(),
    report: @escaping (TrainingEvent) -> Void = { _ in }
  ) throws -> Trainer<MultipleChoice> {
    var request = Trainer<MultipleChoice>.Request(settings)
    request.folder = output
    request.resumes = resumes
    request.allowsChanges = allowsChanges
    request.stopAfter = stopAfter
    return try Trainer(request, communicator: communicator, report: report)
  }

  /// Fine-tunes on so many ranks, and gives the digests of the weights and of the moments.
  func tune(
    _ settings: FineTuningSettings, ranks: Int, output: String, resumes: Bool = false
  ) throws -> [String] {
    let path = files.file(output)
    try ThreadedCommunicator.run(ranks: ranks) { communicator in
      try Self.trainer(settings, path, resumes: resumes, communicator: communicator).train()
    }
    let latest = try String(contentsOfFile: path + "/latest", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    return try ["model", "optimizer"].map {
      try SHA256.hexDigest(ofFile: "\(path)/checkpoints/\(latest)/\($0).safetensors")
    }
  }

  /// The questions of the micro-batch that spoils a step are named, by file, place and id.
  @Test(arguments: [1, 3])
  func theQuestionsThatSpoilAStepAreNamed(ranks: Int) throws {
    var questions = SmallModel.questions(26)
    // In the right answer, whose tokens the language-model loss counts.
    questions[17].choices[2] = "gr#een?"
    questions[17].id = "the-seventeenth"
    try QuestionSet(questions).write(to: files.file("train.json"))
    let spoiled = try SmallModel()
    try spoiled.spoil(after: 1 + Int(UInt8(ascii: "#")))
    var settings = settings()
    settings.model = spoiled.folder.path
    settings.learningRate = 0
    settings.training.maximumSkipped = 1
    do {
      _ = try tune(settings, ranks: ranks, output: "out")
      Issue.record("it went on")
    } catch TrainingError.skippedTooMany(_, let count, let why, let examples) {
      #expect(count == 1 && why.contains("is not a finite number"), "\(why)")
      #expect(
        examples.contains("\(files.file("train.json")) record 18 (id the-seventeenth)"),
        "\(examples)")
      #expect(examples.matches(of: /micro-batch \d/).count == 1, "\(examples)")
      #expect(examples.matches(of: #/record \d+ /#).count == 2, "\(examples)")
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

  @Test func anEpochTakesSomeOfTheQuestions() throws {
    func lines(_ count: Int?, _ output: String) throws -> Int {
      var settings = settings()
      settings.epochQuestions = count
      _ = try tune(settings, ranks: 1, output: output)
      return try String(contentsOfFile: files.file(output + "/metrics.jsonl"), encoding: .utf8)
        .split(separator: "\n").count
    }
    // The start and the end, two epochs of one step each, and a line for each epoch's end; of two steps
    // where all are taken.
    #expect(try lines(19, "some") == 6)
    #expect(try lines(1000, "more") == 8)
    #expect(try lines(nil, "all") == 8)
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
    #expect(before.values.map(\.bitPattern) == after.values.map(\.bitPattern))
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
    try Self.trainer(many, files.file("best")) { event in
      if case .evaluated(let record as EpochRecord) = event {
        epochs.append((record.devAccuracy, record.isBest))
      }
    }.train()
    let best = try #require(epochs.map(\.accuracy).max())
    #expect(epochs.firstIndex { $0.accuracy == best } == epochs.lastIndex { $0.isBest })
    #expect(epochs.count < 40 && epochs.suffix(2).allSatisfy { !$0.isBest })
    let dev = SmallModel.questions(9)
    let scores = try AnswerClassifier(
      ModelDirectory(path: files.file("best")), communicator: SoloCommunicator()
    ).scores(dev)
    #expect(try Predictions(scores: scores, questions: dev, config: [:]).accuracy == best)
  }

  @Test func whatCannotBeIsSaid() throws {
    func message(_ change: (inout FineTuningSettings) -> Void) -> String {
      var changed = settings()
      change(&changed)
      do {
        _ = try Self.trainer(changed, files.file(UUID().uuidString))
        return "nothing"
      } catch {
        return "\(error)"
      }
    }
    #expect(message { $0.batch = 7 }.contains("--batch: cannot be 7"))
    #expect(message { $0.batch = 30 }.contains("--batch: cannot be 30 with 26 questions"))
    #expect(message { $0.learningRate = -1 }.contains("--learning-rate: cannot be -1"))
    #expect(message { $0.minimumLearningRate = 1 }.contains("at most the learning rate"))
    #expect(message { $0.model = files.path }.contains("neither a config.json nor a checkpoint"))
    #expect(message { $0.context = 3 }.contains("record 1 (id q0): question and choices alone"))
    _ = try tune(settings(), ranks: 1, output: "taken")
    let error = #expect(throws: TrainingError.self) {
      try Self.trainer(settings(), files.file("taken"))
    }
    #expect(error?.description.contains("a fine-tuning is there already") == true)
  }

  @Test(arguments: [1e38, 1e300, 1e20])
  func whatIsNoNumberIsStoredNowhere(rate: Double) throws {
    try QuestionSet(SmallModel.questions(12)).write(to: files.file("few.json"))
    var wild = settings()
    wild.train = [files.file("few.json")]
    wild.batch = 12
    wild.epochs = 1
    wild.warmupSteps = 0
    wild.learningRate = rate
    let trainer = try Self.trainer(wild, files.file("wild"))
    #expect(throws: TrainingError.self) { try trainer.train() }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: files.file("wild")).sorted()
        == ["checkpoints", "metrics.jsonl"])
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: files.file("wild/checkpoints")
      ).isEmpty)
    // What ended so is in nobody's way.
    wild.learningRate = 1e-3
    _ = try tune(wild, ranks: 1, output: "wild")
  }

  @Test func aFolderIsTakenByWhatCouldBeLost() throws {
    func refusal(_ output: String) -> String {
      do {
        _ = try Self.trainer(settings(), files.file(output))
        return "none"
      } catch {
        return "\(error)"
      }
    }
    // An empty folder, the record of a start that failed, a file of somebody's.
    try FileManager.default.createDirectory(
      atPath: files.file("begun/checkpoints"), withIntermediateDirectories: true)
    try files.write("{\"step\": 1}\n", to: "begun/metrics.jsonl")
    #expect(refusal("begun") == "none")
    try FileManager.default.copyItem(atPath: model.folder.path, toPath: files.file("model"))
    #expect(refusal("model").contains("a model is there already"))
    // A model without a checkpoint: the process ended between the two, or the checkpoints were deleted.
    _ = try tune(settings(), ranks: 1, output: "ended")
    for name in try FileManager.default.contentsOfDirectory(atPath: files.file("ended/checkpoints"))
    {
      try FileManager.default.removeItem(atPath: files.file("ended/checkpoints/\(name)"))
    }
    #expect(refusal("ended").contains("a model is there already"))
    try FileManager.default.removeItem(atPath: files.file("ended/latest"))
    #expect(refusal("ended") == "none")
    try FileManager.default.removeItem(atPath: files.file("ended/checkpoints"))
    #expect(refusal("ended").contains("a model is there already"))
    // A pre-training's checkpoint: nothing to resume as a fine-tuning either.
    try stop(settings(), after: 1, output: "foreign")
    let checkpoint = "foreign/checkpoints/step-00000001"
    try files.write(
      "{\"step\": 1, \"settings\": {\"width\": 8}}", to: checkpoint + "/training.json")
    try Manifest.write(in: files.file(checkpoint))
    #expect(refusal("foreign").contains("another training is there already"))
    #expect(throws: TrainingError.self) { try resumed("foreign") }
    // What fails leaves no folder.
    var wrong = settings()
    wrong.dev = files.file("missing.json")
    #expect(throws: (any Error).self) {
      try Self.trainer(wrong, files.file("x/y"))
    }
    #expect(!FileManager.default.fileExists(atPath: files.file("x")))
  }

  @Test func theModelHasAManifest() throws {
    _ = try tune(settings(), ranks: 1, output: "out")
    let required = ["config.json", "tokenizer.json", "model.safetensors", "classifier.json"]
    #expect(Manifest.damage(in: files.file("out"), requiring: required) == nil)
    var bytes = try files.read("out/model.safetensors")
    bytes[bytes.count - 1] ^= 0x40
    try files.write(bytes, to: "out/model.safetensors")
    #expect(
      Manifest.damage(in: files.file("out"), requiring: required)
        == "model.safetensors is not what was written in tensor model.norm.weight")
  }

  /// The longest choice that may ever be drawn decides, whatever the first epoch draws.
  @Test func oneQuestionThatMayNotFitIsNamedBeforeTheStart() throws {
    let long = String(repeating: "a very long answer ", count: 11)
    let records = (0..<40).map { index in
      [
        "context": "passage \(index)", "question": "q\(index)",
        "answers": [index == 17 ? long : "\(index)"], "id": "r\(index)",
      ] as [String: Any]
    }
    try files.write(JSONSerialization.data(withJSONObject: records), to: "open.json")
    var open = settings()
    open.train = [files.file("open.json")]
    open.format = .contextFirst
    func message() -> String {
      do {
        _ = try Self.trainer(open, files.file("f"))
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(message().contains("open.json record 1 (id r0)"))
    open.context = 400
    #expect(message() == "none")
    open.context = nil
    open.train = [files.file("train.json")]
    var dev = SmallModel.questions(5)
    dev[3].question = long
    for file in ["dev.json", "test.json", "train.json"] {
      try QuestionSet(dev).write(to: files.file(file))
      open.test = file == "test.json" ? files.file(file) : nil
      open.batch = 1
      open.microBatch = 1
      #expect(message().contains("\(file) record 4 (id q3)"))
      try QuestionSet(SmallModel.questions(9)).write(to: files.file(file))
    }
  }

  @Test func aFinishedTrainingHasNothingLeftToDo() throws {
    _ = try tune(settings(), ranks: 1, output: "out")
    var notes: [String] = []
    let before = try files.read("out/metrics.jsonl")
    let trainer = try Self.trainer(
      FineTuningSettings(), files.file("out"), resumes: true
    ) { event in
      switch event {
      case .note(let text): notes.append(text)
      case .started, .step, .evaluated, .saved, .ended: Issue.record("\(event)")
      default: break
      }
    }
    #expect(try trainer.train())
    #expect(notes.contains("nothing left to do: the fine-tuning has made 4 of 4 steps"))
    #expect(try files.read("out/metrics.jsonl") == before)
  }

  /// Sums of whole ranks would differ in their last digits.
  @Test func metricsAreTheSameOnAnyNumberOfRanks() throws {
    func records(_ ranks: Int) throws -> [[String: Double]] {
      var ranked = settings()
      ranked.rankingWeight = 0.5
      _ = try tune(ranked, ranks: ranks, output: "\(ranks)")
      let text = try String(contentsOfFile: files.file("\(ranks)/metrics.jsonl"), encoding: .utf8)
      return try text.split(separator: "\n").dropFirst().dropLast().map { line in
        try JSONDecoder().decode([String: Double].self, from: Data(line.utf8))
          .filter { $0.key != "seconds" && $0.key != "tokens_per_second" }
      }
    }
    let alone = try records(1)
    for ranks in [2, 3, 5] { #expect(try records(ranks) == alone, "\(ranks) ranks") }
  }
}
