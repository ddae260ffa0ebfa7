import Foundation

/// What a network says about one choice: all that scores are made of.
struct ChoiceEvidence: BitwiseCopyable, Sendable {
  /// The log-probability of the answer's tokens behind the prompt, in nats.
  var logLikelihood: Double

  /// The same behind the prompt without its passage; 0 where nobody asked for it.
  var logPrior: Double

  /// How long the answer is.
  var tokens: Int
  var bytes: Int
}

/// How the likelihoods of the choices become scores.
package enum ChoiceScoring: String, Codable, CaseIterable, Sendable {
  /// The log-probability of the choice's label, one token.
  case label

  /// The log-probability of the choice's text.
  case sum

  /// The same, divided by its tokens: normalised by length.
  case perToken = "per-token"

  /// The same, divided by its bytes: normalised by length, whatever the tokenizer.
  case perByte = "per-byte"

  /// The log-probability of the choice's text, less that without the passage: the pointwise mutual
  /// information of both (Holtzman et al. 2021).
  case pmi

  /// The log-probability of the choice's text, less half of that without the passage.
  case halfPMI = "half-pmi"

  /// The names that earlier versions had, each with today's.
  package static let oldNames = [
    "token": perToken.rawValue, "byte": perByte.rawValue, "relative": pmi.rawValue,
    "half-relative": halfPMI.rawValue,
  ]

  /// Reads a name, of this version or of one before.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let scoring = Self(rawValue: Self.oldNames[name] ?? name) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no scoring")
    }
    self = scoring
  }

  /// What the prompt is completed by.
  var answer: PromptAnswer { self == .label ? .labels : .texts }

  /// Whether it needs likelihoods without the passage.
  var needsPrior: Bool { self == .pmi || self == .halfPMI }

  /// The log-probabilities of the choices of one question, made to sum to 1.
  func logProbabilities(_ evidence: [ChoiceEvidence]) -> [Double] {
    logSoftmax(
      evidence.map { choice in
        switch self {
        case .label, .sum: choice.logLikelihood
        case .perToken: choice.logLikelihood / Double(choice.tokens)
        case .perByte: choice.logLikelihood / Double(max(1, choice.bytes))
        case .pmi: choice.logLikelihood - choice.logPrior
        case .halfPMI: choice.logLikelihood - choice.logPrior / 2
        }
      })
  }
}

/// Logarithms of probabilities, up to a common summand, made to sum to 1.
func logSoftmax(_ values: [Double]) -> [Double] {
  let top = values.max() ?? 0
  let total = top + log(values.reduce(0) { $0 + exp($1 - top) })
  return values.map { $0 - total }
}

/// Orders in which the same choices are shown: the given one, its rotations, then the rotations of
/// further permutations.
func choiceOrders(_ count: Int, atMost limit: Int) -> [[Int]] {
  var orders: [[Int]] = []
  var rest = Array(1..<max(1, count))
  while orders.count < limit {
    let base = [0] + rest
    for shift in 0..<count where orders.count < limit {
      orders.append(Array(base[shift...] + base[..<shift]))
    }
    guard advance(&rest) else { break }
  }
  return orders
}

/// The next permutation in lexicographic order; false after the last one.
private func advance(_ values: inout [Int]) -> Bool {
  guard let pivot = values.indices.dropLast().last(where: { values[$0] < values[$0 + 1] }),
    let successor = values.indices.last(where: { values[$0] > values[pivot] })
  else { return false }
  values.swapAt(pivot, successor)
  values[(pivot + 1)...].reverse()
  return true
}
