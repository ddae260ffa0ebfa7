import ParableCommandLineInterface
import ParableGrading
import ParableSettings

enum ComponentCommand: Command {
  static let name = "component"
  static let summary = "compute one component from a case's tensors and hyperparameters"
  static let discussion = [
    "A case is a safetensors file: inputs as tensors, the component's name and hyperparameters as "
      + "metadata. The outputs are those that the case expects (expected.NAME) or, where it "
      + "expects none, all of them, with the gradients (grad.NAME) where grad_output is given.",
    "The components, and what a case of each gives (? may be left out, N is 0, 1, …):",
    CaseGrading.components.map { "\($0.name): \($0.inputs)" }.joined(separator: "\n"),
  ]
  static let positionals = [PositionalArgument("CASE", "safetensors file of the case")]

  struct Options: DeclaredSettings {
    var output = ""

    static var settings: [Setting<Options>] {
      Setting(\.output, "output", "where the outputs go, safetensors", unit: "FILE").required
        .heading("Options")
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    try CaseGrading.compute(
      path: invocation.arguments.positionals[0],
      output: invocation.options.output)
  }
}
