import Answering
import CommandLineInterface
import Corpus
import Foundation
import Kernels
import Model
import Training

/// `worker prompt`: answers questions by what a language model finds likely.
enum PromptCommand: Command {
  static let name = "prompt"
  static let summary = "answer questions by prompting, on one rank or many"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "A template is one of \(PromptTemplate.builtInNames.joined(separator: ", ")), or a file with "
      + "{context}, {question}, {choices} and {choice}; several, with commas between, are averaged. "
      + "What is left open is chosen by the accuracy on --dev and stored as prompting.json in the "
      + "model directory, where worker predict finds it.",
    "The network gets token ids and positions, and its probabilities alone rank the choices.",
  ]

  static let groups = [
    OptionGroup(
      "Model and questions",
      [
        .text("model", "DIR", "folder of a model, or a run (its latest)", isRequired: true),
        .text("dev", "FILE", "questions to choose and calibrate by", isRequired: true),
        .text("test", "FILE", "questions to predict", unlessGiven: "those of --dev"),
        .text("output", "DIR", "folder of prompting_predictions.json", isRequired: true),
        .text("compare", "FILE", "predictions of another method for the same questions"),
        .json,
      ]),
    OptionGroup(
      "Prompt",
      [
        .text(
          "template", "NAME|FILE",
          "how a question becomes a prompt; may be repeated to try several",
          isRepeatable: true, unlessGiven: "what the model was fine-tuned on, else basic"),
        .choice(
          "choice-style", PromptTemplate.ChoiceStyle.allCases.map(\.rawValue),
          "how {choices} are written", default: "lettered"),
        .choice(
          "scoring", PromptScoring.allCases.map(\.rawValue),
          "how likelihoods become scores", unlessGiven: "the best on --dev"),
        .integer(
          "orders", "N", "rotations of the choices to average over", minimum: 1, default: 1),
        .integer("shots", "N", "answered questions before each", minimum: 0, default: 0),
        .text("examples", "FILE", "questions to take these from", unlessGiven: "--dev"),
        .choice(
          "calibration", ["auto", "on", "off"],
          "subtract the mean score of each position on --dev", default: "auto"),
        .choice(
          "precision", Precision.allCases.map(\.rawValue), "how activations are stored",
          default: Precision.fp32.rawValue),
      ]),
  ]

  /// What `--json` prints.
  private struct Report: Encodable {
    var result: PredictionReport
    var trials: [PromptSearch.Trial]
  }

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let directory = try ModelDirectory(path: arguments.requiredText("model"))
    let dev = try QuestionSet(path: arguments.requiredText("dev")).questions
    let testFile = try arguments.text("test") ?? arguments.requiredText("dev")
    let test = try QuestionSet(path: testFile, answersRequired: false).questions
    let configurations = try configurations(arguments, directory: directory, dev: dev)
    let output = try arguments.requiredText("output")
    let communicator = try invocation.communicator()
    let scorer = try PromptScorer(
      directory, communicator: communicator,
      precision: arguments.text("precision").flatMap(Precision.init) ?? .fp32)
    let scorings = arguments.text("scoring").flatMap(PromptScoring.init).map { [$0] }
    let calibrations: [Bool] =
      switch arguments.text("calibration") {
      case "on": [true]
      case "off": [false]
      default: [false, true]
      }
    let search = try PromptSearch(
      configurations, scorings: scorings ?? [.sum, .token, .byte, .relative],
      calibrations: calibrations, dev: askedQuestions(dev, configurations), scorer: scorer
    ) { done, count in
      invocation.progress.show("trying on dev: \(100 * done / count) %")
    }
    invocation.progress.finish()
    let configuration = search.best
    let scores = try scorer.scores(test, configuration) { done, count in
      invocation.progress.show("predicting: \(100 * done / count) %")
    }
    invocation.progress.finish()
    let predictions = Predictions(
      scores: scores, questions: test,
      config: configuration.summary(model: directory.path, questions: testFile))
    let file = output + "/prompting_predictions.json"
    if communicator.rank == 0 {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      try predictions.write(to: file)
      try configuration.write(to: directory)
    }
    try communicator.barrier()
    let report = try PredictionReport(
      predictions, questions: test, file: file, comparedWith: arguments.text("compare"))
    if arguments.flag("json") {
      return try invocation.output.object(Report(result: report, trials: search.trials))
    }
    for trial in search.trials {
      try invocation.output.line(
        String(
          format: "dev %6.2f %%  %@, %@%@", 100 * trial.accuracy, trial.templates,
          trial.scoring.rawValue, trial.isCalibrated ? ", calibrated" : ""))
    }
    try report.print(to: invocation.output, isJSON: false)
  }

  /// Examples come from dev or another file, the shortest passages first, one a passage.
  private static func configurations(
    _ arguments: ParsedArguments, directory: ModelDirectory, dev: [MultipleChoiceQuestion]
  ) throws -> [PromptingConfiguration] {
    let style =
      arguments.text("choice-style").flatMap(PromptTemplate.ChoiceStyle.init) ?? .lettered
    let named = try arguments.texts("template").map { names in
      try names.split(separator: ",").map { name in
        try PromptTemplate(builtIn: String(name), choiceStyle: style)
          ?? PromptTemplate(path: String(name), choiceStyle: style)
      }
    }
    let groups =
      named.isEmpty ? [[PromptingConfiguration.defaultTemplate(of: directory)]] : named
    let shots = arguments.integer("shots") ?? 0
    let pool =
      try shots == 0
      ? [] : arguments.text("examples").map { try QuestionSet(path: $0).questions } ?? dev
    var seen: Set<String> = []
    let examples = pool.sorted { $0.context.utf8.count < $1.context.utf8.count }
      .filter { seen.insert($0.context).inserted }.prefix(shots)
    return groups.map { templates in
      PromptingConfiguration(
        templates: templates, scoring: .token, orders: arguments.integer("orders") ?? 1,
        examples: Array(examples))
    }
  }

  /// The dev questions without those that every prompt answers already.
  private static func askedQuestions(
    _ dev: [MultipleChoiceQuestion], _ configurations: [PromptingConfiguration]
  ) -> [MultipleChoiceQuestion] {
    let examples = configurations.first?.examples ?? []
    let rest = dev.filter { !examples.contains($0) }
    return rest.isEmpty ? dev : rest
  }
}
