import ParablePlatform

/// What can go wrong with the files of a corpus.
package enum CorpusError: Error, Equatable, CustomStringConvertible {
  /// Files without a single byte.
  case emptyCorpus(paths: [String])
  /// Texts that give no question: none of them has two sentences and two phrases, or all together
  /// have no four phrases none of which is part of another.
  case nothingToAsk
  /// A question file that is no JSON array of records.
  case malformedQuestions(
    path: String, reason: String, remedy: String = "give a JSON array of questions")
  /// A question that cannot be used; records count from 1.
  case unusableQuestion(path: String, record: Int, id: String?, problem: QuestionProblem)

  /// One line: `where: what; remedy`.
  package var description: String {
    switch self {
    case .malformedQuestions(let path, let reason, let remedy):
      return "\(quoted(path)): \(quoted(reason)); \(remedy)"
    case .emptyCorpus(let paths):
      return "\(quoted(paths.joined(separator: " "))): the corpus is empty; give text"
    case .nothingToAsk:
      return "--questions: the passages give no question with four different choices; give more "
        + "or longer ones"
    case .unusableQuestion(let path, let record, let id, let problem):
      let name = id.map { " (id \(quoted($0)))" } ?? ""
      return "\(quoted(path)) record \(record)\(name): \(problem.what); \(problem.remedy)"
    }
  }
}

/// What makes a question unusable.
package enum QuestionProblem: Equatable, Sendable {
  /// A field that the form requires is not there.
  case missing(field: String)
  /// A field holds another type of value than the form wants.
  case wrongType(field: String, expected: String)
  /// A text is empty or only white space.
  case empty(field: String)
  /// A choice, counted from 0, is empty or only white space.
  case emptyChoice(Int)
  /// Two choices, counted from 0, are the same text.
  case sameChoices(Int, Int)
  /// There are too few choices to choose from.
  case tooFewChoices(Int)
  /// There are more choices than a question may have.
  case tooManyChoices(Int)
  /// The answer names no choice.
  case answerOutOfRange(answer: Int, choiceCount: Int)
  /// The record is no object at all.
  case noObject

  /// What is wrong.
  package var what: String {
    switch self {
    case .missing(let field): "the field \"\(field)\" is missing"
    case .wrongType(let field, let expected): "the field \"\(field)\" is not \(expected)"
    case .empty(let field): "the field \"\(field)\" is empty"
    case .emptyChoice(let choice): "choice \(choice) is empty"
    case .sameChoices(let first, let second): "choices \(first) and \(second) are the same"
    case .tooFewChoices(1): "there is only 1 choice"
    case .tooFewChoices(let count): "there are only \(count) choices"
    case .tooManyChoices(let count): "there are \(count) choices"
    case .answerOutOfRange(let answer, let choiceCount):
      "the answer \(answer) names none of the \(choiceCount) choices"
    case .noObject: "the record is no object"
    }
  }

  var remedy: String {
    switch self {
    case .missing(let field): "add it (\"\(field)\": …)"
    case .wrongType(_, let expected): "write \(expected)"
    case .empty, .emptyChoice: "fill it in or leave the record out"
    case .sameChoices: "make the choices distinct"
    case .tooFewChoices: "give two or more"
    case .tooManyChoices: "give at most \(MultipleChoiceQuestion.mostChoices)"
    case .answerOutOfRange(_, let choiceCount): "count from 0 to \(choiceCount - 1)"
    case .noObject: "give fields in braces"
    }
  }
}
