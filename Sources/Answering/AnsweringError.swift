import Files

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
  case unsuitableModel(path: String, reason: String, remedy: String)

  /// A prompt template that cannot be used.
  case invalidTemplate(
    name: String, reason: String, remedy: String = "see worker help prompt for the built-in ones")

  /// A file of predictions or of a prompt's configuration that cannot be used.
  case invalidFile(path: String, reason: String, remedy: String = "make it again or name another")

  /// One line: `where: what; remedy`.
  public var description: String {
    switch self {
    case .questionTooLong(let name, let tokens, let context):
      "question \(quoted(name)): it takes \(tokens) tokens with its choices; use a --context of "
        + "more than \(context)"
    case .tooFewQuestions(let count, let batch):
      "--batch: \(count) questions do not fill one of \(batch); give more questions or a smaller "
        + "--batch"
    case .invalidSetting(let name, let value, let reason):
      "--\(name): cannot be \(quoted(value)); \(reason)"
    case .outputExists(let path):
      "\(quoted(path)): a training is there already; go on with it by --resume or choose another "
        + "--output"
    case .unsuitableModel(let path, let reason, let remedy),
      .invalidTemplate(let path, let reason, let remedy),
      .invalidFile(let path, let reason, let remedy):
      "\(quoted(path)): \(quoted(reason)); \(remedy)"
    }
  }
}
