import ParableCorpus
import ParablePlatform
import ParableTokenization

/// Questions with their right answers as text to pre-train on, in a random order.
package struct QuestionDocuments {
  private let questions: [MultipleChoiceQuestion]
  private let template: PromptTemplate

  /// How many documents there are.
  package var count: Int { questions.count }

  /// Takes the questions whose answers are known.
  package init(_ questions: [MultipleChoiceQuestion], format: QuestionFormat, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var known = questions.filter { $0.answer != nil }
    for last in known.indices.dropFirst().reversed() {
      known.swapAt(last, generator.below(last + 1))
    }
    self.questions = known
    template = PromptTemplate(format)
  }

  /// Writes the documents, each followed by `<|endoftext|>`.
  package func write(to path: String) throws {
    try DurableFile.write(to: path) { output in
      for question in questions {
        let answer = question.choices[question.answer ?? 0]
        let text = try template.text(of: question, answer: answer) + Vocabulary.endOfTextToken
        try Array((text + "\n").utf8).withUnsafeBytes { try output.write($0) }
      }
    }
  }
}
