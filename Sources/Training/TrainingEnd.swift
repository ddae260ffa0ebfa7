import Foundation
import ParableCollective
import ParableKernels
import ParablePlatform

/// What a training comes to: a table for a person, and the `end` of `metrics.jsonl`.
package struct TrainingEnd: Encodable, Sendable {
  /// The seconds of a phase over all ranks.
  package struct PhaseTime: Encodable, Sendable {
    /// What they were spent on.
    package let phase: String
    /// Of the rank with the fewest.
    package let minimum: Double
    /// The mean.
    package let average: Double
    /// Of the rank with the most.
    package let maximum: Double
    /// The mean's share of the whole time.
    package let share: Double
  }

  /// The file of the weights, and its SHA-256.
  package struct Model: Codable, Equatable, Sendable {
    /// Where it is.
    package let path: String
    /// The digest in hexadecimal digits.
    package let sha256: String

    /// A file with its digest.
    package init(path: String, sha256: String) { (self.path, self.sha256) = (path, sha256) }
  }

  /// The last step.
  package let step: Int

  /// How many steps this start has made.
  package let steps: Int

  /// How long it took, from before the first of them until all was saved.
  package let seconds: Double

  /// What came before: texts, tokenizer, memory.
  package let preparationSeconds: Double

  /// How many ranks there were.
  package let ranks: Int

  /// Where the time went.
  package let phases: [PhaseTime]

  /// Tokens of all ranks by the time of the steps.
  package let tokensPerSecond: Double

  /// Operations of products by the time of the steps, as a share of ``peak``.
  package let peakShare: Double

  /// The fastest products that the processors make, of all ranks together, in operations per second.
  package let peak: Double

  /// The most memory that a host's ranks had resident; nil where the system does not say.
  package let peakMemoryBytes: Int?

  /// The last evaluation; nil where there was none.
  package let evaluation: (any EvaluationRecord)?

  /// What is left behind; nil where no model is.
  package let model: Model?

  /// The time of all cores, with that of the preparation.
  package var coreHours: Double { Double(ranks) * (preparationSeconds + seconds) / 3600 }

  /// What a person reads: a title, a line per phase and three for the rest.
  package var lines: [String] {
    let title = String(format: "%d steps in %.1f s", steps, seconds)
    let columns = ["minimum s", "average s", "maximum s", "share"].map { padded($0, 11) }
    let head = title.padding(toLength: max(24, title.count), withPad: " ", startingAt: 0)
    return [head + columns.joined()]
      + phases.map { phase in
        "  " + phase.phase.padding(toLength: 22, withPad: " ", startingAt: 0)
          + [phase.minimum, phase.average, phase.maximum].map {
            padded(String(format: "%.3f", $0), 11)
          }.joined() + padded(String(format: "%.1f %%", 100 * phase.share), 11)
      }
      + [speedLine, costLine, model.map { "SHA256 (\($0.path)) = \($0.sha256)" }]
      .compactMap(\.self)
  }

  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  private var speedLine: String {
    String(
      format: "%.0f tokens/s; products at %.1f %% of the measured peak of %.1f GFLOP/s",
      tokensPerSecond, 100 * peakShare, peak / 1e9)
      + (evaluation?.figure.map { "; \($0)" } ?? "")
  }

  private var costLine: String {
    String(
      format: "%.4f core-hours, with %.1f s of preparation", coreHours, preparationSeconds)
      + (peakMemoryBytes.map { "; peak memory \(bytes($0)) per host" } ?? "")
  }

  private enum CodingKeys: String, CodingKey {
    case step, steps, seconds, ranks, phases, evaluation, model
    case preparationSeconds = "preparation_seconds"
    case tokensPerSecond = "tokens_per_second"
    case peakShare = "peak_share"
    case peak = "peak_operations_per_second"
    case coreHours = "core_hours"
    case peakMemoryBytes = "peak_memory_bytes"
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(step, forKey: .step)
    try values.encode(steps, forKey: .steps)
    try values.encode(seconds, forKey: .seconds)
    try values.encode(preparationSeconds, forKey: .preparationSeconds)
    try values.encode(ranks, forKey: .ranks)
    try values.encode(phases, forKey: .phases)
    try values.encode(tokensPerSecond, forKey: .tokensPerSecond)
    try values.encode(peakShare, forKey: .peakShare)
    try values.encode(peak, forKey: .peak)
    try values.encode(coreHours, forKey: .coreHours)
    try values.encodeIfPresent(peakMemoryBytes, forKey: .peakMemoryBytes)
    if let evaluation { try values.encode(evaluation, forKey: .evaluation) }
    try values.encodeIfPresent(model, forKey: .model)
  }
}

