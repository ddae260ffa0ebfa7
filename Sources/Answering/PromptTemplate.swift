import Foundation
import ParableCorpus
import ParableFormats
import ParablePlatform

/// A prompt with blanks: `{context}`, `{question}`, `{choices}` if they are to be listed, and
/// `{choice}` where the answer goes.
///
/// What follows `{choice}` closes the answer and is scored with it. A template without `{choice}`
/// is answered behind its end by the label of one of its `{choices}`.
package struct PromptTemplate: Codable, Equatable, Sendable {
  /// How choices are listed.
  package enum ChoiceStyle: String, Codable, CaseIterable, Sendable {
    /// `A. first`, `B. second`, a line each.
    case lettered

    /// `1. first`, `2. second`, a line each.
    case numbered

    /// `first; second`, without labels.
    case plain
  }

  /// What it is called: its own name, or that of its file.
  package let name: String

  /// The prompt with its blanks.
  package let text: String

  /// How `{choices}` is written.
  package let choiceStyle: ChoiceStyle

  /// Makes a template and checks its blanks.
  package init(name: String, text: String, choiceStyle: ChoiceStyle = .lettered) throws {
    self.init(known: name, text, choiceStyle)
    _ = try TemplateParts(self)
  }

  /// A text that is known to be good.
  private init(known name: String, _ text: String, _ choiceStyle: ChoiceStyle) {
    self.name = name
    self.text = text
    self.choiceStyle = choiceStyle
  }

  /// The template of a format: to the last token what fine-tuning trains its language model on.
  package init(_ format: QuestionFormat) {
    self.init(known: format.rawValue, format.text + TemplateParts.endOfText, .plain)
  }

  /// Finds a built-in template by its name, or reads one from a file, whose last line feeds do not
  /// count; a file's choices are lettered where no style is given.
  package init(_ nameOrPath: String, choiceStyle: ChoiceStyle? = nil) throws {
    if let template = Self.builtIn.first(where: { $0.name == nameOrPath }) {
      self.init(known: template.name, template.text, choiceStyle ?? template.choiceStyle)
      return
    }
    guard let data = (try? contents(ofFile: nameOrPath)).map({ Data($0) }) else {
      let names = Self.builtIn.map(\.name).joined(separator: ", ")
      throw AnsweringError.invalidTemplate(
        name: nameOrPath, reason: "it is neither a template nor a file that can be read",
        remedy: "name a file, or one of \(names)")
    }
    guard let text = String(validating: data.withoutByteOrderMark, as: UTF8.self) else {
      throw AnsweringError.invalidTemplate(
        name: nameOrPath, reason: "it is not UTF-8", remedy: "write it in UTF-8")
    }
    try self.init(
      name: nameOrPath, text: text.replacing(/[\r\n]+$/, with: ""),
      choiceStyle: choiceStyle ?? .lettered)
  }

  /// Whether the prompt lists the choices, and so their order shows in it.
  package var showsChoices: Bool { text.contains("{choices}") }

  /// Whether the listed choices have labels to answer by.
  package var hasLabels: Bool { showsChoices && choiceStyle != .plain }

  /// Whether a choice's text can answer it.
  package var takesTexts: Bool { text.contains("{choice}") }

  /// Examples before the question, where nothing else is asked for.
  package var defaultShots: Int { name == Self.fewShotName ? 2 : 0 }

  private static let fewShotName = "few-shot"

  /// The templates that have names.
  package static let builtIn: [PromptTemplate] =
    QuestionFormat.allCases.map { PromptTemplate($0) } + [
      PromptTemplate(
        known: "basic", "{context}\n\nQuestion: {question}\n\nAnswer: {choice}", .plain),
      PromptTemplate(
        known: "instruction",
        "Read the passage and answer the question.\n\nPassage: {context}\n\n"
          + "Question: {question}\n\nAnswer: {choice}", .plain),
      PromptTemplate(known: "simple", "{context} {question} {choice}", .plain),
      PromptTemplate(known: "lettered", listed, .lettered),
      PromptTemplate(known: "numbered", listed, .numbered),
      PromptTemplate(known: fewShotName, listed, .lettered),
    ]

  private static let listed = "{context}\n\nQuestion: {question}\n{choices}\nAnswer: {choice}"

  /// A question and one answer to it as text, without what closes the answer.
  func text(of question: MultipleChoiceQuestion, answer: String) throws -> String {
    let parts = try TemplateParts(self)
    let passage = parts.hasPassage ? question.context : ""
    return TemplateParts.text(parts.head, of: question, in: self) + passage
      + TemplateParts.text(parts.tail, of: question, in: self) + parts.lead + answer
  }

  /// The labels of so many choices; nil where the template has none, or not enough.
  func labels(_ count: Int) -> [String]? {
    guard hasLabels else { return nil }
    switch choiceStyle {
    case .numbered: return (1...max(1, count)).map { String($0) }
    case .lettered where count <= 26:
      return (0..<count).map { String(UnicodeScalar(UInt8(ascii: "A") + UInt8($0))) }
    default: return nil
    }
  }

  /// The choices as the prompt lists them; more than have labels stand without.
  func list(_ choices: [String]) -> String {
    guard let labels = labels(choices.count) else { return choices.joined(separator: "; ") }
    return zip(labels, choices).map { "\($0). \($1)" }.joined(separator: "\n")
  }
}

