import Corpus

/// How a question becomes one text, a name for each way.
///
/// The choice always stands last, so that everything before it is the same for all choices.
public enum QuestionFormat: String, Codable, CaseIterable, Sendable {
  /// `{context}\n\nQuestion: {question}\n\nAnswer: {choice}`
  case contextFirst = "context-first"

  /// `Question: {question}\n\n{context}\n\nAnswer: {choice}`
  case questionFirst = "question-first"

  /// `Question: {question}\n\n{context}\n\nQuestion: {question}\n\nAnswer: {choice}`
  case questionTwice = "question-twice"

  /// The same with `Choices: {choices}` after the first question, separated by semicolons.
  case choicesFirst = "choices-first"

  /// The texts around the passage.
  func pieces(of question: MultipleChoiceQuestion) -> QuestionPieces {
    let asked = "Question: \(question.question)"
    let answer = "\n\nAnswer:"
    return switch self {
    case .contextFirst: QuestionPieces(head: "", tail: "\n\n\(asked)\(answer)")
    case .questionFirst: QuestionPieces(head: "\(asked)\n\n", tail: answer)
    case .questionTwice: QuestionPieces(head: "\(asked)\n\n", tail: "\n\n\(asked)\(answer)")
    case .choicesFirst:
      QuestionPieces(
        head: "\(asked)\nChoices: \(question.choices.joined(separator: "; "))\n\n",
        tail: "\n\n\(asked)\(answer)")
    }
  }
}

/// What stands before and behind the passage, up to where the choice follows.
struct QuestionPieces: Equatable {
  var head: String
  var tail: String
}
