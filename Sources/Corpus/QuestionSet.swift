import ParableFormats

/// A question about a passage with choices to answer it by.
package struct MultipleChoiceQuestion: Codable, Equatable, Sendable {
  /// The passage.
  package var context: String
  /// What is asked about it.
  package var question: String
  /// Two or more distinct texts, one of them right.
  package var choices: [String]
  /// The place of the right choice, where it is known.
  package var answer: Int?
  /// The name of the record, where it has one.
  package var id: String?

  /// Puts a question together.
  package init(
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
package struct QuestionSet: Equatable, Sendable {
  /// The questions in the order of the file.
  package var questions: [MultipleChoiceQuestion]

  /// Makes a set of questions that are known to be good.
  package init(_ questions: [MultipleChoiceQuestion]) {
    self.questions = questions
  }

  /// Reads and checks a file.
  ///
  /// Where only predictions are wanted the answers may be left out, or be null.
  package init(path: String, answersRequired: Bool = true) throws {
    try self.init(QuestionRecords(path: path), answersRequired: answersRequired)
  }

  fileprivate init(_ records: QuestionRecords, answersRequired: Bool = true) throws {
    questions = try records.map { record in
      let question = MultipleChoiceQuestion(
        context: try record.text(of: "context"), question: try record.text(of: "question"),
        choices: try record.texts(of: "choices"), answer: try record.answer(), id: try record.id())
      if let problem = question.problem { throw QuestionRejection(problem: problem) }
      guard question.answer != nil || !answersRequired else {
        throw QuestionRejection(problem: .missing(field: "answer"))
      }
      return question
    }
  }

  /// Hands the form that is read to `write`, part by part.
  package func write(to write: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    let writer = try QuestionWriter(write)
    for question in questions { try writer.append(question) }
    try writer.close()
  }
}

/// A question about a passage with every wording of its answer, without choices.
package struct OpenQuestion: Equatable, Sendable {
  /// The heading of the passage, often empty.
  package var title: String
  /// The passage.
  package var context: String
  /// What is asked about it.
  package var question: String
  /// The right answers in the words of different readers, the same ones perhaps twice.
  package var answers: [String]
  /// The name of the record, where it has one.
  package var id: String?

  /// Puts a question together.
  package init(
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
package struct OpenQuestionSet: Equatable, Sendable {
  /// The questions in the order of the file.
  package var questions: [OpenQuestion]

  /// Reads and checks a file; of questions with choices the right one is the answer.
  package init(path: String) throws {
    switch try QuestionSource(path: path) {
    case .answers(let set): self = set
    case .choices(let set):
      questions = set.questions.map { question in
        OpenQuestion(
          context: question.context, question: question.question,
          answers: question.answer.map { [question.choices[$0]] } ?? [], id: question.id)
      }
    }
  }

  fileprivate init(_ records: QuestionRecords) throws {
    questions = try records.map { record in
      let question = OpenQuestion(
        title: try record.title() ?? "", context: try record.text(of: "context"),
        question: try record.text(of: "question"), answers: try record.texts(of: "answers"),
        id: try record.id())
      for (field, texts) in [
        ("context", [question.context]), ("question", [question.question]),
        ("answers", question.answers),
      ] where texts.isEmpty || texts.contains(where: isBlank) {
        throw QuestionRejection(problem: .empty(field: field))
      }
      return question
    }
  }
}

/// What a file of questions holds: the keys of its records tell.
package enum QuestionSource: Sendable {
  /// Records with `choices`.
  case choices(QuestionSet)

  /// Records with `answers` alone.
  case answers(OpenQuestionSet)

  /// Reads and checks a file.
  package init(path: String) throws {
    let records = try QuestionRecords(path: path)
    self =
      try records.haveChoices
      ? .choices(QuestionSet(records)) : .answers(OpenQuestionSet(records))
  }
}

extension MultipleChoiceQuestion {
  /// The most choices of a question; each is a sequence of its own to the network.
  package static let mostChoices = 256

  /// What makes it unusable, whoever wrote it; nil where nothing does.
  package var problem: QuestionProblem? {
    if isBlank(context) { return .empty(field: "context") }
    if isBlank(question) { return .empty(field: "question") }
    guard choices.count >= 2 else { return .tooFewChoices(choices.count) }
    guard choices.count <= Self.mostChoices else { return .tooManyChoices(choices.count) }
    if let blank = choices.firstIndex(where: isBlank) { return .emptyChoice(blank) }
    for place in choices.indices {
      // Bytes: Swift calls two spellings of one accented letter equal, a tokenizer does not.
      let first = choices[..<place].firstIndex { $0.utf8.elementsEqual(choices[place].utf8) }
      if let first { return .sameChoices(first, place) }
    }
    if let answer, !choices.indices.contains(answer) {
      return .answerOutOfRange(answer: answer, choiceCount: choices.count)
    }
    return nil
  }
}

private func isBlank(_ text: String) -> Bool {
  text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
}
