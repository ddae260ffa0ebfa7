import Answering
import Collective
import CommandLineInterface
import Corpus
import Formats
import Foundation
import Model
import Platform
import Training

/// `worker predict`: a finished model's answers, without any training.
enum PredictCommand: Command {
  static let name = "predict"
  static let summary = "answer multiple-choice questions with a finished model"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "With --method prompt the model is asked as --prompting says, a file that worker prompt writes; "
      + "without it as the prompting.json says that prompt --store put beside the model, else by the "
      + "likelihood of each choice."
  ]

  static let groups = [
    OptionGroup(
      "Model and questions",
      [
        .text("model", "DIR", "folder of a model, or a run (its latest)", isRequired: true),
        .text("questions", "FILE", "questions to predict", isRequired: true),
        .choice(
          "method", ["classifier", "prompt"], "the fine-tuned classifier, or prompting",
          default: "classifier"),
        .text(
          "prompting", "FILE", "how to ask, with --method prompt",
          unlessGiven: "the model's prompting.json, else the standard way"),
        .text("output", "FILE", "where the predictions go", isRequired: true),
        .text("compare", "FILE", "predictions of another method, for a paired test"),
        .choice(
          "precision", Precision.allCases.map(\.rawValue), "how activations are stored",
          default: Precision.fp32.rawValue),
        .json,
      ])
  ]

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let file = try arguments.requiredText("output")
    let questionFile = try arguments.requiredText("questions")
    let asks = arguments.text("method") == "prompt"
    guard asks || arguments.text("prompting") == nil else {
      throw arguments.unsuitable(
        "--prompting is of no use to a classifier", remedy: "add --method prompt")
    }
    let questions = try QuestionSet(path: questionFile, answersRequired: false).questions
    try PredictionReport.check(arguments.text("compare"), questions)
    let communicator = try invocation.communicator()
    let directory = try ModelDirectory(
      path: arguments.requiredText("model"), communicator: communicator)
    try communicator.onFirstRank {
      try OutputPlace.check(file: file)
    }
    let (scores, config) =
      try asks
      ? prompted(questions, of: questionFile, directory, communicator, invocation)
      : classified(questions, of: questionFile, directory, communicator, invocation)
    invocation.progress.finish()
    let predictions = try Predictions(scores: scores, questions: questions, config: config)
    try communicator.onFirstRank {
      try predictions.write(to: file)
    }
    try PredictionReport(
      predictions, questions: questions, file: file, comparedWith: arguments.text("compare")
    ).print(to: invocation.output, isJSON: arguments.flag("json"))
  }

  private typealias Outcome = (scores: [[Double]], config: [String: String])

  private static func prompted(
    _ questions: [MultipleChoiceQuestion], of file: String, _ directory: ModelDirectory,
    _ communicator: any Communicator, _ invocation: Invocation
  ) throws -> Outcome {
    let progress = invocation.progress
    let given = try invocation.arguments.text("prompting").map { try PromptMethod(path: $0) }
    let stored = try given ?? PromptMethod(of: directory)
    if stored == nil {
      progress.note("\(directory.path): no prompting.json; asking in the standard way")
    }
    let method = try stored ?? .standard(for: directory)
    let prompting = try Prompting(
      directory, communicator: communicator, precision: invocation.precision,
      report: PromptingPrinter(progress).print)
    try prompting.check(method, questions, of: file)
    progress.note("asking: \(method.description)")
    return (
      try prompting.scores(questions, by: method),
      method.summary(model: directory.path, questions: file)
    )
  }

  private static func classified(
    _ questions: [MultipleChoiceQuestion], of file: String, _ directory: ModelDirectory,
    _ communicator: any Communicator, _ invocation: Invocation
  ) throws -> Outcome {
    let progress = invocation.progress
    let classifier = try AnswerClassifier(
      directory, communicator: communicator, precision: invocation.precision,
      report: progress.note)
    let scores = try classifier.scores(questions, of: file) { done, count in
      progress.show("predicting: \(100 * done / count) %")
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
  /// How predictions were made, for their file.
  func summary(model: String, questions: String) -> [String: String] {
    [
      "method": "classifier", "format": format.rawValue, "pooling": pooling.rawValue,
      "model": model, "questions": questions,
    ]
  }
}
