import Collective
import Corpus
import Foundation
import Model
import TensorFiles
import Training

/// How the likelihood of a choice becomes its score.
public enum PromptScoring: String, Codable, CaseIterable, Sendable {
  /// Log-probability of the choice's label, for templates that ask for one.
  case label

  /// Log-probability of the choice's whole text.
  case sum

  /// The same by its tokens.
  case token

  /// The same by its bytes.
  case byte

  /// The same less the log-probability without the passage.
  case relative
}

/// How a model answers by prompting: `prompting.json` of a model directory.
public struct PromptingConfiguration: Codable, Equatable, Sendable {
  /// The templates, whose scores are averaged.
  public var templates: [PromptTemplate]

  /// How likelihoods become scores.
  public var scoring: PromptScoring

  /// In how many rotations the choices are shown; their scores are averaged.
  public var orders: Int

  /// Answered questions that stand before every question.
  public var examples: [MultipleChoiceQuestion]

  /// What is subtracted from the scores of each position, for as many choices as it has.
  public var calibration: [Double]

  static let file = "prompting.json"

  /// Puts a configuration together.
  public init(
    templates: [PromptTemplate], scoring: PromptScoring, orders: Int = 1,
    examples: [MultipleChoiceQuestion] = [], calibration: [Double] = []
  ) {
    self.templates = templates
    self.scoring = scoring
    self.orders = orders
    self.examples = examples
    self.calibration = calibration
  }

  /// What stands in a model directory; without one, the template that the model was fine-tuned on,
  /// else the basic one, scored by token.
  public init(of directory: ModelDirectory) throws {
    let path = directory.path + "/" + Self.file
    if let data = FileManager.default.contents(atPath: path) {
      do {
        self = try JSONDecoder().decode(Self.self, from: data)
      } catch {
        throw AnsweringError.invalidFile(path: path, reason: "it does not describe prompting")
      }
      return
    }
    self.init(templates: [Self.defaultTemplate(of: directory)], scoring: .token)
  }

  /// The template that a model knows best.
  public static func defaultTemplate(of directory: ModelDirectory) -> PromptTemplate {
    let format = (try? ClassifierConfiguration(of: directory))?.format ?? .contextFirst
    return PromptTemplate(format)
  }

  /// Writes it into a model directory.
  public func write(to directory: ModelDirectory) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try DurableFile.write(
      [UInt8](encoder.encode(self)) + [10], to: directory.path + "/" + Self.file)
  }
}

/// Scores the choices of questions by what a language model finds likely.
public final class PromptScorer {
  private let directory: ModelDirectory
  private let communicator: any Communicator
  private let parameters: ParameterStorage
  private let precision: Precision

  /// Loads the model of a directory, on every rank.
  public init(
    _ directory: ModelDirectory, communicator: any Communicator, precision: Precision = .fp32
  ) throws {
    self.directory = directory
    self.communicator = communicator
    self.precision = precision
    parameters = try directory.loadParameters()
  }

  /// Scores by one configuration, normalised so that the exponentials of a question's add to one.
  public func scores(
    _ questions: [MultipleChoiceQuestion], _ configuration: PromptingConfiguration,
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> [[Double]] {
    let scorings = [configuration.scoring]
    let scored = try scores(questions, configuration, scorings: scorings, progress: progress)
    return calibrated(scored[0], by: configuration.calibration)
  }

  /// Scores by several ways of scoring at once, without calibration.
  public func scores(
    _ questions: [MultipleChoiceQuestion], _ configuration: PromptingConfiguration,
    scorings: [PromptScoring], progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> [[[Double]]] {
    let readers = configuration.templates.map { template in
      QuestionEncoder(
        directory.vocabulary, template: template, context: directory.configuration.context,
        examples: configuration.examples)
    }
    let model = GrowingChoiceModel(
      parameters, precision: precision, pooling: .last,
      capacity: directory.configuration.context * 5 / 4, trainable: false)
    let part = PartOfQuestions(questions, communicator)
    // The scores of a question by every way, one way after another.
    let all = try part.scores(ways: scorings.count, progress: progress) { question in
      var sums = [[Double]](
        repeating: [Double](repeating: 0, count: question.choices.count), count: scorings.count)
      for (template, reader) in zip(configuration.templates, readers) {
        let orders = template.showsChoices ? min(configuration.orders, question.choices.count) : 1
        for shift in 0..<max(1, orders) {
          let count = question.choices.count
          let order = (0..<count).map { ($0 + shift) % count }
          let turned = question.reordered(order)
          let likelihoods = try Likelihoods(turned, template, reader, model, scorings)
          for (way, scoring) in scorings.enumerated() {
            let scores = normalised(likelihoods.scores(by: scoring))
            for (place, choice) in order.enumerated() { sums[way][choice] += scores[place] }
          }
        }
      }
      return sums.flatMap { normalised($0) }
    }
    return all
  }

  /// The mean score of every position, of questions with the most frequent number of choices.
  public static func calibration(of scores: [[Double]]) -> [Double] {
    let groups = Dictionary(grouping: scores, by: \.count)
    guard let group = groups.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })?.value
    else { return [] }
    let sums = group.reduce([Double](repeating: 0, count: group[0].count)) {
      zip($0, $1).map(+)
    }
    return sums.map { $0 / Double(group.count) }
  }

  private func calibrated(_ scores: [[Double]], by calibration: [Double]) -> [[Double]] {
    scores.map { row in
      row.count == calibration.count ? zip(row, calibration).map(-) : row
    }
  }
}

/// What a model finds likely of one question in one template.
private struct Likelihoods {
  private var sums: [Double] = []
  private var tokenCounts: [Int] = []
  private var byteCounts: [Int] = []
  private var withoutPassage: [Double] = []
  private var labels: [Double] = []

  init(
    _ question: MultipleChoiceQuestion, _ template: PromptTemplate, _ reader: QuestionEncoder,
    _ model: any ChoiceModel, _ scorings: [PromptScoring]
  ) throws {
    let sequence = try reader.sequence(question)
    if template.asksForLabel {
      labels = try model.logProbabilities(sequence, of: reader.labels(of: question))
      return
    }
    sums = model.logLikelihoods(sequence).map { $0.reduce(0, +) }
    tokenCounts = sequence.branches.map(\.count)
    byteCounts = question.choices.map(\.utf8.count)
    if scorings.contains(.relative) {
      let alone = try reader.sequence(question, hidesPassage: true)
      withoutPassage = model.logLikelihoods(alone).map { $0.reduce(0, +) }
    }
  }

  /// One number a choice; a template that asks for a label has only that.
  func scores(by scoring: PromptScoring) -> [Double] {
    if !labels.isEmpty { return labels }
    return switch scoring {
    case .label, .sum: sums
    case .token: zip(sums, tokenCounts).map { $0 / Double(max(1, $1)) }
    case .byte: zip(sums, byteCounts).map { $0 / Double(max(1, $1)) }
    case .relative: zip(sums, withoutPassage).map { $0 - $1 }
    }
  }
}

/// Scores less the logarithm of the sum of their exponentials.
private func normalised(_ scores: [Double]) -> [Double] {
  let top = scores.max() ?? 0
  let sum = scores.reduce(0) { $0 + exp($1 - top) }
  return scores.map { $0 - top - log(sum) }
}
