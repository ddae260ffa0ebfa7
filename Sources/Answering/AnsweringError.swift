import ParablePlatform

/// What can go wrong with questions and answers for reasons outside the program.
package enum AnsweringError: Error, CustomStringConvertible, Equatable {
  /// A question that does not fit into the context even without its passage.
  case questionTooLong(name: String, tokens: Int, context: Int)

  /// Fewer questions than a step takes.
  case tooFewQuestions(count: Int, batch: Int)

  /// A checkpoint to resume from that says what cannot be.
  case notResumable(path: String, reason: String)

  /// A question that no wrong choice can be drawn for.
  case noWrongChoice(name: String)

  /// A question that a network's numbers cannot answer.
  case scoreNotFinite(name: String)

  /// A prompt template that cannot be used.
  case invalidTemplate(
    name: String, reason: String, remedy: String = "see worker help prompt for the built-in ones")

  /// A model without what a method needs, or a file that cannot be used.
  case invalidFile(path: String, reason: String, remedy: String = "make it again or name another")

  /// One line: `where: what; remedy`.
  package var description: String {
    switch self {
    case .questionTooLong(let name, let tokens, let context):
      "\(quoted(name)): question and choices alone take \(tokens) tokens, more than the context of "
        + "\(context); shorten it, leave it out or use a larger context"
    case .tooFewQuestions(let count, let batch):
      "--batch: cannot be \(batch) with \(count) questions per epoch; give at most \(count), or "
        + "leave it out"
    case .notResumable(let path, let reason):
      "\(quoted(path)): \(reason); name the --output of a fine-tuning"
    case .noWrongChoice(let name):
      "\(quoted(name)): no other answer of its file is a wrong choice for it; give questions with "
        + "different answers, or write choices"
    case .scoreNotFinite(let name):
      "\(quoted(name)): the network's scores of its choices are no numbers; use another model, its "
        + "weights are damaged"
    case .invalidTemplate(let path, let reason, let remedy),
      .invalidFile(let path, let reason, let remedy):
      "\(quoted(path)): \(quoted(reason)); \(remedy)"
    }
  }
}
