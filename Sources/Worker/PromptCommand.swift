import Answering
import CommandLineInterface
import Corpus
import Formats
import Foundation
import Model
import Platform
import Training

/// `worker prompt`: chooses how to ask a model, and answers questions by asking it.
enum PromptCommand: Command {
  static let name = "prompt"
  static let summary = "answer multiple-choice questions by prompting, on one rank or many"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "Every choice is scored by its likelihood behind a prompt. What is left open is chosen by the "
      + "share of --dev that is answered rightly, and written as prompting.json into --output: predict "
      + "takes it from there with --prompting. --store puts it beside the model too, where predict "
      + "finds it by itself.",
    "Built-in templates: " + PromptTemplate.builtIn.map(\.name).joined(separator: ", ")
      + ". Another one is a file with {question}, {context}, {choices} where the choices are to be "
      + "listed, and {choice} where the answer goes. Several with commas between are averaged.",
    "Scorings: label is the likelihood of a choice's letter; sum that of its text, token and byte "
      + "the same a token and a byte; relative is sum less what the text has without the passage, "
      + "half-relative less half of it.",
    "The network gets token ids and positions, and its probabilities alone rank the choices.",
  ]

  static let groups = [
    OptionGroup(
      "Model and questions",
      [
        .text("model", "DIR", "folder of a model, or a run (its latest)", isRequired: true),
        .text("dev", "FILE", "questions to choose by", isRequired: true),
        .text("test", "FILE", "questions to predict", unlessGiven: "those of --dev"),
        .text(
          "output", "DIR", "folder of the predictions and of prompting.json", isRequired: true),
        .flag("store", "write prompting.json into the folder of the model too"),
        .text("compare", "FILE", "predictions of another method, for a paired test"),
        .json,
      ]),
    OptionGroup(
      "Asking",
      [
        .text(
          "template", "NAME|FILE",
          "how a question becomes a prompt; several are tried, auto tries all",
          isRepeatable: true, unlessGiven: "what the model was fine-tuned on, else context-first"),
        .choice(
          "choice-style", PromptTemplate.ChoiceStyle.allCases.map(\.rawValue),
          "how {choices} are written", unlessGiven: "the template's"),
        .choice(
          "scoring", ChoiceScoring.allCases.map(\.rawValue),
          "how likelihoods become scores", unlessGiven: "the best on --dev"),
        .integer(
          "shots", "N", "examples before the question; fewer where they do not fit", minimum: 0,
          unlessGiven: "2 for few-shot, else 0"),
        .text("examples", "FILE", "questions to take these from", unlessGiven: "--dev"),
        .integer(
          "orders", "N",
          "orders of listed choices to average over, rotations first; "
            + "\(PromptMember.mostOrders) at most", minimum: 1, default: 1),
        .choice(
          "calibration", ["auto", "on", "off"], "take off the mean score of each place",
          default: "auto"),
        .integer(
          "ensemble", "N", "most ways to ask that auto averages", minimum: 1,
          default: PromptRequest().ensemble),
        .choice(
          "precision", Precision.allCases.map(\.rawValue), "how activations are stored",
          default: Precision.fp32.rawValue),
      ]),
  ]

  /// What `--json` prints.
  private struct Report: Encodable {
    var result: PredictionReport
    var trials: [PromptTrial]
  }

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let output = try arguments.requiredText("output")
    let devFile = try arguments.requiredText("dev")
    let dev = try QuestionSet(path: devFile, answersRequired: false).questions
    let testFile = arguments.text("test")
    let questions =
      try testFile.map { try QuestionSet(path: $0, answersRequired: false).questions } ?? dev
    try PredictionReport.check(arguments.text("compare"), questions)
    let communicator = try invocation.communicator()
    let directory = try ModelDirectory(
      path: arguments.requiredText("model"), communicator: communicator)
    var request = try request(arguments, directory)
    request.exampleSource = try arguments.text("examples").map(questionsToLearnFrom) ?? dev
    let file = output + "/prompting_predictions.json"
    try communicator.onFirstRank {
      try OutputPlace.check(folder: output)
      if arguments.flag("store") { try OutputPlace.check(folder: directory.path) }
    }
    let prompting = try Prompting(
      directory, communicator: communicator, precision: invocation.precision,
      report: PromptingPrinter(invocation.progress).print)
    for (questions, name) in [(dev, devFile)] + (testFile.map { [(questions, $0)] } ?? []) {
      try prompting.check(request, questions, of: name)
    }
    let (method, trials) = try prompting.choose(request, dev: dev)
    invocation.progress.note(chosen(method, dev: dev))
    let scores = try prompting.scores(questions, by: method)
    invocation.progress.finish()
    let predictions = try Predictions(
      scores: scores, questions: questions,
      config: method.summary(model: directory.path, questions: testFile ?? devFile))
    try communicator.onFirstRank {
      try makeFolder(output)
      try predictions.write(to: file)
      try method.write(toFolder: output)
      if arguments.flag("store") { try method.write(to: directory) }
    }
    let report = try PredictionReport(
      predictions, questions: questions, file: file, comparedWith: arguments.text("compare"))
    if arguments.flag("json") {
      return try invocation.output.object(Report(result: report, trials: trials))
    }
    try report.print(to: invocation.output, isJSON: false)
  }

  private static func chosen(
    _ method: PromptMethod, dev questions: [MultipleChoiceQuestion]
  ) -> String {
    let count = questions.count { $0.answer != nil }
    let accuracy = method.devAccuracy.map {
      String(format: ", %.2f %% of the %d dev questions it was chosen on", 100 * $0, count)
    }
    return "asking: \(method.description)\(accuracy ?? "")"
  }

  private static func request(
    _ arguments: ParsedArguments, _ directory: ModelDirectory
  ) throws -> PromptRequest {
    var request = PromptRequest()
    let style = arguments.text("choice-style").flatMap(PromptTemplate.ChoiceStyle.init)
    let names = arguments.texts("template")
    if names.isEmpty {
      request.templates = [try PromptMethod.standard(for: directory).members.map(\.template)]
    } else if names != ["auto"] {
      request.templates = try names.map { group in
        try group.split(separator: ",").map { try PromptTemplate(String($0), choiceStyle: style) }
      }
    }
    guard request.templates?.contains(where: \.isEmpty) != true else {
      throw arguments.unsuitable("--template names nothing", remedy: "give a name, a file or auto")
    }
    request.scoring = arguments.text("scoring").flatMap(ChoiceScoring.init)
    request.shots = arguments.integer("shots")
    request.orders = arguments.integer("orders") ?? 1
    request.ensemble = arguments.integer("ensemble") ?? request.ensemble
    request.calibrates = ["on": true, "off": false][arguments.text("calibration") ?? ""]
    return request
  }

  private static func questionsToLearnFrom(_ path: String) throws -> [MultipleChoiceQuestion] {
    let questions = try TrainingQuestions(paths: [path])
    return (0..<questions.count).map { questions.question($0, epoch: 0, seed: 1) }
  }
}

/// Tells a person what prompting reports.
final class PromptingPrinter {
  private let progress: ProgressLine

  init(_ progress: ProgressLine) { self.progress = progress }

  func print(_ event: PromptingEvent) {
    switch event {
    case .note(let text): progress.note(text)
    case .progress(let template, let done, let count):
      progress.show("\(template): \(100 * done / max(1, count)) %")
    }
  }
}
