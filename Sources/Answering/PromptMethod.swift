import Foundation
import ParableCorpus
import ParableFormats
import ParablePlatform
import ParableTraining

/// One way to ask: a template, how the choices are scored, in how many orders, and what is taken off.
package struct PromptMember: Codable, Equatable, Sendable {
  /// How a question becomes a text.
  package var template: PromptTemplate

  /// How the likelihoods of the choices become scores.
  package var scoring: ChoiceScoring

  /// In how many orders the choices are shown.
  package var orders = 1

  /// How many examples go before the question.
  package var shots = 0

  /// The mean log-probability of each place among so many choices, less their mean; empty where
  /// nothing is taken off.
  package var placeBias: [Int: [Double]] = [:]

  /// The most orders in which choices may be shown: all those of seven choices.
  package static let mostOrders = 5_040

  /// The most examples before a question.
  package static let mostShots = 1_000

  /// What the member does, in a few words.
  package var description: String {
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
package struct PromptMethod: Codable, Equatable, Sendable {
  /// The ways to ask, whose log-probabilities are averaged.
  package var members: [PromptMember]

  /// Questions with answers from which examples are taken.
  package var examples: [MultipleChoiceQuestion] = []

  /// The share of the dev questions that it got right when it was chosen.
  package var devAccuracy: Double?

  static let file = "prompting.json"

  /// What the method does, in a few words.
  package var description: String { members.map(\.description).joined(separator: " + ") }
}

extension PromptMethod {
  /// The method stored with a model; nil where none is.
  package init?(of directory: ModelDirectory) throws {
    let path = directory.path + "/" + Self.file
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    try self.init(path: path)
  }

  /// Reads a method from a file and checks all that it says.
  package init(path: String) throws {
    let data = Data(try contents(ofFile: path))
    do {
      self = try JSONDecoder().decode(Self.self, untrusted: data)
    } catch {
      throw AnsweringError.invalidFile(
        path: path, reason: "it describes no way to prompt",
        remedy: "remove it or run prompt again")
    }
    if let fault { throw AnsweringError.invalidFile(path: path, reason: fault) }
  }

  /// What is done with a model that has no stored method: the text that it was fine-tuned with, if
  /// it was, and the likelihood of each choice.
  ///
  /// - Throws: ``AnsweringError/invalidFile(path:reason:remedy:)`` where the file of its fine-tuning
  ///   cannot be read.
  package static func standard(for directory: ModelDirectory) throws -> PromptMethod {
    let isFineTuned = ClassifierConfiguration.isThere(in: directory)
    let format = isFineTuned ? try ClassifierConfiguration(of: directory).format : .contextFirst
    return PromptMethod(members: [PromptMember(template: PromptTemplate(format), scoring: .sum)])
  }

  /// Stores the method in a folder, a model's most often.
  package func write(toFolder folder: String) throws {
    let bytes = [UInt8](try JSONEncoder.pretty.encode(self)) + [10]
    try Manifest.replace(Self.file, in: folder, by: bytes)
  }
}

// What a file may not say: everything behind it counts on the rest.
extension PromptMethod {
  /// The most ways to ask that are averaged.
  package static let mostMembers = 100

  /// What cannot be; nil where nothing is wrong.
  var fault: String? {
    guard !members.isEmpty else { return "it has no members" }
    guard members.count <= Self.mostMembers else {
      return "it has \(members.count) members, \(Self.mostMembers) are the most"
    }
    for (index, member) in members.enumerated() {
      if let fault = member.fault { return "member \(index + 1): \(fault)" }
    }
    for (index, example) in examples.enumerated() {
      let problem = example.problem ?? (example.answer == nil ? .missing(field: "answer") : nil)
      if let problem { return "example \(index + 1): \(problem.what)" }
    }
    guard devAccuracy.map({ 0...1 ~= $0 }) ?? true else { return "devAccuracy is no share" }
    return nil
  }
}

extension PromptMember {
  fileprivate var fault: String? {
    guard 1...Self.mostOrders ~= orders else {
      return "orders is \(orders), give 1 to \(Self.mostOrders)"
    }
    guard 0...Self.mostShots ~= shots else {
      return "shots is \(shots), give 0 to \(Self.mostShots)"
    }
    for (count, bias) in placeBias.sorted(by: { $0.key < $1.key }) {
      guard 2...MultipleChoiceQuestion.mostChoices ~= count, bias.count == count else {
        return "placeBias has \(bias.count) numbers for \(count) choices"
      }
      guard bias.allSatisfy(\.isFinite) else { return "placeBias has what is no number" }
    }
    do {
      _ = try TemplateParts(template)
    } catch AnsweringError.invalidTemplate(_, let reason, _) {
      return "its template: \(reason)"
    } catch {
      return "its template: \(error)"
    }
    return scoring.answer == .labels && !template.hasLabels
      || scoring.answer == .texts && !template.takesTexts
      ? "scoring \(scoring.rawValue) does not suit its template" : nil
  }
}
