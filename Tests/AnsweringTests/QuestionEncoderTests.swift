import ParableCorpus
import ParableTokenization
import TestSupport
import Testing

@testable import ParableAnswering

@Suite struct QuestionEncoderTests {
  private static let question = MultipleChoiceQuestion(
    context: "the cat sat on the mat", question: "where {context} sat it?",
    choices: ["on the mat", "a cat", "far"], answer: 0, id: "7")

  /// Bytes alone, so that texts can be read from ids.
  private func bytes() throws -> Vocabulary {
    let counts = WordCounts(specialTokens: [Vocabulary.endOfTextToken])
    counts.feed("a")
    return try MergeTrainer(vocabularySize: 257, pairCounting: .presence).train(on: counts)
  }

  private func text(_ ids: [Int32]) throws -> String { try bytes().decodeText(ids) }

  @Test func everyFormatHasTheAssignmentsPlaces() throws {
    let q = Self.question.question
    for (format, expected) in [
      (QuestionFormat.contextFirst, "the cat sat on the mat\n\nQuestion: \(q)\n\nAnswer:"),
      (.questionFirst, "Question: \(q)\n\nthe cat sat on the mat\n\nAnswer:"),
      (.questionTwice, "Question: \(q)\n\nthe cat sat on the mat\n\nQuestion: \(q)\n\nAnswer:"),
      (
        .choicesFirst,
        "Question: \(q)\nChoices: on the mat; a cat; far\n\nthe cat sat on the mat\n\n"
          + "Question: \(q)\n\nAnswer:"
      ),
    ] {
      let sequence = try QuestionEncoder(try bytes(), format: format, context: 500)
        .sequence(Self.question)
      #expect(try text(sequence.beginning) == expected)
      #expect(
        try sequence.continuations.map(text)
          == [" on the mat", " a cat", " far"].map { $0 + Vocabulary.endOfTextToken })
    }
  }

  @Test func onlyThePassageIsCut() throws {
    let vocabulary = try bytes()
    let encoder = { (context: Int) in
      try QuestionEncoder(vocabulary, format: .questionTwice, context: context)
    }
    let whole = try encoder(500).sequence(Self.question).beginning.count + 12
    let cut = try encoder(whole - 5).sequence(Self.question)
    #expect(try text(cut.beginning).contains("\n\nthe cat sat on th\n\nQuestion"))
    #expect(cut.continuations.count == 3 && cut.beginning.count + 12 == whole - 5)
    let none = try encoder(whole - 22).sequence(Self.question)
    #expect(try text(none.beginning).contains("it?\n\n\n\nQuestion"))
    #expect {
      try encoder(whole - 23).sequence(Self.question)
    } throws: { error in
      "\(error)".contains("question 7") && "\(error)".contains("\(whole - 22) tokens")
    }
    let hidden = try encoder(500).sequence(Self.question, hidesPassage: true)
    #expect(hidden.beginning == none.beginning)
  }

  private func encoder(
    _ name: String, _ vocabulary: Vocabulary, _ answer: PromptAnswer = .texts, context: Int = 500,
    examples: [MultipleChoiceQuestion] = [], shots: Int = 0
  ) throws -> QuestionEncoder {
    try QuestionEncoder(
      vocabulary, template: PromptTemplate(name), answer: answer, context: context,
      examples: examples, shots: shots)
  }

  @Test func labelsAreOneTokenOrAnError() throws {
    #expect {
      try encoder("lettered", try bytes(), .labels).sequence(Self.question)
    } throws: { error in
      "\(error)".contains("\" A\" is 2 tokens")
    }
    let vocabulary = try SmallModel.vocabulary()
    let sequence = try encoder("lettered", vocabulary, .labels).sequence(Self.question)
    #expect(sequence.continuations.allSatisfy { $0.count == 1 })
    #expect(try sequence.continuations.map { try vocabulary.decodeText($0) } == [" A", " B", " C"])
    #expect(
      try vocabulary.decodeText(sequence.beginning)
        .hasSuffix("\nA. on the mat\nB. a cat\nC. far\nAnswer:"))
    let numbered = try encoder("numbered", vocabulary).sequence(Self.question)
    #expect(try vocabulary.decodeText(numbered.beginning).contains("\n1. on the mat\n2. a cat\n"))
    #expect(throws: AnsweringError.self) { try encoder("basic", vocabulary, .labels) }
    var many = Self.question
    many.choices = (0..<27).map { "choice \($0)" }
    #expect {
      try encoder("lettered", vocabulary, .labels, context: 900).sequence(many)
    } throws: { error in
      "\(error)".contains("27 choices")
    }
  }

  @Test func examplesStandBeforeTheQuestionWhileTheyFitAndNeverAboutItsPassage() throws {
    let vocabulary = try bytes()
    let examples = ["up", "down", "left"].map { place in
      MultipleChoiceQuestion(
        context: "I go \(place).", question: "Where?", choices: ["no", place], answer: 1)
    }
    func example(_ place: String) -> String {
      "I go \(place).\n\nQuestion: Where?\n\nAnswer: \(place)\n\n"
    }
    func prompt(_ asked: MultipleChoiceQuestion, context: Int) throws -> (String, Int) {
      let (sequence, shots) = try encoder(
        "basic", vocabulary, context: context, examples: examples, shots: 2
      ).prompt(asked)
      return (try text(sequence.beginning), shots)
    }
    let own =
      "the cat sat on the mat\n\nQuestion: \(Self.question.question)\n\nAnswer:"
    let length = own.utf8.count + " on the mat".utf8.count
    let two = example("up") + example("down")
    #expect(try prompt(Self.question, context: length + two.utf8.count) == (two + own, 2))
    let fewer = try prompt(Self.question, context: length + two.utf8.count - 1)
    #expect(fewer == (example("up") + own, 1))
    #expect(try prompt(Self.question, context: length) == (own, 0))
    let asked = try prompt(examples[0], context: 500)
    #expect(asked.1 == 2 && asked.0.hasPrefix(example("down") + example("left")))
  }

  @Test func aFormatsTemplateIsTheFormat() throws {
    let vocabulary = try bytes()
    for format in QuestionFormat.allCases {
      let one = try QuestionEncoder(vocabulary, format: format, context: 500)
        .sequence(Self.question)
      let other = try encoder(format.rawValue, vocabulary).sequence(Self.question)
      #expect(one.beginning == other.beginning && one.continuations == other.continuations)
    }
  }

  @Test func templatesThatCannotBeAreRefused() throws {
    for (text, reason) in [
      ("{context}", "no {question}"), ("{question} {choice} {context}.", "stands behind {choice}"),
      ("{context}{context}{question}{choice}", "more than once"),
      ("{context}{question}", "neither {choice} nor {choices}"),
      ("{question} {answer} {choice}", "{answer}"),
    ] {
      #expect {
        try PromptTemplate(name: "mine", text: text)
      } throws: { error in
        "\(error)".contains(reason) && "\(error)".contains("mine")
      }
    }
    #expect {
      try PromptTemplate(name: "mine", text: "{question} {choices}", choiceStyle: .plain)
    } throws: { error in
      "\(error)".contains("no labels")
    }
    for template in PromptTemplate.builtIn {
      _ = try PromptTemplate(
        name: template.name, text: template.text, choiceStyle: template.choiceStyle)
    }
  }

  @Test func aTemplateOfOnesOwnIsReadFromItsFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("P: {context} Q: {question} A:{choice}!\n", to: "mine.txt")
    let template = try PromptTemplate(path)
    #expect(template.name == path && !template.showsChoices && template.choiceStyle == .lettered)
    let sequence = try QuestionEncoder(
      try bytes(), template: template, answer: .texts, context: 500
    ).sequence(Self.question)
    #expect(
      try text(sequence.beginning)
        == "P: the cat sat on the mat Q: \(Self.question.question) A:")
    #expect(try sequence.continuations.map(text) == ["on the mat!", "a cat!", "far!"])
    #expect {
      try PromptTemplate(folder.file("none.txt"))
    } throws: { error in
      "\(error)".contains("none.txt") && "\(error)".contains("question-twice")
    }
  }
}
