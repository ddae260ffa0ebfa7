/// What can end a training for reasons outside the program.
public enum TrainingError: Error, CustomStringConvertible {
  /// A setting that cannot be.
  case invalidSetting(name: String, value: String, reason: String)

  /// A folder that already holds a run.
  case runExists(path: String)

  /// A folder from which nothing can be resumed.
  case nothingToResume(path: String)

  /// A corpus that fills not even one window.
  case corpusTooShort(tokens: Int, context: Int)

  /// A text without a byte.
  case emptyText(path: String)

  /// A text that predicts nothing.
  case nothingToEvaluate(path: String)

  /// A corpus that is not what the run was prepared from.
  case corpusChanged(path: String, run: String)

  /// A loss or gradient that is not a number, seen by all ranks.
  case notFinite(step: Int, what: String)

  /// A folder that holds no model, or not a whole one.
  case invalidModel(path: String, reason: String)

  /// A file or folder that cannot be read or written.
  case file(path: String, reason: String)

  /// One line: what, where, what to do.
  public var description: String {
    switch self {
    case .invalidSetting(let name, let value, let reason):
      "--\(name) cannot be \(value), \(reason)"
    case .runExists(let path):
      "a run is there already, \(path), go on with it by --resume or choose another --run"
    case .nothingToResume(let path):
      "no complete checkpoint to resume from, \(path), start the run without --resume"
    case .corpusTooShort(let tokens, let context):
      "the corpus is too short, its \(tokens) tokens do not fill a window of \(context) + 1, "
        + "give more text or a smaller --context"
    case .emptyText(let path):
      "the text is empty, \(path), give a file with text"
    case .nothingToEvaluate(let path):
      "nothing to predict, \(path), the text needs at least two tokens"
    case .corpusChanged(let path, let run):
      "the corpus is not the one that the run was prepared from, \(path), restore it or start "
        + "another run than \(run)"
    case .notFinite(let step, let what):
      "the \(what) is not a finite number, step \(step), resume from the last checkpoint with "
        + "another data order or start with a lower --learning-rate"
    case .invalidModel(let path, let reason):
      "not a usable model, \(path), \(reason)"
    case .file(let path, let reason):
      "\(reason), \(path), check the path and its permissions"
    }
  }
}
