import ParableModel
import ParablePlatform
import ParableSettings

/// What can end a training for reasons outside the program.
package enum TrainingError: Error, CustomStringConvertible {
  /// A folder that is taken, by what.
  case folderTaken(path: String, what: String, remedy: String)

  /// A folder that another process writes into.
  case inUse(path: String, holder: String, option: String)

  /// A folder from which nothing can be resumed.
  case nothingToResume(path: String)

  /// A corpus that fills not even one sequence.
  case corpusTooShort(tokens: Int, context: Int)

  /// A text that predicts nothing.
  case nothingToEvaluate(path: String)

  /// A training whose inputs or surroundings are not what they were.
  case changed(path: String, what: [String])

  /// Weights or an evaluation that are no numbers, seen by all ranks.
  case notFinite(step: Int, what: String)

  /// So many steps skipped one after the other, up to `step`: why the last of them was, and what it
  /// was of.
  case skippedTooMany(step: Int, count: Int, why: String, examples: String)

  /// Memory that is not as it was written: of which ranks, and what is in it.
  case memoryChanged(step: Int, what: [String])

  /// A training that should have repeated another and has not, with the first difference.
  case notReproduced(path: String, what: String)

  /// A file or folder that cannot be read or written, or that says what cannot be.
  case file(
    path: String, reason: String, remedy: String = "check the path and its permissions")

  /// One line: `where: what; remedy`.
  package var description: String {
    switch self {
    case .folderTaken(let path, let what, let remedy):
      "\(quoted(path)): \(what) is there already; \(remedy)"
    case .inUse(let path, let holder, let option):
      "\(quoted(path)): in use by \(holder); wait for it or choose another \(option)"
    case .nothingToResume(let path):
      "\(quoted(path)): no complete checkpoint to resume from; start the run without --resume"
    case .corpusTooShort(let tokens, let context):
      "the corpus: its \(tokens) tokens do not fill a sequence of \(context) + 1; give more text or "
        + "a smaller --context"
    case .nothingToEvaluate(let path):
      "\(quoted(path)): there is nothing to predict; give a text of at least two tokens"
    case .changed(let path, let what):
      "\(quoted(path)): not as it was at the checkpoint: "
        + what.map { quoted($0) }.joined(separator: ", ")
        + "; restore that, start another training, or go on all the same by --allow-changes"
    case .notFinite(let step, let what):
      "step \(step): the \(what) is not a finite number; start again with a lower --learning-rate "
        + "or a longer --warmup-steps"
    case .skippedTooMany(let step, let count, let why, let examples):
      "step \(step): \(why), and \(count == 1 ? "no step" : "none of the last \(count) steps") "
        + "could be made (\(quoted(examples, longest: 2000))); look at these, then go on with --resume --skip-steps "
        + "\(StepRanges([step - count + 1...step])), or start again with a lower --learning-rate"
    case .memoryChanged(let step, let what):
      "step \(step): memory has changed by itself (\(what.map { quoted($0) }.joined(separator: ", ")))"
        + "; nothing of it is saved: go on with --resume, and have the memory of that host tested"
    case .notReproduced(let path, let what):
      "\(quoted(path)): not reproduced: \(quoted(what, longest: 400)); look for what differs in version, "
        + "processor or settings"
    case .file(let path, let reason, let remedy):
      "\(quoted(path)): \(quoted(reason)); \(remedy)"
    }
  }
}

extension TrainingError {
  /// A configuration file with a size that no network can have.
  static func unusable(configuration path: String, _ error: ModelError) -> TrainingError {
    switch error {
    case .invalidSize(let name, let value, let remedy):
      let key = HuggingFaceConfiguration.key(ofSize: name)
      return .file(path: path, reason: "\(key) cannot be \(value)", remedy: remedy)
    case .invalidNumber(let name, let value, let remedy):
      let key = HuggingFaceConfiguration.key(ofSize: name)
      return .file(path: path, reason: "\(key) cannot be \(value)", remedy: remedy)
    default:
      return .file(path: path, reason: "\(error)", remedy: "name another model")
    }
  }
}
