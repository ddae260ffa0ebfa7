import Foundation
import ParableAnswering
import ParableCommandLineInterface
import ParableCorpus
import ParableModel
import ParablePlatform
import ParableSettings
import ParableTraining

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
    "Scorings: label is the likelihood of a choice's letter; sum that of its text; per-token and "
      + "per-byte are sum normalised by the text's length; pmi is sum less what the text has without "
      + "the passage (pointwise mutual information), half-pmi less half of it.",
    "The network gets token ids and positions, and its probabilities alone rank the choices.",
  ]

  struct Options: JSONOptions {
    var model = ""
    var dev = ""
    var test: String?
    var output = ""
    var store = false
    var compare: String?
    var json = false
    var template: [String] = []
    var choiceStyle: PromptTemplate.ChoiceStyle?
    var examples: String?
    var calibration = Calibration.auto
    var request = PromptRequest()
    var precision = Precision.fp32

    static var settings: [Setting<Options>] {
      Setting.model(\.model).heading("Model and questions")
      Setting(\.dev, "dev", "questions to choose by", unit: "FILE").required
      Setting(\.test, "test", "questions to predict", unit: "FILE").unlessGiven("those of --dev")
      Setting(\.output, "output", "folder of the predictions and of prompting.json", unit: "DIR")
        .required
      Setting(\.store, "store", "write prompting.json into the folder of the model too")
      Setting(
        \.compare, "compare", "predictions of another method, for a paired test", unit: "FILE")
      Setting.json(\.json)
      Setting(
        \.template, "template",
        "how a question becomes a prompt; several are tried, auto tries all", unit: "NAME|FILE"
      ).unlessGiven("what the model was fine-tuned on, else context-first").heading("Asking")
      Setting(choice: \.choiceStyle, "choiceStyle", "how {choices} are written")
        .unlessGiven("the template's")
      Setting(choice: \.request.scoring, "scoring", "how likelihoods become scores")
        .unlessGiven("the best on --dev").formerly(ChoiceScoring.oldNames)
      Setting(
        \.request.shots, "shots", "examples before the question; fewer where they do not fit",
        unit: "EXAMPLES", in: .from(0, to: PromptMember.mostShots)
      ).unlessGiven("2 for few-shot, else 0")
      Setting(\.examples, "examples", "questions to take these from", unit: "FILE")
        .unlessGiven("--dev")
      Setting(
        \.request.orders, "orders", "orders of listed choices to average over, rotations first",
        in: .from(1, to: PromptMember.mostOrders))
      Setting(choice: \.calibration, "calibration", "take off the mean score of each place")
      Setting(
        \.request.ensemble, "ensemble", "most ways to ask that auto averages",
        in: .from(1, to: PromptMethod.mostMembers))
      Setting.precision(\.precision)
    }
  }

  /// Whether the mean score of each place is taken off.
  enum Calibration: String, CaseIterable {
    case auto, on, off
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    var result: PredictionReport
    var trials: [PromptTrial]
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    let (output, devFile, testFile) = (options.output, options.dev, options.test)
    let dev = try QuestionSet(path: devFile, answersRequired: false).questions
    let questions =
      try testFile.map { try QuestionSet(path: $0, answersRequired: false).questions } ?? dev
    let other = try options.compare.map { try Predictions(path: $0, count: questions.count) }
    let communicator = try invocation.communicator()
    let directory = try ModelDirectory(path: options.model, communicator: communicator)
    var request = try request(invocation.arguments, directory)
    request.exampleSource = try options.examples.map(questionsToLearnFrom) ?? dev
    try communicator.onFirstRank {
      try OutputPlace.check(folder: output)
      if options.store { try OutputPlace.check(folder: directory.path) }
    }
    let prompting = try Prompting(
      directory, communicator: communicator,
      precision: options.precision.onThisProcessor { invocation.progress.note($0) },
      note: invocation.progress.note, progress: invocation.progress.share)
    for (questions, name) in [(dev, devFile)] + (testFile.map { [(questions, $0)] } ?? []) {
      try prompting.check(request, questions, of: name)
    }
    let (method, trials) = try prompting.choose(request, dev: dev)
    invocation.progress.note(chosen(method, dev: dev))
    let scores = try prompting.scores(questions, by: method)
    invocation.progress.finish()
    try communicator.onFirstRank { try makeFolder(output) }
    let report = try PredictionReport(
      scores, of: questions,
      config: method.summary(model: directory.path, questions: testFile ?? devFile),
      to: output + "/prompting_predictions.json", on: communicator, comparing: other,
      at: options.compare)
    try communicator.onFirstRank {
      try method.write(toFolder: output)
      if options.store { try method.write(toFolder: directory.path) }
    }
    try invocation.output.result(Report(result: report, trials: trials), report.rows)
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
    _ arguments: ParsedArguments<Options>, _ directory: ModelDirectory
  ) throws -> PromptRequest {
    let options = arguments.options
    var request = options.request
    let names = options.template
    if names.isEmpty {
      request.templates = [try PromptMethod.standard(for: directory).members.map(\.template)]
    } else if names != ["auto"] {
      request.templates = try names.map { group in
        try group.split(separator: ",").map {
          try PromptTemplate(String($0), choiceStyle: options.choiceStyle)
        }
      }
    }
    guard request.templates?.contains(where: \.isEmpty) != true else {
      throw arguments.unsuitable("--template names nothing", remedy: "give a name, a file or auto")
    }
    request.calibrates = options.calibration == .auto ? nil : options.calibration == .on
    return request
  }

  private static func questionsToLearnFrom(_ path: String) throws -> [MultipleChoiceQuestion] {
    let questions = try TrainingQuestions(paths: [path])
    return (0..<questions.count).map { questions.question($0, epoch: 0, seed: 1) }
  }
}
