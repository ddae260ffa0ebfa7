import Corpus
import Foundation

/// A text with places for a question: `{context}`, `{question}`, `{choices}` and `{choice}`.
///
/// The choice stands last, so that everything before it is the same for all choices. A template
/// without `{choice}` is answered by the label of one of its `{choices}`.
public struct PromptTemplate: Codable, Equatable, Sendable {
  /// How the choices of `{choices}` are written.
  public enum ChoiceStyle: String, Codable, CaseIterable, Sendable {
    /// `A. first`, `B. second`, a line each.
    case lettered

    /// `1. first`, `2. second`, a line each.
    case numbered

    /// `first; second`.
    case plain
  }

  /// What it is called.
  public let name: String

  /// The text.
  public let text: String

  /// How `{choices}` is written.
  public let choiceStyle: ChoiceStyle

  /// Checks and keeps a text.
  public init(name: String, text: String, choiceStyle: ChoiceStyle = .lettered) throws {
    self.name = name
    self.text = text
    self.choiceStyle = choiceStyle
    func require(_ holds: Bool, _ reason: String) throws {
      guard holds else { throw AnsweringError.invalidTemplate(name: name, reason: reason) }
    }
    func count(_ place: String) -> Int { text.components(separatedBy: place).count - 1 }
    try require(count("{question}") > 0, "it has no {question}")
    try require(count("{context}") <= 1, "it has {context} more than once")
    try require(count("{choice}") <= 1, "it has {choice} more than once")
    if count("{choice}") == 1 {
      try require(text.hasSuffix("{choice}"), "something follows {choice}, which has to stand last")
    } else {
      try require(count("{choices}") > 0, "it has neither {choice} nor {choices}")
      try require(choiceStyle != .plain, "its choices have no labels to answer by")
    }
    let known = ["context", "question", "choices", "choice"].map { "{\($0)}" }
    let rest = known.reduce(text) { $0.replacingOccurrences(of: $1, with: "") }
    if let unknown = rest.firstMatch(of: /\{[a-z]+\}/) {
      try require(false, "it has \(unknown.output), which means nothing")
    }
  }

  /// Reads a template of one's own; line feeds at its end do not count.
  public init(path: String, choiceStyle: ChoiceStyle = .lettered) throws {
    guard let data = FileManager.default.contents(atPath: path),
      let text = String(data: data, encoding: .utf8)
    else { throw AnsweringError.invalidTemplate(name: path, reason: "the file cannot be read") }
    let trimmed = text.replacing(/[\r\n]+$/, with: "")
    try self.init(name: path, text: trimmed, choiceStyle: choiceStyle)
  }

  /// Whether it is answered by a label instead of a choice's text.
  public var asksForLabel: Bool { !text.hasSuffix("{choice}") }

  /// Whether the order of the choices shows in it.
  public var showsChoices: Bool { text.contains("{choices}") }

  /// The names of the templates that are there without a file.
  public static var builtInNames: [String] {
    ["basic", "instruction", "simple", "lettered", "numbered"]
      + QuestionFormat.allCases.map(\.rawValue)
  }

  /// The built-in template of this name.
  public init?(builtIn name: String, choiceStyle: ChoiceStyle = .lettered) {
    let labelled = "{context}\n\nQuestion: {question}\n{choices}\nAnswer:"
    switch name {
    case "basic": self.init(QuestionFormat.contextFirst, name: name)
    case "instruction":
      self.init(
        name,
        "Read the passage and answer the question.\n\nPassage: {context}\n\n"
          + "Question: {question}\n\nAnswer: {choice}", choiceStyle)
    case "simple": self.init(name, "{context} {question} {choice}", choiceStyle)
    case "lettered": self.init(name, labelled, .lettered)
    case "numbered": self.init(name, labelled, .numbered)
    default:
      guard let format = QuestionFormat(rawValue: name) else { return nil }
      self.init(format, name: name)
    }
  }

  /// The template of a format that fine-tuning trains.
  init(_ format: QuestionFormat, name: String? = nil) {
    self.init(name ?? format.rawValue, format.text, .plain)
  }

  /// A text that is known to be good.
  private init(_ name: String, _ text: String, _ choiceStyle: ChoiceStyle) {
    self.name = name
    self.text = text
    self.choiceStyle = choiceStyle
  }

  /// The label of a choice in the list.
  func label(_ index: Int) -> String {
    choiceStyle == .numbered
      ? "\(index + 1)" : String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index % 26)))
  }

  /// The texts before and behind the passage, up to where the answer follows.
  func pieces(of question: MultipleChoiceQuestion) -> (head: String, tail: String) {
    let list = question.choices.enumerated().map { index, choice in
      choiceStyle == .plain ? choice : "\(label(index)). \(choice)"
    }
    let values = [
      "{question}": question.question,
      "{choices}": list.joined(separator: choiceStyle == .plain ? "; " : "\n"), "{choice}": "",
    ]
    let sides = text.components(separatedBy: "{context}").map { side in
      filled(side, values)
    }
    let (head, tail) = sides.count == 2 ? (sides[0], sides[1]) : ("", sides[0])
    // The space before the answer belongs to the answer's first token.
    return (head, tail.hasSuffix(" ") ? String(tail.dropLast()) : tail)
  }

  /// A template's text with its places filled once: what a question says is never read as a place.
  private func filled(_ text: String, _ values: [String: String]) -> String {
    var result = ""
    var rest = text[...]
    while let brace = rest.firstIndex(of: "{") {
      result += rest[..<brace]
      rest = rest[brace...]
      if let (place, value) = values.first(where: { rest.hasPrefix($0.key) }) {
        result += value
        rest = rest.dropFirst(place.count)
      } else {
        result.append(rest.removeFirst())
      }
    }
    return result + rest
  }
}
