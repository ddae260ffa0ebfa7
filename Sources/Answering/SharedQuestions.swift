import ParableCollective
import ParableCorpus
import ParableModel

// Work on all questions of a list that the ranks share out.
extension Communicator {
  /// The questions that this rank computes, out of so many: a contiguous range.
  func part(of count: Int) -> Range<Int> {
    WorkPartition(itemCount: count, partCount: size).range(of: rank)
  }

  /// What all ranks have computed, each its part, in rows of so many values.
  func gather<Value: BitwiseCopyable>(_ own: [Value], inRowsOf counts: [Int]) throws -> [[Value]] {
    var all = Array(try allGather(values: own).joined())[...]
    return counts.map { count in
      defer { all = all.dropFirst(count) }
      return Array(all.prefix(count))
    }
  }

  /// The scores of the choices of all questions, the same on every rank, from the `logits` of the
  /// sequences that are this rank's part.
  func scores(
    of questions: [MultipleChoiceQuestion], own: [ChoiceSequence],
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }, logits: (ChoiceSequence) -> [Float]
  ) throws -> [[Double]] {
    let values = own.enumerated().flatMap { index, sequence in
      defer { progress(index + 1, own.count) }
      return logits(sequence).map { Double($0) }
    }
    return try gather(values, inRowsOf: questions.map(\.choices.count))
  }
}
