import ParablePlatform

/// Writes one story: draws words for slots as they come up and remembers them.
struct StoryTeller {
  private let lexicon: Lexicon
  private var generator: SplitMix64
  /// The entry that each slot has drawn, by the slot's index; -1 where none was.
  private var drawn: [Int]
  private(set) var text = ""
  private(set) var questions: [StoryScene.Question] = []
  private var pendingArticle: Bool?
  private var startsSentence = true
  private var startsParagraph = false

  init(lexicon: Lexicon, generator: SplitMix64) {
    self.lexicon = lexicon
    self.generator = generator
    drawn = [Int](repeating: -1, count: lexicon.pools.count * StorySlot.numbers)
  }

  /// Tells a scene, beat after beat, sometimes with a new line between them.
  mutating func tell(_ scene: StoryScene, scenes: [String: StoryScene]) {
    for beat in scene.beats {
      switch beat {
      case .scene(let name):
        guard let scene = scenes[name] else { preconditionFailure("there is no scene \(name)") }
        tell(scene, scenes: scenes)
        startsParagraph = true
      case .tellings(let tellings):
        let telling = tellings[generator.below(tellings.count)]
        questions += telling.questions
        guard !telling.text.pieces.isEmpty else { continue }
        if !text.isEmpty {
          // A new speaker starts a new line.
          let breaks = generator.below(3) == 0
          text += breaks || startsParagraph || text.hasSuffix("\"") ? "\n" : " "
          startsParagraph = false
        }
        startsSentence = true
        write(telling.text.pieces)
      }
    }
  }

  /// Writes a question about the story with the words that were drawn for it.
  mutating func ask(_ question: StoryScene.Question, generator: inout SplitMix64) -> String? {
    guard isDrawn(question.answer), question.text.slots.allSatisfy(isDrawn) else { return nil }
    let told = text
    swap(&self.generator, &generator)
    text = ""
    startsSentence = true
    write(question.text.pieces)
    swap(&self.generator, &generator)
    defer { text = told }
    return text
  }

  /// The word that was drawn for a slot.
  func word(_ slot: StorySlot, form: Int) -> String {
    lexicon.pools[slot.pool].entries[drawn[slot.index]][form]
  }

  /// The slots of a pool that have words.
  func drawnSlots(ofPool pool: Int) -> [StorySlot] {
    (0..<StorySlot.numbers).map { StorySlot(pool: pool, number: $0) }.filter(isDrawn)
  }

  private func isDrawn(_ slot: StorySlot) -> Bool { drawn[slot.index] >= 0 }

  private mutating func write(_ pieces: [StoryTemplate.Piece]) {
    for piece in pieces {
      switch piece {
      case .text(let words):
        add(words, capital: false)
        startsSentence = endsSentence(words)
      case .slot(let slot, let form, let capital):
        if drawn[slot.index] < 0 { draw(slot) }
        add(word(slot, form: form), capital: capital)
        startsSentence = false
      case .choice(let parts): write(parts[generator.below(parts.count)])
      case .article(let capital): pendingArticle = capital
      }
    }
  }

  /// Draws a word that no other slot of the group has.
  private mutating func draw(_ slot: StorySlot) {
    let entries = lexicon.pools[slot.pool].entries
    var entry: Int
    repeat {
      entry = generator.below(entries.count)
    } while isTaken(entries[entry][0], by: slot.pool)
    drawn[slot.index] = entry
  }

  private func isTaken(_ word: String, by pool: Int) -> Bool {
    lexicon.groups[pool].contains { pool in
      let first = pool * StorySlot.numbers
      return drawn[first..<first + StorySlot.numbers].contains { entry in
        entry >= 0 && lexicon.pools[pool].entries[entry][0] == word
      }
    }
  }

  private mutating func add(_ words: String, capital: Bool) {
    guard let first = words.utf8.first else { return }
    // A part that is left out leaves no second space behind.
    if text.utf8.last == 0x20, " .,!?".utf8.contains(first) { text.removeLast() }
    var capital = capital || startsSentence
    if let articleCapital = pendingArticle {
      let vowel = "aeiou".utf8.contains(first) ? !hasSpokenConsonant(words) : hasSilentH(words)
      text += (capital || articleCapital ? "A" : "a") + (vowel ? "n " : " ")
      pendingArticle = nil
      capital = false
    }
    guard capital, let initial = words.first else {
      text += words
      return
    }
    text += initial.uppercased()
    text += words.dropFirst()
  }

  /// Whether a word is written with a vowel but spoken with a consonant first.
  private func hasSpokenConsonant(_ words: String) -> Bool {
    ["uni", "use", "one"].contains { words.hasPrefix($0) }
  }

  private func hasSilentH(_ words: String) -> Bool {
    ["honest", "hour"].contains { words.hasPrefix($0) }
  }

  /// Whether what was written last ends a sentence, so that the next word starts with a capital.
  ///
  /// After a cry in quotes the sentence may go on, and the templates write their capitals there.
  private func endsSentence(_ words: String) -> Bool {
    for end in [". ", "! ", "? ", ".\" ", "\n"] where words.hasSuffix(end) { return true }
    return false
  }
}
