import Foundation
import ParableCollective
import ParableKernels
import ParablePlatform
import ParableSettings

/// What there is to learn from.
package struct TrainingExamples: Sendable {
  /// Tokens or questions.
  package let unit: String

  /// How many there are.
  package let count: Int

  /// So many `unit`.
  package init(_ count: Int, _ unit: String) { (self.count, self.unit) = (count, unit) }
}

/// A digest that tells one input of a training from others.
package struct InputDigest: Sendable {
  /// What it is of.
  package let name: String

  /// Its first twelve hexadecimal digits.
  package let digits: String

  /// A digest of something that has one already.
  package init(_ name: String, of digest: String) {
    (self.name, digits) = (name, String(digest.prefix(12)))
  }

  /// The digest of several things in their order.
  package init(_ name: String, of parts: [String]) {
    let text = Array(parts.joined(separator: "\n").utf8)
    self.init(name, of: text.withUnsafeBytes { SHA256.hexDigest(of: $0) })
  }

  /// The digest of what settings say of the result, whatever files are called.
  init<Settings: DeclaredSettings>(of settings: Settings) {
    self.init(
      "settings",
      of: Settings.settings.filter { $0.decidesResult && $0.form != .path }.map {
        "\($0.key): \($0.value(in: settings)?.description ?? "none")"
      })
  }
}

/// What a training begins with: some lines for a person, and the `environment` of `metrics.jsonl`.
package struct TrainingHeader: Encodable, Sendable {
  /// What is trained, in words.
  package let title: String

  /// The steps of this start.
  package let steps: ClosedRange<Int>

  /// What the training runs on.
  package let environment: TrainingEnvironment

  /// Where its ranks run.
  package let placement: RankPlacement

  /// How many micro-batches a step has.
  let microBatchCount: Int

  /// How many ranks have micro-batches.
  let busyRanks: Int

  /// How gradients get from rank to rank.
  let collectiveNote: String

  /// The bytes that the host with most ranks needs; nil where that is not known.
  let neededBytes: Int?

  /// What tells the inputs from others.
  package let digests: [InputDigest]

  /// What there is to learn from.
  let examples: TrainingExamples

  /// How much of it a step takes.
  let examplesPerStep: Int

  /// The steps of the whole schedule.
  let scheduledSteps: Int

  /// The checkpoints to come, for a person.
  let checkpoints: String

  /// How often all of the examples are gone through.
  var passes: Double {
    Double(scheduledSteps) * Double(examplesPerStep) / Double(max(1, examples.count))
  }

  /// What a person reads: a title and at most eleven lines.
  package var lines: [String] {
    [
      "\(title), steps \(steps.lowerBound) to \(steps.upperBound)",
      line("program", program),
      line("instructions", instructions),
      line("products", "\(environment.products), activations in \(environment.precision.rawValue)"),
      line("ranks", placement.ranksLine),
      line("cores", placement.coresLine),
      line("micro-batches", work),
      environment.ranks > 1 ? line("exchange", collectiveNote) : nil,
      line("memory", memory),
      line("digests", digests.map { "\($0.name) \($0.digits)" }.joined(separator: ", ")),
      line("data", data),
      line("checkpoints", checkpoints),
    ].compactMap(\.self)
  }

  private func line(_ name: String, _ text: String) -> String {
    "  " + name.padding(toLength: 15, withPad: " ", startingAt: 0) + text
  }

  private var program: String {
    let (hash, mark) = (
      environment.commit.prefix { $0 != "+" }, environment.commit.drop { $0 != "+" }
    )
    return
      "Parable \(environment.version), commit \(hash.prefix(12))\(mark); Swift \(environment.swift); "
      + (environment.mpi ?? "no MPI, as one rank needs none")
  }

  private var instructions: String {
    let best = placement.bestInstructions
    if environment.instructions == KernelEnvironment.portable {
      return "\(environment.instructions): the bits are portable"
    }
    return best == [environment.instructions]
      ? "\(environment.instructions), the best that the processor has"
      : "\(environment.instructions), though the processor has \(best.joined(separator: " or "))"
  }

  private var work: String {
    let idle = environment.ranks - busyRanks
    let counts = "\(microBatchCount) per step, \(busyRanks) of \(environment.ranks) ranks busy"
    return idle == 0
      ? counts : "\(counts), \(idle) stay idle: use a smaller --micro-batch or fewer ranks"
  }

  private var memory: String {
    let needed = neededBytes.map { "\(bytes($0)) per host needed" }
    let free = placement.freeBytes.map { "\(bytes($0)) free" }
    let words = [needed, free].compactMap(\.self)
    return words.isEmpty ? "not known" : words.joined(separator: ", ")
  }

  private var data: String {
    "\(scheduledSteps.formatted()) steps of \(examplesPerStep.formatted()) \(examples.unit) = "
      + String(format: "%.1f", passes) + " passes over \(examples.count.formatted())"
  }

  private enum CodingKeys: String, CodingKey {
    case steps, digests, passes
    case busyRanks = "busy_ranks"
    case neededBytes = "needed_bytes"
    case unit = "example_unit"
    case examples
    case examplesPerStep = "examples_per_step"
  }

  /// One object of everything: the environment as a checkpoint has it, and what is known beside.
  package func encode(to encoder: any Encoder) throws {
    try environment.encode(to: encoder)
    try placement.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode([steps.lowerBound, steps.upperBound], forKey: .steps)
    try values.encode(busyRanks, forKey: .busyRanks)
    try values.encodeIfPresent(neededBytes, forKey: .neededBytes)
    try values.encode(
      Dictionary(digests.map { ($0.name, $0.digits) }, uniquingKeysWith: { $1 }), forKey: .digests)
    try values.encode(examples.unit, forKey: .unit)
    try values.encode(examples.count, forKey: .examples)
    try values.encode(examplesPerStep, forKey: .examplesPerStep)
    try values.encode(passes, forKey: .passes)
  }
}

/// A number of bytes as a person reads it.
func bytes(_ count: Int) -> String {
  count < 1_000_000_000
    ? String(format: "%.1f MB", Double(count) / 1e6)
    : String(format: "%.1f GB", Double(count) / 1e9)
}
