/// What can go wrong with questions and answers for reasons outside the program.
public enum AnsweringError: Error, CustomStringConvertible, Equatable {
  /// A question that does not fit into the context even without its passage.
  case questionTooLong(name: String, tokens: Int, context: Int)

  /// Fewer questions than a step takes.
  case tooFewQuestions(count: Int, batch: Int)

  /// A setting that cannot be.
  case invalidSetting(name: String, value: String, reason: String)

  /// A folder that holds a finished or begun fine-tuning.
  case outputExists(path: String)

  /// A model without what a method needs.
  case unsuitableModel(path: String, reason: String)

  /// A prompt template that cannot be used.
  case invalidTemplate(name: String, reason: String)

  /// A file of predictions or of a prompt's configuration that cannot be used.
  case invalidFile(path: String, reason: String)

  /// One line: what, where, what to do.
  public var description: String {
    switch self {
    case .questionTooLong(let name, let tokens, let context):
      "question and choices alone take \(tokens) tokens, question \(name), "
        + "use a --context of more than \(context)"
    case .tooFewQuestions(let count, let batch):
      "\(count) questions do not fill a batch of \(batch), in the training files, "
        + "give more questions or a smaller --batch"
    case .invalidSetting(let name, let value, let reason):
      "--\(name) cannot be \(value), \(reason)"
    case .outputExists(let path):
      "a fine-tuning is there already, \(path), go on with it by --resume or choose another "
        + "--output"
    case .unsuitableModel(let path, let reason):
      "not a usable model, \(path), \(reason)"
    case .invalidTemplate(let name, let reason):
      "not a usable template, \(name), \(reason)"
    case .invalidFile(let path, let reason):
      "not a usable file, \(path), \(reason)"
    }
  }
}
