import Foundation
import ParableCommandLineInterface
import ParableSettings
import ParableTraining

enum EvaluateCommand: Command {
  static let name = "evaluate"
  static let summary = "measure how well a model predicts a text"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "The loss is the mean of −ln p over the text's tokens, in nats per token; e to the loss is the "
      + "perplexity. Bits per byte are the same in units that do not depend on the tokenizer."
  ]

  struct Options: JSONOptions {
    var model = ""
    var corpus = ""
    var json = false

    static var settings: [Setting<Options>] {
      Setting.model(\.model).heading("Model and text")
      Setting(\.corpus, "corpus", "text to predict", unit: "FILE").required
      Setting.json(\.json)
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    let communicator = try invocation.communicator()
    let directory = try ModelDirectory(path: options.model, communicator: communicator)
    let result = try Evaluation.run(
      directory, textFile: options.corpus, communicator: communicator)
    try invocation.output.result(
      result,
      [
        ("loss", String(format: "%.4f nats per token", result.loss)),
        (
          "perplexity",
          result.perplexity.map { String(format: "%.3f", $0) } ?? "too large to be a number"
        ),
        (
          "bits per byte",
          result.bitsPerByte.map { String(format: "%.4f", $0) } ?? "none: no bytes"
        ),
        ("token accuracy", String(format: "%.2f %%", 100 * result.tokenAccuracy)),
        ("tokens", result.tokens.formatted()),
        ("bytes", result.bytes.formatted()),
      ])
  }
}