/// What one rank measures of its steps, until all ranks put theirs together at the end.
final class TrainingMeter {
  /// Where the time of the steps goes.
  let profile: Profile

  /// The memory that was free before the training took any; nil where the system does not say.
  let freeBytes = MemoryInUse.freeBytes

  /// How many steps were made.
  private(set) var steps = 0

  /// What they took.
  private(set) var stepSeconds = 0.0

  /// The last evaluation.
  var evaluation: (any EvaluationRecord)?

  private var tokens = 0.0
  private let created = Profile.now
  private var preparationSeconds = 0.0
  private var seconds = 0.0
  private var peakMemoryBytes: Int?

  /// Begins with the preparation; the profile keeps so many single events.
  init(eventLimit: Int) { profile = Profile(eventLimit: eventLimit) }

  /// Measures all steps.
  func measure(_ steps: () throws -> Void) rethrows {
    let begin = Profile.now
    preparationSeconds = begin - created
    defer {
      seconds = Profile.now - begin
      peakMemoryBytes = MemoryInUse.peakResidentBytes
    }
    try profile.measure(steps)
  }

  /// Counts a step.
  func count(seconds: Double, tokens: Double) {
    steps += 1
    stepSeconds += seconds
    self.tokens += tokens
  }

  /// Puts together what all ranks have measured; `peak` is this rank's fastest product.
  func end(
    step: Int, peak: Double, model: TrainingEnd.Model?, _ communicator: any Communicator
  ) throws -> TrainingEnd {
    let operations = profile.totals.values.reduce(0) { $0 + $1.operations }
    let memory = peakMemoryBytes.map(Double.init) ?? .nan
    let ranks = try communicator.allGather(
      values: TrainingPhase.seconds(of: profile, wholeSeconds: seconds)
        + [operations, peak, memory, preparationSeconds, stepSeconds])
    let count = TrainingPhase.allCases.count
    let whole = ranks.reduce(0) { $0 + $1[..<count].reduce(0, +) }
    let phases = TrainingPhase.allCases.enumerated().map { place, phase in
      let seconds = ranks.map { $0[place] }
      let sum = seconds.reduce(0, +)
      return TrainingEnd.PhaseTime(
        phase: phase.rawValue, minimum: seconds.min() ?? 0, average: sum / Double(ranks.count),
        maximum: seconds.max() ?? 0, share: sum / max(whole, 1e-9))
    }
    func total(_ place: Int) -> Double { ranks.reduce(0) { $0 + $1[count + place] } }
    var memoryOfHosts: [Int: Double] = [:]
    for (host, rank) in zip(communicator.hosts, ranks) {
      memoryOfHosts[host, default: 0] += rank[count + 2]
    }
    let most = memoryOfHosts.values.reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
    func mean(_ place: Int) -> Double { total(place) / Double(ranks.count) }
    let stepSeconds = mean(4)
    return TrainingEnd(
      step: step, steps: steps, seconds: whole / Double(ranks.count), preparationSeconds: mean(3),
      ranks: ranks.count, phases: phases, tokensPerSecond: tokens / max(stepSeconds, 1e-9),
      peakShare: total(0) / max(stepSeconds * total(1), 1e-9), peak: total(1),
      peakMemoryBytes: most.isNaN ? nil : Int(most), evaluation: evaluation, model: model)
  }
}
