import Foundation
import ParableAnswering
import ParableCollective
import ParableCommandLineInterface
import ParableCorpus
import ParableFormats
import ParableGrading
import ParableModel
import ParablePlatform
import ParableSettings
import ParableTokenization
import ParableTraining
import TestSupport
import Testing

/// Every kind of error describes itself in the one form, whatever it holds.
@Suite struct MessageFormTests {
  private static let path = "runs/x\n\u{1B}[1m"
  private static let place = CommandPlace(program: "worker", command: "pretrain")
  private static let whole = CommandPlace(program: "worker")

  private static let ofFiles: [any Error] = [
    FileError(path, SystemFailure(.reading)), FileError(path, SystemFailure(.writing)),
    TensorFileError.malformed(path: path, format: "NumPy", reason: "it is cut"),
    TensorFileError.missingTensor(path: path, name: path),
    TensorFileError.wrongShape(path: path, name: path, found: [1], expected: [2]),
    TensorFileError.wrongElementType(path: path, name: path, found: .f32, expected: "I64"),
    TensorFileError.wrongValue(path: path, name: path, reason: "is too large"),
    TokenizationError.malformed(path: path, detail: "a string does not end"),
    TokenizationError.unsupported(path: path, detail: "it has a normalizer", remedy: "remove it"),
    TokenizationError.noTokenizer(path: path, reason: "it is empty"),
    TokenizationError.inexpressible(format: "merges.txt", reason: "a token is out of reach"),
    TokenizationError.tooManyIDs(9, maximum: 8),
    TokenizationError.sparseIDs(highest: 300_000, tokens: 9),
    TokenizationError.vocabularyTooLarge(requested: 9, maximum: 8),
    TokenizationError.missingByte(3), TokenizationError.emptySpecialToken,
    TokenizationError.repeatedSpecialToken(path),
    TokenizationError.vocabularyTooSmall(requested: 1, minimum: 257),
    TokenizationError.unknownID(3), TokenizationError.ambiguousSpelling(path),
    CorpusError.emptyCorpus(paths: [path, path]), CorpusError.nothingToAsk,
    CorpusError.malformedQuestions(path: path, reason: "not a JSON array"),
  ]

  private static let ofQuestions: [any Error] = [
    QuestionProblem.missing(field: "context"), .wrongType(field: "answer", expected: "a number"),
    .empty(field: "context"), .emptyChoice(1), .sameChoices(0, 1), .tooFewChoices(1),
    .tooFewChoices(0), .tooManyChoices(300), .answerOutOfRange(answer: 4, choiceCount: 4),
    .noObject,
  ].map { CorpusError.unusableQuestion(path: path, record: 1, id: path, problem: $0) }

  private static let ofWork: [any Error] = [
    ModelError.invalidSize(name: "heads", value: 7, reason: "give a divisor of the width 8"),
    ModelError.invalidNumber(name: "rope-theta", value: 0, reason: "give a number above 0"),
    ModelError.scoresAreNoNumbers,
    ModelError.unknownToken(id: 7, vocabulary: 3), ModelError.promptTooLong(tokens: 9, context: 8),
    CollectiveError.mpi(call: "MPI_Init", message: "no memory"),
    CollectiveError.foreignLauncher(announced: 2, found: 1, variable: "PMI_SIZE", library: "4.1"),
    CollectiveError.stepWithoutPMI(tasks: 2), CollectiveError.notJoined(seconds: 60),
    CollectiveError.disagreement([]),
    CollectiveError.stalled("rank 3 on host b: it has stood still for 60 s; look there"),
    SettingError("batch", path, "give a number from 1 up"),
    TrainingError.inUse(path: path, holder: "process 3", option: "run"),
    TrainingError.folderTaken(path: path, what: "a model", remedy: "name another"),
    TrainingError.nothingToResume(path: path),
    TrainingError.corpusTooShort(tokens: 3, context: 8),
    TrainingError.nothingToEvaluate(path: path),
    TrainingError.changed(path: path, what: [path, path]),
    TrainingError.notFinite(step: 3, what: "loss"),
    TrainingError.skippedTooMany(
      step: 3, count: 1, why: "a gradient is not a finite number", examples: path),
    TrainingError.memoryChanged(step: 3, what: [path, path]),
    TrainingError.notReproduced(path: path, what: "step 3 is the first that differs"),
    TrainingError.file(path: path, reason: "no such folder"),
    AnsweringError.questionTooLong(name: path, tokens: 9, context: 8),
    AnsweringError.tooFewQuestions(count: 3, batch: 8),
    AnsweringError.notResumable(path: path, reason: "it is no fine-tuning"),
    AnsweringError.noWrongChoice(name: path),
    AnsweringError.scoreNotFinite(name: path),
    AnsweringError.invalidTemplate(name: path, reason: "it has no {question}"),
    AnsweringError.invalidFile(path: path, reason: "it does not hold predictions"),
    GradingError.broken(file: path, reason: "x is empty"),
    GradingError.unknownComponent(file: path, name: path),
    GradingError.noCases(folder: path, reason: "it cannot be listed"),
  ]

  private static let ofCommandLines: [CommandLineError] = [
    .noCommand(whole), .unknownCommand(path, nearest: nil, whole),
    .unknownOption(path, nearest: "--batch", place),
    .missingValue(option: "--b", usage: "N", place),
    .superfluousValue(option: "--json", place),
    .wrongValue(option: "--batch", value: path, expected: "a number", place),
    .repeatedOption("--batch", place), .missingOption("--model", usage: "--model DIR", place),
    .missingArgument("DIR", usage: "worker grade DIR", place), .unexpectedArgument(path, place),
    .unsuitable(what: path, place, remedy: "leave it out"), .oneRankOnly(ranks: 2, place),
    .unreadableFile(FileError(path, SystemFailure(.reading))),
    .invalidFile(path: path, reason: "it is no JSON object"),
    .unknownKey(path, nearest: nil, path: path), .unknownKey(path, nearest: "batch", path: path),
    .wrongKeyValue("batch", value: path, expected: "a number", path: path),
  ]

  @Test(arguments: [
    "cannot read a file, x, check the name", "x: no such file", "x: it is bad; mend it\nnow",
    "x: NSCocoaErrorDomain error 512; check it",
  ])
  func anotherFormIsSeen(_ text: String) { #expect(!isMessage(text)) }

  /// A case that is added stands in a list here, or with the launcher's.
  @Test func noCaseIsForgotten() throws {
    let root = SharedFixtures.packageRoot
    let lists = try ["WorkerTests/MessageFormTests", "LauncherTests/LaunchErrorTests"].map {
      try String(contentsOf: root.appendingPathComponent("Tests/\($0).swift"), encoding: .utf8)
    }.joined()
    let sources = root.appendingPathComponent("Sources")
    let files = try #require(FileManager.default.enumerator(atPath: sources.path))
    var count = 0
    for case let file as String in files where file.hasSuffix("Error.swift") {
      let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
      for match in text.matches(of: /\n  case ([a-zA-Z]+)/) {
        #expect(lists.contains(".\(match.1)"), "\(file): \(match.1)")
        count += 1
      }
    }
    #expect(count > 60)
  }

  @Test func everyErrorIsOneLineOfOneForm() {
    let commandLines = Self.ofCommandLines.map { $0 as any Error }
    for error in Self.ofFiles + Self.ofQuestions + Self.ofWork + commandLines {
      #expect(isMessage("\(error)"), "\(error)")
      #expect(!"\(error)".contains("\u{1B}"), "\(error)")
    }
  }
}