/// A template cut at its blanks.
struct TemplateParts {
  static let endOfText = "<|endoftext|>"
  private static let blanks = ["{context}", "{question}", "{choices}", "{choice}"]

  /// What stands before the passage, and what between it and the answer: text, and blanks as they
  /// are written.
  let head, tail: [String]

  let hasPassage: Bool

  /// The space that belongs to the answer's first token: " " or nothing.
  let lead: String

  let closing: String

  init(_ template: PromptTemplate) throws {
    func reject(_ reason: String, _ remedy: String) -> AnsweringError {
      .invalidTemplate(name: template.name, reason: reason, remedy: remedy)
    }
    var parts = Self.cut(template.text)
    if let blank = parts.first(where: { Self.isBlank($0) && !Self.blanks.contains($0) }) {
      throw reject("it has \(blank)", "take one of \(Self.blanks.joined(separator: ", "))")
    }
    guard parts.contains("{question}") else {
      throw reject("it has no {question}", "write it where the question goes")
    }
    if !template.takesTexts {
      guard template.showsChoices else {
        throw reject(
          "it has neither {choice} nor {choices}", "write {choice} where the answer goes")
      }
      guard template.hasLabels else {
        throw reject("its choices have no labels to answer by", "write {choice}")
      }
      parts += [" ", "{choice}"]
    }
    for blank in ["{context}", "{choice}"] where parts.count(where: { $0 == blank }) > 1 {
      throw reject("it has \(blank) more than once", "write it once")
    }
    let answer = parts.firstIndex(of: "{choice}") ?? parts.endIndex
    let behind = parts[(answer + 1)...]
    guard !behind.contains(where: Self.isBlank) else {
      throw reject("a blank stands behind {choice}", "put {choice} last")
    }
    // Without a passage all stands behind it.
    let passage = parts.firstIndex(of: "{context}")
    hasPassage = passage != nil
    head = Array(parts[..<(passage ?? 0)])
    var tail = Array(parts[(passage.map { $0 + 1 } ?? 0)..<answer])
    lead = tail.last?.hasSuffix(" ") == true ? " " : ""
    if lead == " ", let last = tail.popLast() { tail.append(String(last.dropLast())) }
    self.tail = tail
    closing = behind.joined()
  }

  private static func cut(_ text: String) -> [String] {
    var parts: [String] = []
    var rest = text[...]
    while let match = rest.firstMatch(of: /\{[A-Za-z_]+\}/) {
      parts += [rest[..<match.range.lowerBound], match.output].map { String($0) }
      rest = rest[match.range.upperBound...]
    }
    return (parts + [String(rest)]).filter { !$0.isEmpty }
  }

  private static func isBlank(_ part: String) -> Bool {
    part.wholeMatch(of: /\{[A-Za-z_]+\}/) != nil
  }

  /// Parts before the answer as text.
  static func text(
    _ parts: [String], of question: MultipleChoiceQuestion, in template: PromptTemplate
  ) -> String {
    parts.map { part in
      switch part {
      case "{question}": question.question
      case "{choices}": template.list(question.choices)
      default: part
      }
    }.joined()
  }
}
