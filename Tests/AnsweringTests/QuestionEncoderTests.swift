import Corpus
import Testing
import Tokenization

@testable import Answering

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
        try sequence.branches.map(text)
          == [" on the mat", " a cat", " far"].map { $0 + Vocabulary.endOfTextToken })
    }
  }

  @Test func onlyThePassageIsCut() throws {
    let vocabulary = try bytes()
    let encoder = { (context: Int) in
      QuestionEncoder(vocabulary, format: .questionTwice, context: context)
    }
    let whole = try encoder(500).sequence(Self.question).beginning.count + 12
    let cut = try encoder(whole - 5).sequence(Self.question)
    #expect(try text(cut.beginning).contains("\n\nthe cat sat on th\n\nQuestion"))
    #expect(cut.branches.count == 3 && cut.beginning.count + 12 == whole - 5)
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

  @Test func labelsAreOneTokenOrAnError() throws {
    let template = try #require(PromptTemplate(builtIn: "lettered"))
    #expect {
      try QuestionEncoder(try bytes(), template: template, context: 500).sequence(Self.question)
    } throws: { error in
      "\(error)".contains("\" A\" is 2 tokens")
    }
    let counts = WordCounts(specialTokens: [Vocabulary.endOfTextToken])
    counts.feed("x A A A B B B C C C")
    let vocabulary = try MergeTrainer(vocabularySize: 260, pairCounting: .occurrence)
      .train(on: counts)
    let encoder = QuestionEncoder(vocabulary, template: template, context: 500)
    let labels = try encoder.labels(of: Self.question)
    #expect(try labels.map { try vocabulary.decodeText([$0]) } == [" A", " B", " C"])
    #expect(
      try vocabulary.decodeText(encoder.sequence(Self.question).beginning)
        .hasSuffix("\nA. on the mat\nB. a cat\nC. far\nAnswer:"))
  }

  @Test func examplesStandBeforeTheQuestionWhileTheyFit() throws {
    let template = try #require(PromptTemplate(builtIn: "basic"))
    let one =
      "the cat sat on the mat\n\nQuestion: \(Self.question.question)\n\nAnswer: on the mat\n\n\n"
    for (context, count) in [(1000, 2), (3 * one.utf8.count, 1), (one.utf8.count * 2 - 1, 0)] {
      let encoder = QuestionEncoder(
        try bytes(), template: template, context: context,
        examples: [Self.question, Self.question])
      #expect(encoder.exampleTokens == count * one.utf8.count, "\(context)")
    }
  }

  @Test func templatesThatCannotBeAreRefused() throws {
    for (text, reason) in [
      ("{context}", "no {question}"), ("{question} {choice}.", "something follows"),
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
    for name in PromptTemplate.builtInNames {
      let template = try #require(PromptTemplate(builtIn: name))
      _ = try PromptTemplate(
        name: name, text: template.text, choiceStyle: template.choiceStyle)
    }
  }
}
