import ParableCommandLineInterface
import ParableModel
import ParableSettings
import ParableTraining

// Options that several commands have.
extension Setting {
  static func json(_ keyPath: WritableKeyPath<Root, Bool>) -> Setting {
    Setting(keyPath, "json", "print one JSON object and nothing else")
  }

  /// `--quiet`.
  static func quiet(_ keyPath: WritableKeyPath<Root, Bool>) -> Setting {
    Setting(keyPath, "quiet", "print nothing but errors on standard error")
  }

  /// `--on-save-error`, of a training.
  static func onSaveError(_ keyPath: WritableKeyPath<Root, SaveErrorChoice>) -> Setting {
    Setting(
      choice: keyPath, "onSaveError",
      "what follows a checkpoint that cannot be written, but the last")
  }

  /// `--stall-timeout`, of a training.
  static func stallTimeout(_ keyPath: WritableKeyPath<Root, Double>) -> Setting {
    Setting(
      keyPath, "stallTimeout",
      "end where a rank stands still for so long (ten times as long while it reads or writes files); "
        + "0: never", unit: "SECONDS", in: .from(0))
  }

  /// `--max-time`, of a training.
  static func maxTime(_ keyPath: WritableKeyPath<Root, TimeSpan?>) -> Setting {
    Setting(
      keyPath, "maxTime",
      "save in time and end with 75 before this start has taken so long, such as 90s or 3h55m"
    ).unlessGiven("until the Slurm job ends, if it is one")
  }

  /// `--model`, of a command that uses a finished one.
  static func model(_ keyPath: WritableKeyPath<Root, String>) -> Setting {
    Setting(keyPath, "model", "folder of a model, or a run (its latest)", unit: "DIR").required
  }

  /// `--precision`, of a command that computes with a finished model.
  static func precision(_ keyPath: WritableKeyPath<Root, Precision>) -> Setting {
    Setting(choice: keyPath, "precision", "how activations are stored")
  }

  static func preset(_ keyPath: WritableKeyPath<Root, PretrainingSettings.Preset>) -> Setting {
    Setting(choice: keyPath, "preset", "a set of settings")
  }
}

/// Options of a command that has a result for other programs.
protocol JSONOptions: DeclaredSettings {
  var json: Bool { get }
}

/// What follows a checkpoint that cannot be written.
enum SaveErrorChoice: String, CaseIterable {
  /// The end of the training.
  case stop

  /// The next step.
  case `continue`
}

/// Options of a command that may keep silent while it works.
protocol QuietOptions: DeclaredSettings {
  /// Whether standard error has errors alone.
  var quiet: Bool { get }
}

/// Options of a command that has all settings of a pre-training, or some of them, over a preset.
protocol PresetOptions: DeclaredSettings {
  /// The settings to begin with.
  var preset: PretrainingSettings.Preset { get }
  var settings: PretrainingSettings { get set }
}

extension PresetOptions {
  static var presets: [(name: String, values: Self)] {
    PretrainingSettings.presets.map { preset in
      var options = Self()
      options.settings = preset.values
      return (preset.name, options)
    }
  }
}

extension ParsedArguments where Options: PresetOptions {
  /// The settings of the preset that was asked for, with those of `file` over them and those of the
  /// command line over both.
  func settings(file: String? = nil) throws(CommandLineError) -> PretrainingSettings {
    var base = Options()
    base.settings = PretrainingSettings(preset: options.preset)
    if let file { try base.settings.read(file: file) }
    return options(over: base).settings
  }
}
