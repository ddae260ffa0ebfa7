import Answering
import Corpus
import Foundation

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

  init(
    _ predictions: Predictions, questions: [MultipleChoiceQuestion], file: String,
    comparedWith: String? = nil
  ) throws {
    self.predictions = file
    self.questions = questions.count
    statistics = AnswerStatistics(predictions.predictions, of: questions)
    comparison = try comparedWith.flatMap { path in
      let other = try Predictions(path: path, count: questions.count)
      return PairedTest(predictions.predictions, other.predictions, of: questions)
    }
    self.comparedWith = comparedWith
  }

  /// Says what is wrong with predictions to compare with before the work that they are compared to.
  static func check(_ path: String?, _ questions: [MultipleChoiceQuestion]) throws {
    if let path { _ = try Predictions(path: path, count: questions.count) }
  }

  func print(to output: Output, isJSON: Bool) throws {
    if isJSON { return try output.object(self) }
    // Hundredths of a percent mean nothing among a few questions.
    func percent(_ share: Double) -> String {
      String(format: (statistics?.answered ?? 0) < 1000 ? "%.1f" : "%.2f", 100 * share)
    }
    func row(_ name: String, _ text: String) throws {
      let width = max(28, name.count + 1)
      try output.line(name.padding(toLength: width, withPad: " ", startingAt: 0) + text)
    }
    try row("questions", questions.formatted())
    if let statistics {
      let judged =
        statistics.answered == questions
        ? "" : " of the \(statistics.answered.formatted()) that have an answer"
      try row(
        "accuracy",
        String(
          format: "%@ %%%@ (%d right; 95 %% interval %@ to %@)", percent(statistics.accuracy),
          judged, Int((statistics.accuracy * Double(statistics.answered)).rounded()),
          percent(statistics.interval[0]), percent(statistics.interval[1])))
      try output.line("without a model")
      for (name, share) in statistics.baselines.sorted(by: { $0.key < $1.key }) {
        try row("  " + name, "\(percent(share)) %")
      }
    } else {
      try row("accuracy", "not known: no question has an answer")
    }
    if let comparison, let comparedWith {
      try row(
        "against " + URL(fileURLWithPath: comparedWith).lastPathComponent,
        String(
          format: "%d right only here, %d only there; McNemar's exact p %.3g (small: they differ)",
          comparison.onlyFirst, comparison.onlySecond, comparison.probability))
    }
    try row("written", predictions)
  }
}
