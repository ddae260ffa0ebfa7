import ParablePlatform

/// Cloze questions made from texts: unlimited, and answered by the text itself.
///
/// Two kinds: a sentence with a phrase taken out, asked by some of its words, whose wrong choices
/// are another phrase of the same sentences and two of other texts; and given questions with their
/// passage cut to the sentences around the answer. Every question is a function of seed and index.
package struct ClozeQuestions: Sendable {
  private static let choiceCount = 4
  /// A question is drawn in a few tries where texts are long; where none comes in so many, none will.
  private static let mostTries = 20_000

  private struct Passage: Sendable {
    var sentences: [ClozeSentence]
    /// Questions about it, with the sentences that hold the answers.
    var asked: [(question: String, answers: [String])] = []
  }

  private let passages: [Passage]
  private let places: [(passage: Int, question: Int)]
  private let phrases: [String]
  private let answers: [String]

  /// Reads questions with their answers, and the passages that they are about.
  ///
  /// - Throws: ``CorpusError/nothingToAsk`` where no passage has two sentences and two phrases,
  ///   or all of them together have no four different ones.
  package init(questions: [OpenQuestion]) throws {
    var passages: [Passage] = []
    var numbers: [String: Int] = [:]
    func number(of text: String) -> Int? {
      if let known = numbers[text] { return known }
      let sentences = ClozeSentence.split(text)
      guard sentences.count > 1, sentences.reduce(0, { $0 + $1.phrases.count }) > 1 else {
        return nil
      }
      passages.append(Passage(sentences: sentences))
      numbers[text] = passages.count - 1
      return passages.count - 1
    }
    var places: [(passage: Int, question: Int)] = []
    for open in questions {
      guard let passage = number(of: open.context) else { continue }
      passages[passage].asked.append((open.question, open.answers))
      places.append((passage, passages[passage].asked.count - 1))
    }
    guard !passages.isEmpty else { throw CorpusError.nothingToAsk }
    self.passages = passages
    self.places = places
    phrases = passages.flatMap { $0.sentences.flatMap(\.phraseTexts) }
    // Of few questions there would be no wrong answers.
    answers = questions.count < 100 ? phrases : questions.map { $0.answers[0] }
    guard Set(phrases + answers).count >= Self.choiceCount else {
      throw CorpusError.nothingToAsk
    }
  }

  /// Question number `index`, about so many sentences.
  ///
  /// - Throws: ``CorpusError/nothingToAsk`` where the texts give no four choices none of which
  ///   is part of another.
  package func question(
    _ index: Int, seed: UInt64, sentences: ClosedRange<Int> = 2...4
  ) throws -> MultipleChoiceQuestion {
    var generator = SplitMix64(seed: seed, stream: UInt64(index))
    for _ in 0..<Self.mostTries {
      // One in five is a given question.
      let made =
        generator.below(5) == 0
        ? closeUp(sentences, &generator) : cloze(sentences, &generator)
      guard var question = made else { continue }
      question.id = "practice-\(index)"
      return question
    }
    throw CorpusError.nothingToAsk
  }

  /// Some neighbouring sentences of a passage, one of which is `including`.
  private func excerpt(
    _ passage: Passage, _ sentences: ClosedRange<Int>, including: Int,
    _ generator: inout SplitMix64
  ) -> Range<Int> {
    let count = sentences.lowerBound + generator.below(sentences.count)
    let first = max(0, including - generator.below(count))
    return first..<min(passage.sentences.count, first + count)
  }

  private func cloze(
    _ count: ClosedRange<Int>, _ generator: inout SplitMix64
  ) -> MultipleChoiceQuestion? {
    let passage = passages[generator.below(passages.count)]
    let chosen = generator.below(passage.sentences.count)
    let range = excerpt(passage, count, including: chosen, &generator)
    let sentence = passage.sentences[chosen]
    guard !sentence.phrases.isEmpty else { return nil }
    let phrase = sentence.phrases[generator.below(sentence.phrases.count)]
    return finished(
      passage.sentences[range], question: sentence.clue(without: phrase, &generator),
      answer: sentence.text(phrase), far: phrases, &generator)
  }

  private func closeUp(
    _ count: ClosedRange<Int>, _ generator: inout SplitMix64
  ) -> MultipleChoiceQuestion? {
    let place = places[generator.below(places.count)]
    let passage = passages[place.passage]
    let asked = passage.asked[place.question]
    let answer = asked.answers[0]
    guard let holder = passage.sentences.firstIndex(where: { $0.whole.contains(answer) }) else {
      return nil
    }
    let range = excerpt(passage, count, including: holder, &generator)
    return finished(
      passage.sentences[range], question: asked.question, answer: answer, others: asked.answers,
      neighbours: passage.asked.map { $0.answers[0] }, far: answers, &generator)
  }

  /// Draws one wrong choice of the same sentences and two of other texts; nil where there are none.
  private func finished(
    _ sentences: ArraySlice<ClozeSentence>, question: String, answer: String,
    others: [String] = [], neighbours: [String] = [], far: [String],
    _ generator: inout SplitMix64
  ) -> MultipleChoiceQuestion? {
    let context = sentences.map(\.whole).joined(separator: " ")
    func isOther(_ text: String) -> Bool {
      !others.contains(text) && !answer.contains(text) && !text.contains(answer)
    }
    let near =
      (neighbours.filter { context.contains($0) } + sentences.flatMap(\.phraseTexts))
      .filter(isOther)
    guard !near.isEmpty, !question.isEmpty else { return nil }
    var choices = [answer, near[generator.below(near.count)]]
    for _ in 0..<50 where choices.count < Self.choiceCount {
      let text = far[generator.below(far.count)]
      if isOther(text), !choices.contains(text), !context.contains(text) { choices.append(text) }
    }
    guard choices.count == Self.choiceCount else { return nil }
    for last in (1..<choices.count).reversed() {
      choices.swapAt(last, generator.below(last + 1))
    }
    return MultipleChoiceQuestion(
      context: context, question: question, choices: choices,
      answer: choices.firstIndex(of: answer))
  }
}

