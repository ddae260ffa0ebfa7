import Foundation
import ParableAnswering
import ParableCollective
import ParableCommandLineInterface
import ParableCorpus
import ParableModel
import ParablePlatform
import ParableSettings
import ParableTraining

enum PredictCommand: Command {
  static let name = "predict"
  static let summary = "answer multiple-choice questions with a finished model"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "With --method prompt the model is asked as --prompting says, a file that worker prompt writes; "
      + "without it as the prompting.json says that prompt --store put beside the model, else by the "
      + "likelihood of each choice."
  ]

  struct Options: JSONOptions {
    var model = ""
    var questions = ""
    var method = Method.classifier
    var prompting: String?
    var output = ""
    var compare: String?
    var precision = Precision.fp32
    var json = false

    static var settings: [Setting<Options>] {
      Setting.model(\.model).heading("Model and questions")
      Setting(\.questions, "questions", "questions to predict", unit: "FILE").required
      Setting(choice: \.method, "method", "the fine-tuned classifier, or prompting")
      Setting(\.prompting, "prompting", "how to ask, with --method prompt", unit: "FILE")
        .unlessGiven("the model's prompting.json, else the standard way")
      Setting(\.output, "output", "where the predictions go", unit: "FILE").required
      Setting(
        \.compare, "compare", "predictions of another method, for a paired test", unit: "FILE")
      Setting.precision(\.precision)
      Setting.json(\.json)
    }
  }

  enum Method: String, CaseIterable {
    case classifier, prompt
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    let (file, questionFile) = (options.output, options.questions)
    let asks = options.method == .prompt
    guard asks || options.prompting == nil else {
      throw invocation.arguments.unsuitable(
        "--prompting is of no use to a classifier", remedy: "add --method prompt")
    }
    let questions = try QuestionSet(path: questionFile, answersRequired: false).questions
    let other = try options.compare.map { try Predictions(path: $0, count: questions.count) }
    let communicator = try invocation.communicator()
    let directory = try ModelDirectory(path: options.model, communicator: communicator)
    try communicator.onFirstRank { try OutputPlace.check(file: file) }
    let (scores, config) =
      try asks
      ? prompted(questions, of: questionFile, directory, communicator, invocation)
      : classified(questions, of: questionFile, directory, communicator, invocation)
    invocation.progress.finish()
    let report = try PredictionReport(
      scores, of: questions, config: config, to: file, on: communicator, comparing: other,
      at: options.compare)
    try invocation.output.result(report, report.rows)
  }

  private typealias Outcome = (scores: [[Double]], config: [String: String])

  private static func prompted(
    _ questions: [MultipleChoiceQuestion], of file: String, _ directory: ModelDirectory,
    _ communicator: any Communicator, _ invocation: Invocation<Options>
  ) throws -> Outcome {
    let progress = invocation.progress
    let given = try invocation.options.prompting.map { try PromptMethod(path: $0) }
    let stored = try given ?? PromptMethod(of: directory)
    if stored == nil {
      progress.note("\(directory.path): no prompting.json; asking in the standard way")
    }
    let method = try stored ?? .standard(for: directory)
    let prompting = try Prompting(
      directory, communicator: communicator,
      precision: invocation.options.precision.onThisProcessor { progress.note($0) },
      note: progress.note, progress: progress.share)
    try prompting.check(method, questions, of: file)
    progress.note("asking: \(method.description)")
    return (
      try prompting.scores(questions, by: method),
      method.summary(model: directory.path, questions: file)
    )
  }

  private static func classified(
    _ questions: [MultipleChoiceQuestion], of file: String, _ directory: ModelDirectory,
    _ communicator: any Communicator, _ invocation: Invocation<Options>
  ) throws -> Outcome {
    let progress = invocation.progress
    let classifier = try AnswerClassifier(
      directory, communicator: communicator,
      precision: invocation.options.precision.onThisProcessor { progress.note($0) },
      report: progress.note)
    let scores = try classifier.scores(questions, of: file) {
      progress.share("predicting", $0, of: $1)
    }
    return (scores, classifier.configuration.summary(model: directory.path, questions: file))
  }
}

extension PromptMethod {
  /// How predictions were made, for their file.
  func summary(model: String, questions: String) -> [String: String] {
    ["method": "prompt", "asked": description, "model": model, "questions": questions]
  }
}

extension ClassifierConfiguration {
  func summary(model: String, questions: String) -> [String: String] {
    [
      "method": "classifier", "format": format.rawValue, "pooling": pooling.rawValue,
      "model": model, "questions": questions,
    ]
  }
}
