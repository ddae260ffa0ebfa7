import Corpus
import Model
import Tokenization

/// Turns questions into packed sequences of ids: all before the choice once, then every choice.
public struct QuestionEncoder {
  private let encoder: Encoder
  private let format: QuestionFormat
  private let context: Int
  private let end: [Int32]

  /// Encodes for a network that reads `context` tokens.
  public init(_ vocabulary: Vocabulary, format: QuestionFormat, context: Int) {
    encoder = Encoder(vocabulary)
    self.format = format
    self.context = context
    end = vocabulary.endOfText.map { [Int32($0)] } ?? []
  }

  /// The packed sequence of a question.
  ///
  /// A choice follows a space and is closed by `<|endoftext|>`, where the tokenizer has that. What
  /// is too long for the context is cut from the end of the passage, never from question or choice.
  ///
  /// - Throws: ``AnsweringError/questionTooLong(name:tokens:context:)`` where question and choice
  ///   alone do not fit.
  public func sequence(_ question: MultipleChoiceQuestion) throws -> BranchedSequence {
    let branches = question.choices.map { encoder.encode(" " + $0) + end }
    return BranchedSequence(
      beginning: try beginning(question, followedBy: branches.map(\.count).max() ?? 0),
      branches: branches)
  }

  /// The ids before the choice, cut so that `following` more fit.
  private func beginning(
    _ question: MultipleChoiceQuestion, followedBy following: Int
  ) throws -> [Int32] {
    let pieces = format.pieces(of: question)
    let head = encoder.encode(pieces.head)
    let tail = encoder.encode(pieces.tail)
    let room = context - head.count - tail.count - following
    guard room >= 0 else {
      throw AnsweringError.questionTooLong(
        name: question.id ?? question.question, tokens: context - room, context: context)
    }
    return head + encoder.encode(question.context).prefix(room) + tail
  }
}
