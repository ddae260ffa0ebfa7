import ParableCollective
import ParableCorpus

// How the questions of a file, which messages call `source`, fit into a context.
extension QuestionEncoder {
  /// Throws for the first question that does not fit even without its passage.
  func check(_ questions: [MultipleChoiceQuestion], of source: String) throws {
    for (index, question) in questions.enumerated() {
      try check(question, name: recordName(source, index, question.id))
    }
  }

  /// How many passages are cut, and of how many tokens the longest question is; nil where none is.
  ///
  /// Each rank counts its part of them.
  func cuts(
    in questions: some RandomAccessCollection<MultipleChoiceQuestion>, of source: String,
    _ communicator: any Communicator
  ) throws -> String? {
    let own = communicator.part(of: questions.count)
    let tokens = try questions.dropFirst(own.lowerBound).prefix(own.count)
      .compactMap(tokensIfCut)
    let all = try communicator.allGather(values: tokens).joined()
    guard let longest = all.max() else { return nil }
    return "\(source): \(all.count) of \(questions.count) passages are cut to the context of "
      + "\(context) tokens; the longest question has \(longest)"
  }
}

/// A record of a file, counted from 0, as messages name it.
func recordName(_ file: String, _ index: Int, _ id: String?) -> String {
  "\(file) record \(index + 1)" + (id.map { " (id \($0))" } ?? "")
}
