import Foundation

/// A question about a passage with choices to answer it by.
public struct MultipleChoiceQuestion: Codable, Equatable, Sendable {
  /// The passage.
  public var context: String
  /// What is asked about it.
  public var question: String
  /// Two or more distinct texts, one of them right.
  public var choices: [String]
  /// The place of the right choice, where it is known.
  public var answer: Int?
  /// The name of the record, where it has one.
  public var id: String?

  /// Puts a question together.
  public init(
    context: String, question: String, choices: [String], answer: Int?, id: String? = nil
  ) {
    self.context = context
    self.question = question
    self.choices = choices
    self.answer = answer
    self.id = id
  }
}

/// The questions of a file: a JSON array of records with `context`, `question`, `choices`,
/// `answer` (counted from 0) and `id`.
public struct QuestionSet: Equatable, Sendable {
  /// The questions in the order of the file.
  public var questions: [MultipleChoiceQuestion]

  /// Makes a set of questions that are known to be good.
  public init(_ questions: [MultipleChoiceQuestion]) {
    self.questions = questions
  }

  /// Reads and checks a file.
  ///
  /// Where only predictions are wanted the answers may be left out, or be null.
  public init(path: String, answersRequired: Bool = true) throws {
    let records = try QuestionRecords<ChoicesRecord>(path: path)
    questions = try records.map { record in
      try requireText(record.context, "context")
      try requireText(record.question, "question")
      try requireChoices(record.choices)
      let answer = record.answer?.value
      if let answer {
        guard record.choices.indices.contains(answer) else {
          throw QuestionRejection(
            problem: .answerOutOfRange(answer: answer, choiceCount: record.choices.count))
        }
      } else if answersRequired {
        throw QuestionRejection(problem: .missing(field: "answer"))
      }
      return MultipleChoiceQuestion(
        context: record.context, question: record.question, choices: record.choices,
        answer: answer, id: record.id?.text)
    }
  }

  /// Whether the records of a file have choices: the key stands there as such, not within a text,
  /// where its quotation marks would be escaped.
  public static func isHeld(by path: String) -> Bool {
    FileManager.default.contents(atPath: path)?.range(of: Data("\"choices\"".utf8)) != nil
  }

  /// Writes the questions in the form that is read.
  public func write(to path: String) throws {
    let writer = try QuestionWriter(path: path)
    for question in questions { try writer.append(question) }
    try writer.close()
  }
}

/// A question about a passage with every wording of its answer, without choices.
public struct OpenQuestion: Equatable, Sendable {
  /// The heading of the passage, often empty.
  public var title: String
  /// The passage.
  public var context: String
  /// What is asked about it.
  public var question: String
  /// The right answers in the words of different readers, the same ones perhaps twice.
  public var answers: [String]
  /// The name of the record, where it has one.
  public var id: String?

  /// Puts a question together.
  public init(
    title: String = "", context: String, question: String, answers: [String], id: String? = nil
  ) {
    self.title = title
    self.context = context
    self.question = question
    self.answers = answers
    self.id = id
  }
}

/// The questions of an answers file: a JSON array of records with `title`, `context`, `question`,
/// `answers` and `id`, from which wrong choices are drawn.
public struct OpenQuestionSet: Equatable, Sendable {
  /// The questions in the order of the file.
  public var questions: [OpenQuestion]

  /// Reads and checks a file; of questions with choices the right one is the answer.
  public init(path: String) throws {
    if QuestionSet.isHeld(by: path) {
      questions = try QuestionSet(path: path).questions.map { question in
        OpenQuestion(
          context: question.context, question: question.question,
          answers: question.answer.map { [question.choices[$0]] } ?? [], id: question.id)
      }
      return
    }
    let records = try QuestionRecords<AnswersRecord>(path: path)
    questions = try records.map { record in
      try requireText(record.context, "context")
      try requireText(record.question, "question")
      guard !record.answers.isEmpty, !record.answers.contains(where: isBlank) else {
        throw QuestionRejection(problem: .empty(field: "answers"))
      }
      return OpenQuestion(
        title: record.title ?? "", context: record.context, question: record.question,
        answers: record.answers, id: record.id?.text)
    }
  }
}

private func isBlank(_ text: String) -> Bool {
  text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
}

private func requireText(_ text: String, _ field: String) throws {
  if isBlank(text) { throw QuestionRejection(problem: .empty(field: field)) }
}

private func requireChoices(_ choices: [String]) throws {
  guard choices.count >= 2 else {
    throw QuestionRejection(problem: .tooFewChoices(choices.count))
  }
  for (place, choice) in choices.enumerated() {
    if isBlank(choice) { throw QuestionRejection(problem: .emptyChoice(place)) }
    if let first = choices[..<place].firstIndex(of: choice) {
      throw QuestionRejection(problem: .sameChoices(first, place))
    }
  }
}
