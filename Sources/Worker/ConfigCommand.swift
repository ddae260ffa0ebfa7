import Foundation
import ParableAnswering
import ParableCommandLineInterface
import ParableSettings
import ParableTraining

enum ConfigCommand: Command {
  static let name = "config"
  static let summary = "print all settings of a preset, as a file for --config"

  struct Options: DeclaredSettings {
    var command = Trained.pretrain
    var preset = PretrainingSettings.Preset.tiny

    static var settings: [Setting<Options>] {
      Setting(choice: \.command, "command", "the command that reads the file").heading("Options")
      Setting(choice: \.preset, "preset", "the settings of pretrain to print")
    }
  }

  /// The commands with a `--config`.
  enum Trained: String, CaseIterable {
    case pretrain, finetune
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    guard options.command == .pretrain || !invocation.arguments.isGiven(\.preset) else {
      throw invocation.arguments.unsuitable(
        "--preset does not go with --command finetune", remedy: "leave one of them out")
    }
    let settings: any DeclaredSettings =
      options.command == .pretrain
      ? PretrainingSettings(preset: options.preset) : FineTuningSettings()
    let text = String(decoding: try JSONEncoder.pretty.encode(settings), as: UTF8.self)
    try invocation.output.text(text + "\n")
  }
}
