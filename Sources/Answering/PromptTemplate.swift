import Corpus
import Foundation

/// What stands before each choice where a prompt lists them, and what may answer in its place.
public enum ChoiceLabels: String, Codable, CaseIterable, Sendable {
  /// `A. …`, one a line.
  case letters

  /// `1. …`, one a line.
  case numbers

  /// Nothing: the choices in one line, separated by semicolons.
  case none

  /// The most choices that have labels.
  static let most = 26

  /// The labels of so many choices; none for more than there are letters.
  func texts(_ count: Int) -> [String] {
    switch self {
    case .letters where count <= Self.most:
      (0..<count).map { String(UnicodeScalar(UInt8(ascii: "A") + UInt8($0))) }
    case .numbers where count <= Self.most: (1...count).map { String($0) }
    default: []
    }
  }

  /// The choices as a prompt lists them.
  func list(_ choices: [String]) -> String {
    let labels = texts(choices.count)
    if labels.isEmpty { return choices.joined(separator: "; ") }
    return zip(labels, choices).map { "\($0). \($1)" }.joined(separator: "\n")
  }
}

/// A prompt with blanks: `{context}` once, `{question}`, `{choices}` if they are to be listed, and
/// `{choice}` where the answer goes.
///
/// What follows `{choice}` closes the answer and is scored with it.
public struct PromptTemplate: Codable, Equatable, Sendable {
  /// What it is called: its own name, or that of its file.
  public let name: String

  /// The prompt with its blanks.
  public let text: String

  /// How choices are listed.
  public let labels: ChoiceLabels

  /// Makes a template and checks its blanks.
  public init(name: String, text: String, labels: ChoiceLabels = .letters) throws {
    self.name = name
    self.text = text
    self.labels = labels
    _ = try TemplateParts(self)
  }

  private init(builtIn name: String, _ text: String, labels: ChoiceLabels = .letters) {
    self.name = name
    self.text = text
    self.labels = labels
  }

  /// Finds a built-in template by its name, or reads one from a file.
  public init(_ nameOrPath: String, labels: ChoiceLabels? = nil) throws {
    if let template = Self.builtIn.first(where: { $0.name == nameOrPath }) {
      try self.init(name: template.name, text: template.text, labels: labels ?? template.labels)
      return
    }
    guard let data = FileManager.default.contents(atPath: nameOrPath) else {
      let names = Self.builtIn.map(\.name).joined(separator: ", ")
      throw AnsweringError.invalidTemplate(
        name: nameOrPath, reason: "it is neither a file nor one of \(names)")
    }
    guard var text = String(data: data, encoding: .utf8) else {
      throw AnsweringError.invalidTemplate(name: nameOrPath, reason: "write the file in UTF-8")
    }
    // Editors end a file with a line break, which is no part of an answer.
    if text.hasSuffix("\n") { text.removeLast() }
    try self.init(name: nameOrPath, text: text, labels: labels ?? .letters)
  }

  /// Whether the prompt lists the choices.
  public var showsChoices: Bool { text.contains("{choices}") }

  /// Examples before the question, where nothing else is asked for.
  public var defaultShots: Int { name == Self.fewShotName ? 2 : 0 }

  private static let fewShotName = "few-shot"

  /// The templates that have names; those of fine-tuning's formats are the same to the last token.
  public static let builtIn: [PromptTemplate] =
    QuestionFormat.allCases.map(of) + [
      PromptTemplate(
        builtIn: "basic", "{context}\n\nQuestion: {question}\n{choices}\nAnswer: {choice}"),
      PromptTemplate(
        builtIn: "instruction",
        "Read the passage, then choose the right answer to the question.\n\n"
          + "Passage: {context}\n\nQuestion: {question}\n\nChoices:\n{choices}\n\n"
          + "The right answer is {choice}"),
      PromptTemplate(builtIn: "simple", "{context}\n{question} {choice}"),
      PromptTemplate(
        builtIn: fewShotName,
        "Passage: {context}\nQuestion: {question}\nChoices:\n{choices}\nAnswer: {choice}"),
    ]

  /// The template that fine-tuning with `format` has trained its language model on.
  public static func of(_ format: QuestionFormat) -> PromptTemplate {
    let pieces = format.pieces(
      of: MultipleChoiceQuestion(
        context: "", question: "{question}", choices: ["{choices}"], answer: nil))
    return PromptTemplate(
      builtIn: format.rawValue,
      pieces.head + "{context}" + pieces.tail + " {choice}" + TemplateParts.endOfText,
      labels: .none)
  }
}

/// A template cut at its blanks.
struct TemplateParts {
  enum Part: Equatable {
    case text(String)
    case context
    case question
    case choices
    case choice
  }

  static let endOfText = "<|endoftext|>"

  /// What stands before the passage, and what between it and the answer.
  let head, tail: [Part]

  /// The space that belongs to the answer's first token: " " or nothing.
  let lead: String

  /// What closes the answer.
  let closing: String

  init(_ template: PromptTemplate) throws {
    func reject(_ reason: String) -> AnsweringError {
      .invalidTemplate(name: template.name, reason: reason)
    }
    let parts = try Self.parts(of: template)
    guard parts.count(where: { $0 == .context }) == 1, let passage = parts.firstIndex(of: .context)
    else { throw reject("write {context} once, where the passage goes") }
    guard parts.contains(.question) else {
      throw reject("write {question} where the question goes")
    }
    guard parts.count(where: { $0 == .choice }) == 1, let answer = parts.firstIndex(of: .choice)
    else { throw reject("write {choice} once, where the answer goes") }
    let behind = parts[(answer + 1)...]
    guard behind.allSatisfy({ if case .text = $0 { true } else { false } }) else {
      throw reject("put {choice} behind all other blanks")
    }
    head = Array(parts[..<passage])
    var tail = Array(parts[(passage + 1)..<answer])
    var lead = ""
    if case .text(let text) = tail.last, text.hasSuffix(" ") {
      tail[tail.count - 1] = .text(String(text.dropLast()))
      lead = " "
    }
    self.tail = tail
    self.lead = lead
    closing = behind.reduce("") { if case .text(let text) = $1 { $0 + text } else { $0 } }
  }

  private static func parts(of template: PromptTemplate) throws -> [Part] {
    let blanks: [String: Part] = [
      "context": .context, "question": .question, "choices": .choices, "choice": .choice,
    ]
    var parts: [Part] = []
    var rest = template.text[...]
    while let match = rest.firstMatch(of: /\{([A-Za-z_]+)\}/) {
      guard let blank = blanks[String(match.1)] else {
        throw AnsweringError.invalidTemplate(
          name: template.name,
          reason: "{\(match.1)} is none of {context}, {question}, {choices}, {choice}")
      }
      if match.range.lowerBound > rest.startIndex {
        parts.append(.text(String(rest[..<match.range.lowerBound])))
      }
      parts.append(blank)
      rest = rest[match.range.upperBound...]
    }
    return rest.isEmpty ? parts : parts + [.text(String(rest))]
  }

  /// Parts before the answer as text.
  static func text(
    _ parts: [Part], of question: MultipleChoiceQuestion, labels: ChoiceLabels
  ) -> String {
    parts.reduce(into: "") { text, part in
      switch part {
      case .text(let own): text += own
      case .question: text += question.question
      case .choices: text += labels.list(question.choices)
      case .context: text += question.context
      case .choice: break
      }
    }
  }
}
