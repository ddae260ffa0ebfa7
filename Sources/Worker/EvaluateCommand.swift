import CommandLineInterface
import Foundation
import Model
import Training

/// `worker evaluate`: how well a model predicts a text.
enum EvaluateCommand: Command {
  static let name = "evaluate"
  static let summary = "measure how well a model predicts a text"
  static let runsOnSeveralRanks = true
  static let discussion = [
    "The loss is the mean of −ln p over the text's tokens, in nats; e to the loss is the perplexity. "
      + "Bits a byte are the same in units that do not depend on the tokenizer."
  ]

  static let groups = [
    OptionGroup(
      "Model and text",
      [
        .text("model", "DIR", "folder of a model, or a run (its latest)", isRequired: true),
        .text("corpus", "FILE", "text to predict", isRequired: true),
        .json,
      ])
  ]

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let communicator = try invocation.communicator()
    let directory = try ModelDirectory(
      path: arguments.requiredText("model"), communicator: communicator)
    let result = try Evaluation.run(
      directory, textFile: arguments.requiredText("corpus"), communicator: communicator)
    if arguments.flag("json") { return try invocation.output.object(result) }
    for (name, value) in [
      ("loss", String(format: "%.4f nats a token", result.loss)),
      (
        "perplexity",
        result.perplexity.map { String(format: "%.3f", $0) } ?? "too large to be a number"
      ),
      ("bits a byte", result.bitsPerByte.map { String(format: "%.4f", $0) } ?? "none: no bytes"),
      ("token accuracy", String(format: "%.2f %%", 100 * result.tokenAccuracy)),
      ("tokens", result.tokens.formatted()),
      ("bytes", result.bytes.formatted()),
    ] {
      try invocation.output.line(name.padding(toLength: 16, withPad: " ", startingAt: 0) + value)
    }
  }
}
