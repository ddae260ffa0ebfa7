import ParableCorpus
import Testing

@Suite struct StoryQuestionTests {
  /// Two thousand questions, a few about each story.
  private static let questions = (0..<500).flatMap {
    StoryGrammar(seed: 21).questions(about: $0, limit: 4)
  }

  /// Where each choice stands in its story, in words.
  private static let places = questions.map { question in
    let story = words(of: question.context)
    return question.choices.map { occurrences(of: words(of: $0), in: story) }
  }

  @Test func eachHasFourDistinctChoicesAndOneAnswer() throws {
    #expect(Self.questions.count > 1_950)
    for question in Self.questions {
      #expect(question.choices.count == 4)
      #expect(Set(question.choices).count == 4)
      let answer = try #require(question.answer)
      #expect(question.choices.indices.contains(answer))
      #expect(question.question.last == "?")
      #expect(question.question.first?.isUppercase == true)
      #expect(!question.question.contains(where: "{}[]|=".contains))
      #expect(!question.question.contains("  "))
    }
  }

  @Test func answersStandInTheStory() throws {
    for question in Self.questions {
      let answer = question.choices[try #require(question.answer)]
      #expect(question.context.contains(answer))
    }
    for (question, places) in zip(Self.questions, Self.places) {
      #expect(question.answer.map { places[$0].isEmpty } == false)
    }
  }

  @Test(arguments: [1, 2, 4])
  func excerptsAreSentencesAroundTheAnswer(sentences: Int) throws {
    let grammar = StoryGrammar(seed: 21)
    var lengths: [Int] = []
    for index in 0..<60 {
      let story = grammar.story(index).split(whereSeparator: \.isWhitespace)
      for question in grammar.questions(about: index, sentences: sentences) {
        let passage = question.context.split(separator: " ")
        // Sentences of three words and less are left out.
        var rest = passage[...]
        for word in story where word == rest.first { rest.removeFirst() }
        #expect(rest.isEmpty, "not of the story: \(question.context)")
        #expect(question.context.contains(question.choices[try #require(question.answer)]))
        let inside = question.choices.count {
          question.context.lowercased().contains($0.lowercased())
        }
        #expect(inside > 1, "\(question)")
        lengths.append(passage.count)
      }
    }
    // Sentences of these stories have ten to fifteen words, those with answers more.
    let mean = Double(lengths.reduce(0, +)) / Double(lengths.count)
    #expect((Double(7 * sentences)..<Double(20 * sentences)).contains(mean), "\(mean)")
  }

  @Test func wrongChoicesStandInTheStoryAndOutsideOfIt() {
    var inside = 0
    var outside = 0
    for (question, places) in zip(Self.questions, Self.places) {
      for (choice, places) in places.enumerated() where choice != question.answer {
        if places.isEmpty { outside += 1 } else { inside += 1 }
      }
    }
    #expect(inside > Self.questions.count)
    #expect(outside > Self.questions.count / 2)
  }

  @Test func choicesInTheStoryDoNotTell() {
    #expect(score { _, places in places.map { $0.isEmpty ? 0 : 1 } } < 0.45)
  }

  @Test func lengthsDoNotTell() {
    #expect(score { question, _ in question.choices.map(\.utf8.count) } < 0.35)
    #expect(score { question, _ in question.choices.map { -$0.utf8.count } } < 0.35)
  }

  @Test func placesDoNotTell() {
    for place in 0..<4 {
      let rate = score { _, places in places.indices.map { $0 == place ? 1 : 0 } }
      #expect(abs(rate - 0.25) < 0.05)
    }
  }

  @Test(arguments: [1, -1])
  func mentionsDoNotTell(sign: Int) {
    #expect(score { _, places in places.map { $0.isEmpty ? .min : sign * $0.count } } < 0.5)
  }

  @Test(arguments: [1, -1])
  func orderInTheStoryDoesNotTell(sign: Int) {
    #expect(score { _, places in places.map { $0.first.map { sign * $0 } ?? .min } } < 0.5)
  }

  @Test func frequentAnswersDoNotTell() {
    var counts: [String: Int] = [:]
    for question in Self.questions {
      if let answer = question.answer { counts[question.choices[answer], default: 0] += 1 }
    }
    #expect(score { question, _ in question.choices.map { counts[$0] ?? 0 } } < 0.45)
  }

  @Test func questionsAskForManyThingsInManyWords() {
    let openings = Set(Self.questions.map { $0.question.split(separator: " ").prefix(3) })
    #expect(openings.count > 100)
    for word in ["Who", "What color", "Where", "How many", "Which animal", "When", "What did"] {
      let count = Self.questions.count { $0.question.hasPrefix(word) }
      #expect(count > 20, "\(word)")
    }
  }

  @Test func seedsAskQuestionsOfTheirOwn() {
    let first = Set((0..<50).flatMap { StoryGrammar(seed: 1).questions(about: $0) }.map(\.context))
    let second = Set((0..<50).flatMap { StoryGrammar(seed: 2).questions(about: $0) }.map(\.context))
    #expect(first.isDisjoint(with: second))
    #expect(
      StoryGrammar(seed: 1).questions(about: 4) == StoryGrammar(seed: 1).questions(about: 4))
  }

  @Test func aLimitTakesTheFirstOfAll() {
    let grammar = StoryGrammar(seed: 5)
    for index in 0..<20 {
      let all = grammar.questions(about: index)
      #expect(all.count >= 4)
      #expect(grammar.questions(about: index, limit: 3) == Array(all.prefix(3)))
    }
  }

  /// How often the choice with the highest mark is right, where ties are broken by chance.
  private func score(_ marks: (MultipleChoiceQuestion, [[Int]]) -> [Int]) -> Double {
    let points = zip(Self.questions, Self.places).map { question, places -> Double in
      let marks = marks(question, places)
      let highest = marks.max()
      let best = marks.indices.filter { marks[$0] == highest }
      return question.answer.map { best.contains($0) ? 1 / Double(best.count) : 0 } ?? 0
    }
    return points.reduce(0, +) / Double(points.count)
  }
}

private func words(of text: String) -> [ArraySlice<UInt8>] {
  Array(text.utf8).split { !((0x61...0x7A).contains($0 | 0x20) || $0 == 0x2D) }
}

/// Where some words follow each other in a text.
private func occurrences(of phrase: [ArraySlice<UInt8>], in text: [ArraySlice<UInt8>]) -> [Int] {
  guard let first = phrase.first, phrase.count <= text.count else { return [] }
  return (0...(text.count - phrase.count)).filter { start in
    text[start] == first && text[start..<start + phrase.count].elementsEqual(phrase)
  }
}
