/// A part of a plot: beats in their order, each told in one of several ways.
///
/// In the source blank lines separate beats and `*` starts each way of telling one; a way may be
/// empty. Lines that start with `?` ask about the way above them: the question, ` = `, the slot
/// that answers it. A beat `@name` stands for the scene of that name.
struct StoryScene: Sendable {
  struct Telling: Sendable {
    let text: StoryTemplate
    let questions: [Question]
  }

  struct Question: Sendable {
    let text: StoryTemplate
    let answer: StorySlot
    let form: Int
  }

  enum Beat: Sendable {
    case tellings([Telling])
    case scene(String)
  }

  /// Where one speaks after the other; each starts on a line of its own.
  private static let changeOfSpeaker = "\" \""

  let name: String
  let beats: [Beat]

  init(_ name: String, _ source: String, lexicon: Lexicon) {
    self.name = name
    var paragraphs: [[String]] = [[]]
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.allSatisfy({ $0 == " " }) {
        paragraphs.append([])
      } else {
        paragraphs[paragraphs.count - 1].append(String(line.drop { $0 == " " }))
      }
    }
    beats = paragraphs.filter { !$0.isEmpty }.map { lines in
      lines[0].hasPrefix("@")
        ? .scene(String(lines[0].dropFirst()))
        : .tellings(Self.tellings(lines, lexicon: lexicon))
    }
  }

  private static func tellings(_ lines: [String], lexicon: Lexicon) -> [Telling] {
    var tellings: [(text: [String], questions: [String])] = []
    for line in lines {
      if line.hasPrefix("*") || tellings.isEmpty {
        tellings.append(([], []))
      }
      let last = tellings.count - 1
      if line.hasPrefix("?") {
        tellings[last].questions.append(String(line.dropFirst(2)))
      } else if !tellings[last].questions.isEmpty {
        tellings[last].questions[tellings[last].questions.count - 1] += " " + line
      } else {
        tellings[last].text.append(line.hasPrefix("*") ? String(line.dropFirst(2)) : line)
      }
    }
    return tellings.map { telling in
      Telling(
        text: StoryTemplate(
          telling.text.filter { !$0.isEmpty }.joined(separator: " ")
            .replacing(Self.changeOfSpeaker, with: "\"\n\""), lexicon: lexicon),
        questions: telling.questions.map { question($0, lexicon: lexicon) })
    }
  }

  private static func question(_ line: String, lexicon: Lexicon) -> Question {
    let parts = line.split(separator: "=").map { $0.split(separator: " ").joined(separator: " ") }
    precondition(
      parts.count == 2 && parts[1].hasPrefix("{") && parts[1].hasSuffix("}"),
      "a question has one slot as its answer: \(line)")
    let (answer, form) = lexicon.slot(named: String(parts[1].dropFirst().dropLast()))
    return Question(
      text: StoryTemplate(parts[0], lexicon: lexicon), answer: answer, form: form)
  }
}
