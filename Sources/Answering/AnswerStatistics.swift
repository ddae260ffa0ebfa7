import Foundation
import ParableCorpus

/// What an accuracy is worth: its uncertainty, and what guessing would reach.
///
/// The rules that guess look at the texts of questions; they are for comparison alone, and nothing
/// that ranks choices can reach them.
package struct AnswerStatistics: Encodable, Equatable, Sendable {
  /// How many questions have answers to judge by.
  package let answered: Int

  /// How many of these were answered rightly.
  package let right: Int

  /// The share of right predictions among these.
  package let accuracy: Double

  /// Bounds that hold the true accuracy in 95 of 100 cases (Wilson 1927).
  package let interval: [Double]

  /// What rules that need no network reach, by name.
  package let baselines: [String: Double]

  /// Judges predictions for the questions whose answers are known; nil where none is.
  package init?(_ predictions: [Int], of questions: [MultipleChoiceQuestion]) {
    let known = zip(predictions, questions).filter { $0.1.answer != nil }
    let questions = known.map { $0.1 }
    let answers = questions.compactMap(\.answer)
    guard !answers.isEmpty else { return nil }
    answered = answers.count
    right = zip(known, answers).count { $0.0 == $1 }
    accuracy = Double(right) / Double(answers.count)
    interval = Self.wilsonInterval(successes: right, of: answers.count)
    baselines = Self.baselines(questions, answers)
  }

  /// The interval of Wilson (1927) for a share, at 95 %.
  package static func wilsonInterval(successes: Int, of count: Int) -> [Double] {
    let z = 1.959963984540054
    let (n, p) = (Double(count), Double(successes) / Double(count))
    let center = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return [max(0, center - half), min(1, center + half)]
  }

  private static func baselines(
    _ questions: [MultipleChoiceQuestion], _ answers: [Int]
  ) -> [String: Double] {
    let count = Double(questions.count)
    /// The chance of being right by picking one of the candidates.
    func share(_ candidates: (MultipleChoiceQuestion) -> [Int]) -> Double {
      zip(questions, answers).reduce(0) { sum, pair in
        var chosen = candidates(pair.0)
        if chosen.isEmpty { chosen = Array(pair.0.choices.indices) }
        return sum + (chosen.contains(pair.1) ? 1 / Double(chosen.count) : 0)
      } / count
    }
    let positions = Dictionary(grouping: answers, by: { $0 }).mapValues(\.count)
    return [
      "chance": share { Array($0.choices.indices) },
      "longest choice": share { question in
        let longest = question.choices.map(\.count).max() ?? 0
        return question.choices.indices.filter { question.choices[$0].count == longest }
      },
      "any choice in the passage": share { question in
        question.choices.indices.filter { question.context.contains(question.choices[$0]) }
      },
      "most frequent position": Double(positions.values.max() ?? 0) / count,
    ]
  }
}

/// Whether one method is better than another on the same questions: the exact test of McNemar
/// (1947), two-sided.
package struct PairedTest: Encodable, Equatable, Sendable {
  /// Questions that only the first method got right.
  package let onlyFirst: Int

  /// Questions that only the second method got right.
  package let onlySecond: Int

  /// The chance of a difference as large as this where the methods are equally good.
  package let probability: Double

  private enum CodingKeys: String, CodingKey {
    case onlyFirst = "only_first"
    case onlySecond = "only_second"
    case probability = "p"
  }

  /// Compares predictions for the questions whose answers are known; nil where none is.
  package init?(_ first: [Int], _ second: [Int], of questions: [MultipleChoiceQuestion]) {
    let outcomes = zip(zip(first, second), questions).compactMap { pair, question in
      question.answer.map { (pair.0 == $0, pair.1 == $0) }
    }
    guard !outcomes.isEmpty else { return nil }
    onlyFirst = outcomes.count { $0.0 && !$0.1 }
    onlySecond = outcomes.count { !$0.0 && $0.1 }
    probability = Self.probability(min(onlyFirst, onlySecond), of: onlyFirst + onlySecond)
  }

  /// Twice the chance of at most `fewer` heads in `count` throws of a coin, at most 1.
  static func probability(_ fewer: Int, of count: Int) -> Double {
    guard count > 0 else { return 1 }
    let tail = (0...fewer).reduce(0.0) { sum, heads in
      let logarithm =
        lgamma(Double(count + 1)) - lgamma(Double(heads + 1)) - lgamma(Double(count - heads + 1))
      return sum + exp(logarithm - Double(count) * log(2))
    }
    return min(1, 2 * tail)
  }
}