/// A sentence as words, with the phrases that a question may ask for.
struct ClozeSentence: Sendable {
  /// The words with the punctuation around them.
  let words: [Substring]

  /// Ranges of words.
  let phrases: [Range<Int>]

  /// The sentence as it stands in the text.
  var whole: String { words.joined(separator: " ") }

  /// The texts of all phrases.
  var phraseTexts: [String] { phrases.map(text) }

  init(_ words: [Substring]) {
    self.words = words
    phrases = Self.phrases(of: words)
  }

  /// Sentences end with a word that ends in a full stop, a question or an exclamation mark and is
  /// no abbreviation of one or two letters with a capital.
  static func split(_ text: String) -> [ClozeSentence] {
    var sentences: [ClozeSentence] = []
    var words: [Substring] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      words.append(word)
      let bare = word.drop { !$0.isLetter && !$0.isNumber }
      let closes = word.reversed().drop { "\"')]”’".contains($0) }.first
      let isAbbreviation = closes == "." && bare.count < 4 && bare.first?.isUppercase == true
      guard let closes, ".!?".contains(closes), !isAbbreviation else { continue }
      if words.count > 3 { sentences.append(ClozeSentence(words)) }
      words = []
    }
    if words.count > 3 { sentences.append(ClozeSentence(words)) }
    return sentences
  }

  /// The words of a range without the punctuation at its ends.
  func text(_ phrase: Range<Int>) -> String {
    var text = words[phrase].joined(separator: " ")[...]
    while let last = text.last, !last.isLetter, !last.isNumber, !"%)".contains(last) {
      text.removeLast()
    }
    while let first = text.first, !first.isLetter, !first.isNumber, !"$£€(".contains(first) {
      text.removeFirst()
    }
    return String(text)
  }

  /// Names (runs of words with capitals), numbers with the word behind, and some longer words.
  private static func phrases(of words: [Substring]) -> [Range<Int>] {
    var phrases: [Range<Int>] = []
    var place = 1
    while place < words.count {
      let word = words[place].drop { !$0.isLetter && !$0.isNumber }
      guard let first = word.first else {
        place += 1
        continue
      }
      var end = place + 1
      if first.isUppercase {
        while end < words.count, end - place < 4, !endsInPunctuation(words[end - 1]),
          words[end].first?.isUppercase == true
        { end += 1 }
      } else if first.isNumber {
        if end < words.count, !endsInPunctuation(words[place]), words[end].count > 3 { end += 1 }
      } else if word.count < 6 || place % 3 != 0 {
        place += 1
        continue
      }
      phrases.append(place..<end)
      place = end
    }
    return phrases
  }

  private static func endsInPunctuation(_ word: Substring) -> Bool {
    word.last.map { !$0.isLetter && !$0.isNumber } ?? false
  }

  /// Some of the words around a phrase, the phrase itself replaced by a question word or a blank.
  func clue(without phrase: Range<Int>, _ generator: inout SplitMix64) -> String {
    let blank = ["____", "what", "what", "which"][generator.below(4)]
    let kept = [5, 7, 9, 10][generator.below(4)]
    let first = max(0, phrase.lowerBound - 3 - generator.below(12))
    let last = min(words.count, phrase.upperBound + 3 + generator.below(12))
    var clue: [String] = []
    for place in first..<last {
      if place == phrase.lowerBound { clue.append(blank) }
      if phrase.contains(place) || generator.below(10) >= kept { continue }
      clue.append(String(words[place].filter { $0.isLetter || $0.isNumber || "-'’".contains($0) }))
    }
    // Questions rarely keep the order of the text.
    if generator.below(10) < 3 {
      for end in clue.indices.dropFirst().reversed() {
        clue.swapAt(end, generator.below(end + 1))
      }
    }
    return clue.count > 2 ? clue.joined(separator: " ") : ""
  }
}
