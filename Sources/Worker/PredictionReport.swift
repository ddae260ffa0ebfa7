import Foundation
import ParableAnswering
import ParableCollective
import ParableCorpus

/// What a command that predicts answers prints: accuracy, its interval, baselines and, against
/// other predictions, a paired test.
struct PredictionReport: Encodable {
  private let predictions: String
  private let questions: Int
  private let statistics: AnswerStatistics?
  private let comparison: PairedTest?
  private let comparedWith: String?

  private enum CodingKeys: String, CodingKey {
    case predictions, questions, statistics, comparison
    case comparedWith = "compared_with"
  }

  /// Takes the best choice of each question, has the first rank write them to `file`, and compares
  /// them with others.
  init(
    _ scores: [[Double]], of questions: [MultipleChoiceQuestion], config: [String: String],
    to file: String, on communicator: any Communicator, comparing other: Predictions? = nil,
    at comparedWith: String? = nil
  ) throws {
    let made = try Predictions(scores: scores, questions: questions, config: config)
    try communicator.onFirstRank { try made.write(to: file) }
    predictions = file
    self.questions = questions.count
    statistics = AnswerStatistics(made.predictions, of: questions)
    comparison = other.flatMap { PairedTest(made.predictions, $0.predictions, of: questions) }
    self.comparedWith = comparedWith
  }

  /// A share in percent, with no more digits than so many questions tell apart.
  static func percent(_ share: Double, of count: Int) -> String {
    String(format: "%.\(count <= 100 ? 0 : count <= 1000 ? 1 : 2)f", 100 * share)
  }

  var rows: [(name: String, value: String)] {
    var rows = [("questions", questions.formatted())]
    if let statistics {
      let judged = statistics.answered == questions ? "" : " that have an answer"
      func percent(_ share: Double) -> String { Self.percent(share, of: statistics.answered) }
      rows.append(
        (
          "accuracy",
          "\(percent(statistics.accuracy)) %, \(statistics.right.formatted()) of "
            + "\(statistics.answered.formatted())\(judged) (95 % interval "
            + "\(percent(statistics.interval[0])) to \(percent(statistics.interval[1])))"
        ))
      rows.append(("what guessing would reach, without a network:", ""))
      for (name, share) in statistics.baselines.sorted(by: { $0.key < $1.key }) {
        rows.append(("  " + name, "\(percent(share)) %"))
      }
    } else {
      rows.append(("accuracy", "not known: no question has an answer"))
    }
    if let comparison, let comparedWith {
      rows.append(
        (
          "against " + URL(fileURLWithPath: comparedWith).lastPathComponent,
          String(
            format:
              "%d are right here and wrong there, %d the other way round: McNemar's exact p %.3g",
            comparison.onlyFirst, comparison.onlySecond, comparison.probability)
        ))
    }
    return rows + [("written", predictions)]
  }
}
