/// How fine-tuning reads a question, a name for each way.
package enum QuestionFormat: String, Codable, CaseIterable, Sendable {
  /// Passage, question, choice.
  case contextFirst = "context-first"

  /// Question, passage, choice: the passage is read in the light of the question.
  case questionFirst = "question-first"

  /// The same with the question once more behind the passage.
  case questionTwice = "question-twice"

  /// The same with all choices behind the first question.
  case choicesFirst = "choices-first"

  var text: String {
    switch self {
    case .contextFirst: "{context}\n\nQuestion: {question}\n\nAnswer: {choice}"
    case .questionFirst: "Question: {question}\n\n{context}\n\nAnswer: {choice}"
    case .questionTwice:
      "Question: {question}\n\n{context}\n\nQuestion: {question}\n\nAnswer: {choice}"
    case .choicesFirst:
      "Question: {question}\nChoices: {choices}\n\n{context}\n\nQuestion: {question}\n\n"
        + "Answer: {choice}"
    }
  }
}
