import Foundation
import ParablePlatform

/// Where the time of a computation goes, part by part.
///
/// The kernels measure themselves while a profile is current on their thread, and look once whether
/// one is where none is. What stands inside another stretch (``during(_:_:)``) is one of the events, and
/// no part of the sums, which add up to no more than the time that passes. Unchecked as `Sendable`,
/// which a task-local value must be: a profile belongs to the one thread that measures.
package final class Profile: @unchecked Sendable {
  /// What time is spent on; the number is a place among ``totals``.
  package enum Part: Int, CaseIterable, Codable, Sendable {
    /// Products with weights, forward.
    case forwardProducts
    /// Products with weights, backward.
    case backwardProducts
    /// Products that are added to the gradients of weights.
    case gradientProducts
    /// Attention, forward.
    case attention
    /// Attention, backward.
    case attentionBackward
    /// RMSNorm, with the residual sum before it.
    case norm
    /// SwiGLU and its gradient.
    case swiGLU
    /// Rotary positions.
    case rotary
    /// Cross-entropy and its gradient.
    case crossEntropy
    /// Token embeddings and their gradients.
    case embedding
    /// Copies between types of numbers.
    case conversion
    /// Copies of the same numbers, and zeros.
    case copying
    /// Weights into the layouts of products.
    case packing
    /// The norm of all gradients.
    case gradientNorm
    /// AdamW.
    case optimizer
    /// Adding the gradients of this rank's own micro-batches, and clearing buffers for them.
    case localAccumulation
    /// Moving and adding the gradients of all ranks.
    case communication
    /// Waiting for slower ranks.
    case waiting
    /// Choosing, reading and encoding what a step learns from.
    case examples
    /// Comparing the ranks' copies of the parameters.
    case checksums
    /// Whole evaluations, with waiting for slower ranks.
    case evaluation
    /// Whole checkpoints, with the checks before them and waiting for slower ranks.
    case saving

    /// What it is called in traces and tables.
    package var name: String {
      switch self {
      case .forwardProducts: "products, forward"
      case .backwardProducts: "products, backward"
      case .gradientProducts: "products, gradients"
      case .attentionBackward: "attention, backward"
      case .swiGLU: "SwiGLU"
      case .crossEntropy: "cross-entropy"
      case .gradientNorm: "gradient norm"
      case .localAccumulation: "local accumulation"
      default: "\(self)"
      }
    }
  }

  /// One stretch of time.
  package struct Event: Codable, Sendable {
    /// What it was spent on.
    package var part: Part
    /// When it began, in seconds of the system's steady clock, which all processes share.
    package var start: Double
    /// How long it took, in seconds.
    package var seconds: Double
    /// Multiplications and additions, where they are counted.
    package var operations: Double
  }

  /// The profile that the kernels on this thread report to.
  @TaskLocal package static var current: Profile?

  /// What all stretches of a part come to.
  package struct Total: Sendable {
    /// How many there were.
    package var calls = 0
    /// Their seconds.
    package var seconds = 0.0
    /// Multiplications and additions, where they are counted.
    package var operations = 0.0

    fileprivate mutating func add(_ event: Event) {
      calls += 1
      seconds += event.seconds
      operations += event.operations
    }
  }

  /// What was measured first, in order, as far as the limit of events allows.
  package private(set) var events: [Event] = []

  /// Everything that was measured, by part, but for what lies inside another part's time.
  package var totals: [Part: Total] {
    let measured = Part.allCases.filter { sums[$0.rawValue].calls > 0 }
    return Dictionary(uniqueKeysWithValues: measured.map { ($0, sums[$0.rawValue]) })
  }

  /// How many stretches of time are in ``totals`` alone.
  package private(set) var eventsLeftOut = 0

  private let eventLimit: Int
  private var isInside = false
  private var sums = Part.allCases.map { _ in Total() }

  /// Makes an empty profile that keeps up to `eventLimit` events one by one: a long training has
  /// more than memory should be taken for.
  package init(eventLimit: Int = 1 << 18) { self.eventLimit = eventLimit }

  /// Runs `body` with this profile current.
  package func measure<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$current.withValue(self, operation: body)
  }

  /// Adds a stretch of time that ends now and was measured elsewhere.
  package func add(_ part: Part, seconds: Double) {
    guard seconds > 0 else { return }
    append(Event(part: part, start: Self.now - seconds, seconds: seconds, operations: 0))
  }

  /// Runs `body` as one stretch of `part`, whatever is measured in it.
  package func during<Result>(_ part: Part, _ body: () throws -> Result) rethrows -> Result {
    let (start, isOuter) = (Self.now, !isInside)
    isInside = true
    defer {
      isInside = !isOuter
      record(part, from: start, operations: 0)
    }
    return try body()
  }

  /// The same with the profile that is current; where none is, nothing is measured.
  package static func during<Result>(_ part: Part, _ body: () throws -> Result) rethrows -> Result {
    guard let profile = current else { return try body() }
    return try profile.during(part, body)
  }

  /// Seconds of the system's steady clock.
  package static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  fileprivate func record(_ part: Part, from start: Double, operations: Double) {
    append(Event(part: part, start: start, seconds: Self.now - start, operations: operations))
  }

  private func append(_ event: Event) {
    if !isInside { sums[event.part.rawValue].add(event) }
    if events.count < eventLimit { events.append(event) } else { eventsLeftOut += 1 }
  }
}

/// Runs a kernel, and measures it where a profile is current.
@inline(__always)
func timed<Result>(
  _ part: Profile.Part, operations: Double = 0, _ body: () -> Result
) -> Result {
  guard let profile = Profile.current else { return body() }
  let start = Profile.now
  defer { profile.record(part, from: start, operations: operations) }
  return body()
}

extension MatrixProducts {
  /// How long the fastest product is looked for.
  private static let secondsForPeak = 0.06

  /// Operations per second of the fastest product that this processor makes here, 1024 × 512 × 512
  /// with everything in the cache: what other speeds are a share of.
  ///
  /// It takes less than a tenth of a second, or one product where that takes longer.
  package func measuredPeak(_ storage: ActivationStorage) -> Double {
    storage == .float ? measuredPeak(Float.self) : measuredPeak(BFloat16.self)
  }

  private func measuredPeak<E: ActivationElement>(_ type: E.Type) -> Double {
    let (rows, size) = (1024, 512)
    let weight = LinearWeights<E>(outputs: size, inputs: size, products: self, forwardOnly: true)
    weight.pack(
      MutableMatrix(OwnedBuffer<Float>(count: size * size), rows: size, columns: size).readOnly)
    let x = MutableMatrix(OwnedBuffer<E>(count: rows * size), rows: rows, columns: size)
    let y = MutableMatrix(OwnedBuffer<Float>(count: rows * size), rows: rows, columns: size)
    let begin = Profile.now
    var (now, best) = (begin, 0.0)
    while now - begin < Self.secondsForPeak {
      let start = now
      weight.forward(x.readOnly, into: y)
      now = Profile.now
      best = max(best, 2 * Double(rows * size * size) / (now - start))
    }
    return best
  }
}
