import Testing

@testable import ParableCorpus

@Suite struct ClozeQuestionsTests {
  private static let texts = [
    "The river Elbe rises in the Giant Mountains. It flows past Dresden and Hamburg for 1,094 "
      + "kilometres. Many barges carry cement and grain there.",
    "Marie Curie was born in Warsaw in 1867. She won two Nobel Prizes, in physics and in "
      + "chemistry. Her daughter Irene won another one in 1935.",
    "Honey bees dance to tell others where flowers bloom. Karl Frisch described this in Munich. "
      + "He kept glass hives for thirty years.",
  ]
  private static let questions = [
    OpenQuestion(
      context: texts[1], question: "Where was she born?", answers: ["Warsaw", "in Warsaw"]),
    OpenQuestion(context: texts[1], question: "When did Irene win?", answers: ["1935"]),
  ]

  /// A text with a question that it does not answer, so that only its sentences are asked about.
  private func unanswered(_ text: String) -> OpenQuestion {
    OpenQuestion(context: text, question: "Who sang?", answers: ["nobody else"])
  }

  @Test func everyQuestionIsAnsweredByItsSentencesAlone() throws {
    let cloze = try ClozeQuestions(questions: Self.questions + Self.texts.map(unanswered))
    var asked: Set<String> = []
    for index in 0..<300 {
      let question = try cloze.question(index, seed: 9, sentences: 2...3)
      #expect(try question == cloze.question(index, seed: 9, sentences: 2...3))
      let answer = try #require(question.answer.map { question.choices[$0] })
      #expect(question.choices.count == 4 && Set(question.choices).count == 4)
      #expect(Self.texts.contains { $0.contains(question.context) })
      #expect(question.choices.count { question.context.contains($0) } == 2)
      #expect(question.context.contains(answer))
      asked.insert(question.question)
    }
    #expect(asked.contains("Where was she born?") && asked.contains("When did Irene win?"))
    #expect(asked.count > 150)
    let seeds = try [8, 9].map { seed in
      try (0..<50).map { try cloze.question($0, seed: seed) }
    }
    #expect(seeds[0] != seeds[1])
  }

  @Test func sentencesKeepTheirNumbersAndAbbreviations() {
    let sentences = ClozeSentence.split(
      "Mr. X. paid 1.5 pounds for it. \"Was it so much?\" She did not know then!")
    #expect(
      sentences.map(\.whole) == [
        "Mr. X. paid 1.5 pounds for it.", "\"Was it so much?\"", "She did not know then!",
      ])
    let phrases = ClozeSentence.split(Self.texts[0]).flatMap(\.phraseTexts)
    #expect(phrases.contains("Giant Mountains") && phrases.contains("1,094 kilometres"))
  }

  @Test func textsWithoutAnythingToAskAreRefused() {
    #expect(throws: CorpusError.self) {
      try ClozeQuestions(questions: [unanswered("one two three four")])
    }
    // Two phrases, which give no four choices.
    let poor = "The boat met Anna today here. She gave Otto the rope there."
    #expect(throws: CorpusError.nothingToAsk) {
      try ClozeQuestions(questions: [unanswered(poor)])
    }
  }

  /// Phrases enough, but all of one passage: the two wrong choices of other texts never come.
  @Test func whereNoFourChoicesComeTogetherTheSearchEnds() throws {
    let cloze = try ClozeQuestions(questions: [
      unanswered("The boat met Anna today here. She gave Otto the rope there with Emil and Ida.")
    ])
    #expect(throws: CorpusError.nothingToAsk) {
      try cloze.question(0, seed: 1, sentences: 2...2)
    }
  }
}
