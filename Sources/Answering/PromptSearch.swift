import Corpus
import Training

/// Finds by the dev questions how a model is best prompted.
public struct PromptSearch {
  /// One way that was tried.
  public struct Trial: Encodable, Equatable, Sendable {
    /// The templates' names.
    public let templates: String
    /// How likelihoods became scores.
    public let scoring: PromptScoring
    /// Whether the mean of each position was subtracted.
    public let isCalibrated: Bool
    /// The share of dev questions that it answered rightly.
    public let accuracy: Double
  }

  /// Every way that was tried.
  public private(set) var trials: [Trial] = []

  /// The best of them, the first of equal ones.
  public private(set) var best: PromptingConfiguration

  /// Tries all scorings of every configuration, each with the calibrations that are wanted.
  public init(
    _ configurations: [PromptingConfiguration], scorings: [PromptScoring], calibrations: [Bool],
    dev: [MultipleChoiceQuestion], scorer: PromptScorer,
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws {
    precondition(!configurations.isEmpty && !scorings.isEmpty)
    best = configurations[0]
    var bestAccuracy = -1.0
    let total = configurations.count
    for (index, configuration) in configurations.enumerated() {
      let all = try scorer.scores(dev, configuration, scorings: scorings) { done, count in
        progress(index * count + done, total * count)
      }
      for (scoring, scores) in zip(scorings, all) {
        let calibration = PromptScorer.calibration(of: scores)
        for isCalibrated in calibrations {
          let corrected =
            isCalibrated
            ? scores.map { $0.count == calibration.count ? zip($0, calibration).map(-) : $0 }
            : scores
          let accuracy = Predictions(scores: corrected, questions: dev, config: [:]).accuracy ?? 0
          trials.append(
            Trial(
              templates: configuration.templates.map(\.name).joined(separator: "+"),
              scoring: scoring, isCalibrated: isCalibrated, accuracy: accuracy))
          guard accuracy > bestAccuracy else { continue }
          bestAccuracy = accuracy
          best = configuration
          best.scoring = scoring
          best.calibration = isCalibrated ? calibration : []
        }
      }
    }
  }
}
