import Foundation
import ParableSettings

/// Why a step left the parameters as they were.
package enum SkipReason: Equatable, Sendable {
  /// The loss is not a finite number; that of these micro-batches, counted from 0.
  case loss(microBatches: [Int])

  /// A gradient is not a finite number, though the loss is one.
  case gradient

  /// The norm of the gradient is so many times the running median.
  case spike(norm: Double, median: Double)

  /// It was asked for.
  case asked

  /// What `metrics.jsonl` calls it.
  package var name: String {
    switch self {
    case .loss: "loss"
    case .gradient: "gradient"
    case .spike: "spike"
    case .asked: "asked"
    }
  }

  /// What is wrong, in words; micro-batches count from 1, as steps do.
  package var words: String {
    switch self {
    case .loss(let microBatches):
      "the loss of \(microBatchWords(microBatches)) is not a finite number"
    case .gradient: "a gradient is not a finite number"
    case .spike(let norm, let median):
      "the norm \(decimals(norm)) of the gradient is \(decimals(norm / median)) times the running "
        + "median"
    case .asked: "as --skip-steps asks"
    }
  }
}

/// Some micro-batches in words, counted from 1.
func microBatchWords(_ numbers: [Int]) -> String {
  let shown = numbers.prefix(8).map { "\($0 + 1)" }.joined(separator: ", ")
  let more = numbers.count > 8 ? " and \(numbers.count - 8) more" : ""
  return (numbers.count == 1 ? "micro-batch " : "micro-batches ") + shown + more
}

/// What decides which of the next steps are skipped: a part of every checkpoint, so that a resumed
/// training skips what one that was never stopped does.
package struct SkipHistory: Codable, Equatable, Sendable {
  /// How many norms a running median is of.
  package static let window = 64

  /// How many there have to be before a gradient is compared with their median.
  package static let fewest = 16

  /// The norms of the last gradients that were used, at most ``window``.
  package private(set) var norms: [Double] = []

  /// How many of the last steps were skipped one after the other because of what they computed.
  package private(set) var inARow = 0

  /// All steps that were skipped, those included that were asked to be.
  package private(set) var steps = StepRanges()

  /// No step yet.
  package init() {}

  /// The median of the norms; nil while there are too few of them.
  package var median: Double? {
    guard norms.count >= Self.fewest else { return nil }
    let sorted = norms.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// Why an update must not be made, from what all ranks know of its step; nil where it may.
  package func reason(
    toSkip losses: [Double], total: Double, norm: Double, spikeFactor: Double?
  ) -> SkipReason? {
    guard total.isFinite else {
      return .loss(microBatches: losses.indices.filter { !losses[$0].isFinite })
    }
    guard norm.isFinite else { return .gradient }
    guard let spikeFactor, let median, norm > spikeFactor * median else { return nil }
    return .spike(norm: norm, median: median)
  }

  /// Counts a step, which had a gradient of this norm or was skipped.
  package mutating func count(_ step: Int, norm: Double, skipped reason: SkipReason?) {
    guard let reason else {
      norms = norms.suffix(Self.window - 1) + [norm]
      inARow = 0
      return
    }
    steps = steps.union(StepRanges([step...step]))
    // One that was asked for says nothing of the others.
    if reason != .asked { inARow += 1 }
  }

  private enum CodingKeys: String, CodingKey { case norms, inARow, steps }

  /// Reads what a checkpoint has of it.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    norms = try values.decode([Double].self, forKey: .norms)
    inARow = try values.decode(Int.self, forKey: .inARow)
    let steps = try values.decode(String.self, forKey: .steps)
    let ranges = steps.isEmpty ? StepRanges() : StepRanges(steps)
    guard let ranges, norms.count <= Self.window, norms.allSatisfy({ $0 >= 0 }), inARow >= 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .steps, in: values, debugDescription: "norms or counts that cannot be")
    }
    self.steps = ranges
  }

  /// Writes the steps as one types them.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(norms, forKey: .norms)
    try values.encode(inARow, forKey: .inARow)
    try values.encode(steps.description, forKey: .steps)
  }
}

/// A number with four significant digits.
private func decimals(_ number: Double) -> String { String(format: "%.4g", number) }
