import ParablePlatform

/// Makes multiple-choice questions about a told story.
///
/// The wrong choices are of the kind of the right one. Some of them stand in the story too, so that
/// what is right shows only to who reads how things belong together.
struct StoryQuestions {
  private static let choiceCount = 4

  private let teller: StoryTeller
  private let lexicon: Lexicon

  /// The story's sentences where passages are excerpts, and the most that one has.
  private let sentences: [String]
  private let most: Int?

  init(about teller: StoryTeller, lexicon: Lexicon, sentences: Int? = nil) {
    self.teller = teller
    self.lexicon = lexicon
    most = sentences
    self.sentences = sentences == nil ? [] : ClozeSentence.split(teller.text).map(\.whole)
  }

  /// Makes up to `limit` of the story's questions, in random order.
  func make(limit: Int, id: String, generator: inout SplitMix64) -> [MultipleChoiceQuestion] {
    var made: [MultipleChoiceQuestion] = []
    for question in shuffled(teller.questions, &generator) {
      guard made.count < limit else { break }
      var teller = teller
      guard let text = teller.ask(question, generator: &generator) else { continue }
      let right = teller.word(question.answer, form: question.form)
      guard let passage = passage(holding: right, generator: &generator),
        let choices = choices(for: question, text: text, passage: passage, generator: &generator)
      else { continue }
      made.append(
        MultipleChoiceQuestion(
          context: passage, question: text, choices: choices.texts, answer: choices.answer,
          id: "\(id)-\(made.count)"))
    }
    return made
  }

  /// The story, or neighbouring sentences of it with the only one that holds the answer.
  private func passage(holding right: String, generator: inout SplitMix64) -> String? {
    guard let most else { return teller.text }
    let holders = sentences.indices.filter { stands(right, in: Array(sentences[$0].utf8)) }
    // Of several sentences with the answer only one may say why it is right.
    guard let holder = holders.first, holders.count == 1 else { return nil }
    let first = max(0, holder - generator.below(most))
    return sentences[first..<min(sentences.count, first + most)].joined(separator: " ")
  }

  private func choices(
    for question: StoryScene.Question, text: String, passage: String, generator: inout SplitMix64
  ) -> (texts: [String], answer: Int)? {
    let pool = lexicon.pools[question.answer.pool]
    let right = teller.word(question.answer, form: question.form)
    let story = Array(passage.utf8)
    guard passage.contains(right), stands(right, in: story) else { return nil }
    let asked = Array(text.utf8)
    var choices = [right]

    // What the story holds of the same kind, without what the question itself names.
    let rivals = lexicon.groups[question.answer.pool].flatMap { other -> [String] in
      guard let form = lexicon.pools[other].forms.firstIndex(of: pool.forms[question.form]) else {
        return []
      }
      return teller.drawnSlots(ofPool: other).map { teller.word($0, form: form) }
    }
    // Mostly two or three wrong choices from the story, the others from outside of it.
    let wanted = [1, 2, 2, 2, 3, 3, 3, 3][generator.below(8)]
    for rival in shuffled(rivals, &generator) where choices.count <= wanted {
      if stands(rival, in: story) && !stands(rival, in: asked) && isDistinct(rival, choices) {
        choices.append(rival)
      }
    }
    guard choices.count > 1 else { return nil }

    for _ in 0..<200 where choices.count < Self.choiceCount {
      let word = pool.entries[generator.below(pool.entries.count)][question.form]
      if !stands(word, in: story) && !stands(word, in: asked) && isDistinct(word, choices) {
        choices.append(word)
      }
    }
    guard choices.count == Self.choiceCount else { return nil }
    let texts = shuffled(choices, &generator)
    return texts.firstIndex(of: right).map { (texts, $0) }
  }

  /// Whether none of two choices is a part of the other.
  private func isDistinct(_ word: String, _ choices: [String]) -> Bool {
    choices.allSatisfy { !stands(word, in: Array($0.utf8)) && !stands($0, in: Array(word.utf8)) }
  }

  /// Whether a phrase stands in a text as whole words, in capitals or not.
  private func stands(_ phrase: String, in text: [UInt8]) -> Bool {
    let phrase = phrase.utf8.map(lowercased)
    guard let first = phrase.first, phrase.count <= text.count else { return false }
    for start in 0...(text.count - phrase.count) where lowercased(text[start]) == first {
      let end = start + phrase.count
      if (start == 0 || !isLetter(text[start - 1])) && (end == text.count || !isLetter(text[end]))
        && phrase.indices.allSatisfy({ lowercased(text[start + $0]) == phrase[$0] })
      {
        return true
      }
    }
    return false
  }

  private func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20)
  }

  private func shuffled<Element>(_ items: [Element], _ generator: inout SplitMix64) -> [Element] {
    var items = items
    for last in stride(from: items.count - 1, to: 0, by: -1) {
      items.swapAt(last, generator.below(last + 1))
    }
    return items
  }
}
