import Corpus
import Model
import Tokenization

/// Turns questions into packed sequences of ids: all before the choice once, then every choice.
public struct QuestionEncoder {
  private let encoder: Encoder
  private let template: PromptTemplate
  private let context: Int
  private let end: [Int32]
  private let examples: [Int32]

  /// Encodes for a network that reads `context` tokens; answered `examples` stand before every
  /// question, as many of them as leave `exampleShare` of the context to the question.
  public init(
    _ vocabulary: Vocabulary, template: PromptTemplate, context: Int,
    examples: [MultipleChoiceQuestion] = []
  ) {
    encoder = Encoder(vocabulary)
    self.template = template
    self.context = context
    end = vocabulary.endOfText.map { [Int32($0)] } ?? []
    var ids: [Int32] = []
    for example in examples {
      let pieces = template.pieces(of: example)
      let answer = example.answer ?? 0
      let text = template.asksForLabel ? template.label(answer) : example.choices[answer]
      let more = encoder.encode(pieces.head + example.context + pieces.tail + " " + text + "\n\n\n")
      guard Double(ids.count + more.count) <= Self.exampleShare * Double(context) else { continue }
      ids += more
    }
    self.examples = ids
  }

  /// Encodes as fine-tuning reads.
  public init(_ vocabulary: Vocabulary, format: QuestionFormat, context: Int) {
    self.init(vocabulary, template: PromptTemplate(format), context: context)
  }

  private static let exampleShare = 0.5

  /// How many tokens the examples take.
  public var exampleTokens: Int { examples.count }

  /// The packed sequence of a question; with `hidesPassage`, as if it had no passage.
  ///
  /// A choice follows a space and is closed by `<|endoftext|>`, where the tokenizer has that. What
  /// is too long for the context is cut from the end of the passage, never from question or choice.
  ///
  /// - Throws: ``AnsweringError/questionTooLong(name:tokens:context:)`` where question and choice
  ///   alone do not fit.
  public func sequence(
    _ question: MultipleChoiceQuestion, hidesPassage: Bool = false
  ) throws -> BranchedSequence {
    let branches =
      template.asksForLabel
      ? [try labels(of: question).prefix(1).map { $0 }]
      : question.choices.map { encoder.encode(" " + $0) + end }
    return BranchedSequence(
      beginning: try beginning(
        question, followedBy: branches.map(\.count).max() ?? 0, hidesPassage: hidesPassage),
      branches: branches)
  }

  /// The tokens that answer a template which asks for a label, one a choice.
  ///
  /// - Throws: ``AnsweringError/invalidTemplate(name:reason:)`` where a label with its space is not
  ///   one token.
  public func labels(of question: MultipleChoiceQuestion) throws -> [Int32] {
    try question.choices.indices.map { index in
      let text = " " + template.label(index)
      let ids = encoder.encode(text)
      guard ids.count == 1 else {
        throw AnsweringError.invalidTemplate(
          name: template.name,
          reason: "\"\(text)\" is \(ids.count) tokens of this tokenizer instead of one, "
            + "use a template with {choice}")
      }
      return ids[0]
    }
  }

  /// The ids before the choice, cut so that `following` more fit.
  private func beginning(
    _ question: MultipleChoiceQuestion, followedBy following: Int, hidesPassage: Bool
  ) throws -> [Int32] {
    let pieces = template.pieces(of: question)
    let head = examples + encoder.encode(pieces.head)
    let tail = encoder.encode(pieces.tail)
    let room = context - head.count - tail.count - following
    guard room >= 0 else {
      throw AnsweringError.questionTooLong(
        name: question.id ?? question.question, tokens: context - room, context: context)
    }
    let passage = hidesPassage ? [] : encoder.encode(question.context).prefix(room)
    return head + passage + tail
  }
}
