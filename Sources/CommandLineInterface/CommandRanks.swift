import ParableBuild

/// What the launcher must know of the worker's commands.
package enum CommandRanks {
  /// The commands that run on one rank only; all others run on as many as there are.
  package static let oneRankOnly: Set = [
    "generate", "estimate", "encode", "decode", "convert-tokenizer", "stories", "cloze", "practice",
    "component", "grade", "config", "verify", "help", "--help", "-h", "--version",
  ]

  /// The commands whose work is worth going on with when nobody reads what they print.
  package static let trainings: Set = ["pretrain", "finetune"]

  /// The options of a training that go with `--resume`.
  ///
  /// All others are settings, which it has from its checkpoint. A start that follows a crash keeps
  /// these.
  package static let optionsOfResumed: Set = [
    "run", "output", "resume", "allow-changes", "test", "stop-after", "max-time", "collective",
    "profile", "on-save-error", "stall-timeout", "skip-steps", "maximum-skipped", "check-every",
    "quiet", "json",
  ]
}

/// The version of both programs.
package var programVersion: String { version }
