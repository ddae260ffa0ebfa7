import Answering
import CommandLineInterface
import Corpus
import Foundation
import Model
import Training

/// `worker predict`: a finished model's answers, without any training.
enum PredictCommand: Command {
  static let name = "predict"
  static let summary = "answer questions with a finished model, on one rank or many"
  static let runsOnSeveralRanks = true

  static let groups = [
    OptionGroup(
      "Model and questions",
      [
        .text("model", "DIR", "folder of a model, or a run (its latest)", isRequired: true),
        .text(
          "questions", "FILE", "questions, with or without their answers", isRequired: true),
        .choice(
          "method", ["classifier", "prompt"], "the fine-tuned classifier, or prompting",
          default: "classifier"),
        .text("output", "FILE", "where the predictions go", isRequired: true),
        .text("compare", "FILE", "predictions of another method for the same questions"),
        .choice(
          "precision", Precision.allCases.map(\.rawValue), "how activations are stored",
          default: Precision.fp32.rawValue),
        .json,
      ])
  ]

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let directory = try ModelDirectory(path: arguments.requiredText("model"))
    let file = try arguments.requiredText("questions")
    let output = try arguments.requiredText("output")
    let questions = try QuestionSet(path: file, answersRequired: false).questions
    let communicator = try invocation.communicator()
    let precision = arguments.text("precision").flatMap(Precision.init) ?? .fp32
    func show(_ done: Int, _ count: Int) {
      invocation.progress.show("predicting: \(100 * done / count) %")
    }
    let scores: [[Double]]
    let config: [String: String]
    if arguments.text("method") == "prompt" {
      let configuration = try PromptingConfiguration(of: directory)
      scores = try PromptScorer(directory, communicator: communicator, precision: precision)
        .scores(questions, configuration, progress: show)
      config = configuration.summary(model: directory.path, questions: file)
    } else {
      let classifier = try AnswerClassifier(
        directory, communicator: communicator, precision: precision)
      scores = try classifier.scores(questions, progress: show)
      config = classifier.configuration.summary(model: directory.path, questions: file)
    }
    invocation.progress.finish()
    let predictions = Predictions(scores: scores, questions: questions, config: config)
    if communicator.rank == 0 { try predictions.write(to: output) }
    try communicator.barrier()
    try PredictionReport(
      predictions, questions: questions, file: output, comparedWith: arguments.text("compare")
    ).print(to: invocation.output, isJSON: arguments.flag("json"))
  }
}

extension PromptingConfiguration {
  /// How predictions were made, for their file.
  func summary(model: String, questions: String) -> [String: String] {
    [
      "method": "prompt", "templates": templates.map(\.name).joined(separator: "+"),
      "scoring": scoring.rawValue, "orders": String(orders), "shots": String(examples.count),
      "calibrated": String(!calibration.isEmpty), "model": model, "questions": questions,
    ]
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
