/// A text with slots and choices, from which many sentences can be written.
///
/// `{animal}` is a slot, `{animal.plural}` another form of the same word, `{Animal}` (or
/// `{friend.He}`) the word with a capital, `{animal2}` another animal; `[big|small|]` one of its parts; `a/an` before a slot
/// or a choice the article that fits the next word.
struct StoryTemplate: Sendable {
  enum Piece: Sendable {
    case text(String)
    case slot(StorySlot, form: Int, capital: Bool)
    case choice([[Piece]])
    case article(capital: Bool)
  }

  let pieces: [Piece]
  /// Every slot that may be written.
  let slots: Set<StorySlot>

  init(_ text: String, lexicon: Lexicon) {
    var reader = TemplateReader(text: Array(text), lexicon: lexicon)
    pieces = reader.sequence(nested: false)
    slots = reader.slots
  }
}

private struct TemplateReader {
  let text: [Character]
  let lexicon: Lexicon
  var slots: Set<StorySlot> = []
  private var position = 0

  init(text: [Character], lexicon: Lexicon) {
    self.text = text
    self.lexicon = lexicon
  }

  mutating func sequence(nested: Bool) -> [StoryTemplate.Piece] {
    var pieces: [StoryTemplate.Piece] = []
    var plain = ""
    func flush() {
      if !plain.isEmpty { pieces.append(.text(plain)) }
      plain = ""
    }
    while position < text.count {
      let character = text[position]
      if nested && (character == "|" || character == "]") { break }
      precondition(character != "]" && character != "}", "unbalanced: \(String(text))")
      if character == "{" {
        flush()
        pieces.append(slot())
      } else if character == "[" {
        flush()
        pieces.append(choice())
      } else if let capital = article() {
        flush()
        pieces.append(.article(capital: capital))
        position += 5
      } else {
        plain.append(character)
        position += 1
      }
    }
    flush()
    return pieces
  }

  private mutating func slot() -> StoryTemplate.Piece {
    guard let end = text[position...].firstIndex(of: "}") else {
      preconditionFailure("unbalanced: \(String(text))")
    }
    let name = String(text[(position + 1)..<end])
    position = end + 1
    let capital = name.contains(where: \.isUppercase)
    let (slot, form) = lexicon.slot(named: name.lowercased())
    slots.insert(slot)
    return .slot(slot, form: form, capital: capital)
  }

  private mutating func choice() -> StoryTemplate.Piece {
    var parts: [[StoryTemplate.Piece]] = []
    repeat {
      position += 1
      parts.append(sequence(nested: true))
      precondition(position < text.count, "unbalanced: \(String(text))")
    } while text[position] == "|"
    position += 1
    return .choice(parts)
  }

  private func article() -> Bool? {
    guard position + 5 <= text.count else { return nil }
    switch String(text[position..<position + 5]) {
    case "a/an ": return false
    case "A/an ": return true
    default: return nil
    }
  }
}
