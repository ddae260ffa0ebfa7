import Answering
import CommandLineInterface
import Corpus
import Foundation
import Model
import Training

/// `worker predict`: a finished model's answers, without any training.
enum PredictCommand: Command {
  static let name = "predict"
  static let summary = "answer multiple-choice questions with a finished model"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "With --method prompt the model is asked as prompting.json says, which worker prompt stores "
      + "with it; without that file by the likelihood of each choice."
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
    let questions = try QuestionSet(path: questionFile, answersRequired: false).questions
    try PredictionReport.check(arguments.text("compare"), questions)
    let directory = try ModelDirectory(path: arguments.requiredText("model"))
    let communicator = try invocation.communicator()
    let precision = invocation.precision
    let progress = invocation.progress
    let scores: [[Double]]
    let config: [String: String]
    if arguments.text("method") == "prompt" {
      let stored = try PromptMethod(of: directory)
      if stored == nil {
        progress.note("\(directory.path): no prompting.json; asking in the standard way")
      }
      let method = stored ?? .standard(for: directory)
      progress.note("asking: \(method.description)")
      scores = try Prompting(
        directory, communicator: communicator, precision: precision,
        report: PromptingPrinter(progress).print
      ).scores(questions, by: method)
      config = method.summary(model: directory.path, questions: questionFile)
    } else {
      let classifier = try AnswerClassifier(
        directory, communicator: communicator, precision: precision)
      scores = try classifier.scores(questions) { done, count in
        progress.show("predicting: \(100 * done / count) %")
      }
      config = classifier.configuration.summary(model: directory.path, questions: questionFile)
    }
    progress.finish()
    let predictions = Predictions(scores: scores, questions: questions, config: config)
    _ = try communicator.fromFirstRank {
      try predictions.write(to: file)
      return true
    }
    try PredictionReport(
      predictions, questions: questions, file: file, comparedWith: arguments.text("compare")
    ).print(to: invocation.output, isJSON: arguments.flag("json"))
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
