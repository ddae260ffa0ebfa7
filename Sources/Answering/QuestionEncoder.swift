import ParableCorpus
import ParableModel
import ParableTokenization

/// What may stand in the answer's place of a prompt.
enum PromptAnswer: Hashable, Sendable {
  /// The label of a choice, one token each.
  case labels

  /// The text of a choice, with what closes it.
  case texts
}

/// Turns questions into packed sequences of ids: all before the answer once, then every answer
/// there is.
package struct QuestionEncoder {
  private struct Example {
    let question: MultipleChoiceQuestion
    let ids: [Int32]
  }

  private let encoder: Encoder
  private let template: PromptTemplate
  private let parts: TemplateParts
  private let answer: PromptAnswer
  private let closing: [Int32]
  /// How many tokens the network reads.
  let context: Int
  private let shots: Int
  private var examples: [Example] = []

  /// Encodes for a network that reads `context` tokens, with `shots` of the examples.
  init(
    _ vocabulary: Vocabulary, template: PromptTemplate, answer: PromptAnswer, context: Int,
    examples: [MultipleChoiceQuestion] = [], shots: Int = 0
  ) throws {
    encoder = Encoder(vocabulary)
    self.template = template
    self.answer = answer
    self.context = context
    self.shots = shots
    parts = try TemplateParts(template)
    var closingText = parts.closing
    if vocabulary.endOfText == nil {
      closingText = closingText.replacing(TemplateParts.endOfText, with: "")
    }
    closing = encoder.encode(closingText)
    guard answer == .texts || template.hasLabels, answer == .labels || template.takesTexts else {
      throw AnsweringError.invalidTemplate(
        name: template.name,
        reason: answer == .labels ? "it lists no labelled {choices}" : "it has no {choice}",
        remedy: answer == .labels ? "score by the choices' texts" : "score by the label")
    }
    guard shots > 0 else { return }
    let separator = encoder.encode(closingText.hasSuffix(TemplateParts.endOfText) ? "" : "\n\n")
    self.examples = try examples.compactMap { question in
      guard let right = question.answer else { return nil }
      let whole =
        encoder.encode(text(parts.head, question))
        + (parts.hasPassage ? encoder.encode(question.context) : [])
        + encoder.encode(text(parts.tail, question))
      return Example(
        question: question,
        ids: whole + (try continuations(of: question))[right]
          + (answer == .labels ? closing : []) + separator)
    }
  }

  /// Encodes as fine-tuning reads.
  package init(_ vocabulary: Vocabulary, format: QuestionFormat, context: Int) throws {
    try self.init(
      vocabulary, template: PromptTemplate(format), answer: .texts, context: context)
  }

  /// What may follow a prompt: an answer a choice.
  ///
  /// - Throws: ``AnsweringError/invalidTemplate(name:reason:remedy:)`` where a label is not one token.
  func continuations(of question: MultipleChoiceQuestion) throws -> [[Int32]] {
    switch answer {
    case .texts:
      return question.choices.map { encoder.encode(parts.lead + $0) + closing }
    case .labels:
      guard let labels = template.labels(question.choices.count) else {
        throw AnsweringError.invalidTemplate(
          name: template.name,
          reason: "it has no labels for \(question.choices.count) choices",
          remedy: "number them by --choice-style")
      }
      return try labels.map { label in
        let ids = encoder.encode(parts.lead + label)
        guard ids.count == 1 else {
          throw AnsweringError.invalidTemplate(
            name: template.name,
            reason: "\"\(parts.lead)\(label)\" is \(ids.count) tokens of this tokenizer instead "
              + "of one", remedy: "score by the choices' texts")
        }
        return ids
      }
    }
  }

  /// The packed sequence of a question; with `hidesPassage`, as if it had no passage.
  ///
  /// - Throws: ``AnsweringError/questionTooLong(name:tokens:context:)`` where question and choice
  ///   alone do not fit, as ``check(_:name:)`` does.
  package func sequence(
    _ question: MultipleChoiceQuestion, hidesPassage: Bool = false
  ) throws -> ChoiceSequence {
    try prompt(question, hidesPassage: hidesPassage).sequence
  }

  /// The packed sequence of a question, and how many examples stand before it.
  ///
  /// Examples that do not fit with the whole passage are left out, those about the same passage
  /// always; what is then still too long is cut from the end of the passage.
  func prompt(
    _ question: MultipleChoiceQuestion, hidesPassage: Bool = false
  ) throws -> (sequence: ChoiceSequence, shots: Int) {
    let continuations = try continuations(of: question)
    let head = encoder.encode(text(parts.head, question))
    let tail = encoder.encode(text(parts.tail, question))
    let passage =
      hidesPassage || !parts.hasPassage ? [] : encoder.encode(question.context)
    var room = context - head.count - tail.count - (continuations.map(\.count).max() ?? 0)
    guard room >= 0 else {
      throw AnsweringError.questionTooLong(
        name: "question \(question.id ?? question.question)", tokens: context - room,
        context: context)
    }
    var beginning: [Int32] = []
    var taken = 0
    // An example about the passage that is asked about could give the answer away.
    let others = examples.filter { $0.question.context != question.context }
    for example in others.prefix(shots) where example.ids.count + passage.count <= room {
      beginning += example.ids
      room -= example.ids.count
      taken += 1
    }
    beginning += head + passage.prefix(room) + tail
    return (ChoiceSequence(beginning: beginning, continuations: continuations), taken)
  }

  /// Throws where question and choices alone do not fit; the error calls the question by `name`, or
  /// by its id or text.
  func check(_ question: MultipleChoiceQuestion, name: String? = nil) throws {
    if answer == .labels { _ = try continuations(of: question) }
    guard !surelyFits(question) else { return }
    let tokens = try tokenCount(besidePassage: question)
    guard tokens <= context else {
      throw AnsweringError.questionTooLong(
        name: name ?? "question \(question.id ?? question.question)", tokens: tokens,
        context: context)
    }
  }

  /// Whether question and choices alone fit by their bytes: no token is shorter than a byte.
  func surelyFits(_ question: MultipleChoiceQuestion) -> Bool {
    byteCount(besidePassage: question) <= context
  }

  /// How many tokens a question has with its whole passage and its longest choice, where that is
  /// more than the context, so that the passage is cut; else nil.
  func tokensIfCut(_ question: MultipleChoiceQuestion) throws -> Int? {
    guard parts.hasPassage,
      byteCount(besidePassage: question) + question.context.utf8.count > context
    else { return nil }
    let tokens =
      try tokenCount(besidePassage: question) + encoder.encode(question.context).count
    return tokens > context ? tokens : nil
  }

  func tokenCount(_ text: String) -> Int { encoder.encode(text).count }

  private func byteCount(besidePassage question: MultipleChoiceQuestion) -> Int {
    text(parts.head, question).utf8.count + text(parts.tail, question).utf8.count
      + parts.lead.utf8.count + (question.choices.map(\.utf8.count).max() ?? 0) + closing.count
  }

  private func tokenCount(besidePassage question: MultipleChoiceQuestion) throws -> Int {
    encoder.encode(text(parts.head, question)).count
      + encoder.encode(text(parts.tail, question)).count
      + (try continuations(of: question).map(\.count).max() ?? 0)
  }

  private func text(_ parts: [String], _ question: MultipleChoiceQuestion) -> String {
    TemplateParts.text(parts, of: question, in: template)
  }
}
