import Corpus
import Foundation
import TensorFiles
import Training

/// One way to ask: a template, how the choices are scored, in how many orders, and what is taken off.
public struct PromptMember: Codable, Equatable, Sendable {
  /// How a question becomes a text.
  public var template: PromptTemplate

  /// How the likelihoods of the choices become scores.
  public var scoring: ChoiceScoring

  /// In how many orders the choices are shown.
  public var orders = 1

  /// How many examples go before the question.
  public var shots = 0

  /// The mean log-probability of each place among so many choices, less their mean; empty where
  /// nothing is taken off.
  public var placeBias: [Int: [Double]] = [:]

  /// What the member does, in a few words.
  public var description: String {
    var text = "\(template.name) by \(scoring.rawValue)"
    if orders > 1 { text += ", \(orders) orders" }
    if shots > 0 { text += ", \(shots) examples" }
    return placeBias.isEmpty ? text : text + ", calibrated"
  }

  /// The log-probabilities of a question's choices, in the order of the question, from evidence in
  /// each order that was shown: the mean over the orders.
  func scores(_ evidence: [[ChoiceEvidence]]) -> [Double] {
    let count = evidence.first?.count ?? 0
    let orders = choiceOrders(count, atMost: evidence.count)
    var sums = [Double](repeating: 0, count: count)
    for (order, shown) in zip(orders, evidence) {
      var values = scoring.logProbabilities(shown)
      if let bias = placeBias[count] { values = logSoftmax(zip(values, bias).map { $0 - $1 }) }
      for (place, choice) in order.enumerated() { sums[choice] += values[place] }
    }
    return sums.map { $0 / Double(evidence.count) }
  }

  /// The same member with the mean log-probability of each place taken off, as the evidence on many
  /// questions has it.
  func calibrated(on evidence: [[[ChoiceEvidence]]]) -> PromptMember {
    var sums: [Int: (count: Int, values: [Double])] = [:]
    for shown in evidence.joined() {
      let values = scoring.logProbabilities(shown)
      let (count, sum) = sums[values.count] ?? (0, values.map { _ in 0 })
      sums[values.count] = (count + 1, zip(sum, values).map { $0 + $1 })
    }
    var copy = self
    copy.placeBias = sums.mapValues { count, values in
      let mean = values.reduce(0, +) / Double(values.count)
      return values.map { ($0 - mean) / Double(count) }
    }
    return copy
  }
}

/// How a model is prompted: `prompting.json` of a model directory.
public struct PromptMethod: Codable, Equatable, Sendable {
  /// The ways to ask, whose log-probabilities are averaged.
  public var members: [PromptMember]

  /// Questions with answers from which examples are taken.
  public var examples: [MultipleChoiceQuestion] = []

  /// The share of the dev questions that it got right when it was chosen.
  public var devAccuracy: Double?

  static let file = "prompting.json"

  /// What the method does, in a few words.
  public var description: String { members.map(\.description).joined(separator: " + ") }

  /// Puts a method together.
  public init(members: [PromptMember], examples: [MultipleChoiceQuestion] = []) {
    self.members = members
    self.examples = examples
  }

  /// The method stored with a model; nil where none is.
  public init?(of directory: ModelDirectory) throws {
    let path = directory.path + "/" + Self.file
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw AnsweringError.invalidFile(
        path: path, reason: "it does not describe a method",
        remedy: "remove it or run prompt again")
    }
    guard !members.isEmpty else {
      throw AnsweringError.invalidFile(path: path, reason: "it has no members")
    }
    for member in members { _ = try TemplateParts(member.template) }
  }

  /// What is done with a model that has no stored method: the text that it was fine-tuned with, if
  /// it was, and the likelihood of each choice.
  public static func standard(for directory: ModelDirectory) -> PromptMethod {
    let format = (try? ClassifierConfiguration(of: directory))?.format ?? .contextFirst
    return PromptMethod(members: [PromptMember(template: PromptTemplate(format), scoring: .sum)])
  }

  /// Stores the method with a model.
  public func write(to directory: ModelDirectory) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try DurableFile.write(
      [UInt8](encoder.encode(self)) + [10], to: directory.path + "/" + Self.file)
  }
}
