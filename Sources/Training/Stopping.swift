import Foundation
import ParableCollective

/// Why a training stops before its end, to be continued.
package enum StopReason: Equatable, Sendable {
  /// A signal asked for it.
  case signal(Int32)

  /// Its time is over.
  case timeLimit

  /// As `metrics.jsonl` has it: `SIGTERM`, `time limit`.
  package var name: String {
    switch self {
    case .timeLimit: return "time limit"
    case .signal(let number):
      let names = [
        SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "SIGHUP", SIGUSR1: "SIGUSR1",
        SIGUSR2: "SIGUSR2", SIGXCPU: "SIGXCPU",
      ]
      return names[number] ?? "signal \(number)"
    }
  }
}

/// What a rank knows of the end that is asked for: a number that travels with the sums of a step.
package struct StopNotice: Equatable, Sendable {
  /// Why to stop; nil where nothing asks for it.
  package var reason: StopReason?

  /// Whether the end is near, and may come before this step's.
  package var isWarned = false

  /// Whether this rank left micro-batches of the step out for that reason.
  package var dropsStep = false

  /// Nothing is asked for.
  package init() {}

  private static let (timeLimit, warned, dropping) = (1000, 10_000, 20_000)

  /// As a message has it; 0 where nothing is asked for.
  var number: Double {
    var number = 0
    switch reason {
    case .signal(let signal): number = Int(signal)
    case .timeLimit: number = Self.timeLimit
    case nil: break
    }
    if isWarned { number += dropsStep ? Self.dropping : Self.warned }
    return Double(number)
  }

  /// From the number of a message.
  init(number: Double) {
    var rest = Int(number)
    dropsStep = rest >= Self.dropping
    isWarned = rest >= Self.warned
    rest %= Self.warned
    reason = rest == Self.timeLimit ? .timeLimit : rest > 0 ? .signal(Int32(rest)) : nil
  }

  /// What both together ask for; of two reasons the first holds.
  static func += (notice: inout StopNotice, other: StopNotice) {
    notice.reason = notice.reason ?? other.reason
    notice.isWarned = notice.isWarned || other.isWarned
    notice.dropsStep = notice.dropsStep || other.dropsStep
  }
}

/// A step that the ranks have dropped together: the parameters are as the step before left them.
struct DroppedStep: Error {
  /// Why.
  let notice: StopNotice
}

/// Where a rank hears that the training is to stop, which is for the program to know.
package struct StopSource: Sendable {
  /// Called before the first step: only from then on there is something to save.
  package var begin: @Sendable () -> Void = {}

  /// The signal that has asked for the end.
  package var signal: @Sendable () -> Int32? = { nil }

  /// Whether something is a sign that the end is near, and forgets it where that is asked for.
  package var isWarned: @Sendable (_ forgets: Bool) -> Bool = { _ in false }

  /// How long after such a sign the signal itself comes at the latest.
  package var warningSeconds = 0.0

  /// When this start has to have ended, as the first rank knows it.
  package var deadline: ContinuousClock.Instant?

  /// Hears nothing.
  package init() {}
}

/// Hears on every rank that the training is to stop, and has all decide alike.
///
/// The steps of a training ask it, on every rank:
///
///     watch.begin()
///     watch.dropsStep                   // between micro-batches: whether the rest is in vain
///     finish(sums, notice: watch.notice())
///     watch.hear(outcome.notice)        // what all ranks know, the same on all
///     if watch.wantsCheckpoint { … }
///     if try watch.settle() { … }       // stop
final class StopWatch {
  /// Why the training stops; nil while it goes on.
  private(set) var reason: StopReason?

  /// Whether it does so after a warning, with little time left.
  private(set) var isUrgent = false

  /// The longest that each took so far.
  private var (longestStep, longestEvaluation) = (0.0, 0.0)
  private var longestSave: Double?
  private var heard = StopNotice()
  private let source: StopSource
  private let communicator: any Communicator
  private let saveSeconds: Double
  private let clock = ContinuousClock()

  /// Watches `source`; until a checkpoint was written, one is taken to last `saveSeconds`.
  init(_ source: StopSource, communicator: any Communicator, saveSeconds: Double) {
    self.source = source
    self.communicator = communicator
    self.saveSeconds = saveSeconds
  }

  /// Begins to listen.
  func begin() {
    source.begin()
    _ = source.isWarned(true)
  }

  /// Whether the step under way is to be dropped: the end may come before its own.
  var dropsStep: Bool { source.isWarned(false) }

  /// What this rank knows, for the sums of a step of which it `hasLeftOut` something.
  func notice(hasLeftOut: Bool) -> StopNotice {
    var notice = StopNotice()
    notice.dropsStep = hasLeftOut
    notice.isWarned = hasLeftOut || source.isWarned(false)
    notice.reason = source.signal().map { .signal($0) } ?? (isLate ? .timeLimit : nil)
    return notice
  }

  /// Whether another step might end too late; the first rank's clock is the one that counts.
  private var isLate: Bool {
    guard let deadline = source.deadline, communicator.rank == 0 else { return false }
    // This step's evaluation and checkpoint, then another step with its own.
    let needed = longestStep + 2 * (longestEvaluation + (longestSave ?? saveSeconds)) + 1
    return clock.now + .seconds(needed) > deadline
  }

  /// Takes what all ranks know together.
  func hear(_ notice: StopNotice) { heard = notice }

  /// Whether the state after the last whole step is to be saved, even where no signal followed yet.
  var wantsCheckpoint: Bool { heard.reason != nil || heard.isWarned }

  /// Decides on all ranks whether the training stops here: at once where a signal came, and after a
  /// warning when it comes or fails to.
  ///
  /// - Parameter note: Gets a line where a warning came to nothing.
  /// - Returns: Whether it stops.
  /// - Throws: What the communicator throws.
  func settle(note: (String) -> Void) throws -> Bool {
    if heard.reason == nil, heard.isWarned {
      let end = clock.now + .seconds(source.warningSeconds)
      while source.signal() == nil, clock.now < end { usleep(10_000) }
      _ = source.isWarned(true)
      let own = notice(hasLeftOut: false)
      for number in try communicator.allGather(values: [own.number]).joined() {
        heard += StopNotice(number: number)
      }
      if heard.reason == nil {
        note("continued by SIGCONT, as mpirun does before it ends a job; it did not, so on it goes")
      }
    }
    reason = heard.reason
    isUrgent = reason != nil && heard.isWarned
    heard = StopNotice()
    return reason != nil
  }

  /// Counts a step.
  func countStep(seconds: Double) { longestStep = max(longestStep, seconds) }

  /// Measures an evaluation.
  func measureEvaluation<Result>(_ body: () throws -> Result) rethrows -> Result {
    let start = clock.now
    defer { longestEvaluation = max(longestEvaluation, (clock.now - start) / .seconds(1)) }
    return try body()
  }

  /// Measures a checkpoint.
  func measureSave<Result>(_ body: () throws -> Result) rethrows -> Result {
    let start = clock.now
    defer { longestSave = max(longestSave ?? 0, (clock.now - start) / .seconds(1)) }
    return try body()
  }
}

/// A stop as a line of `metrics.jsonl` and as the file `stopped`.
struct StopRecord: Codable, Equatable {
  struct Stop: Codable, Equatable {
    /// Why: a signal's name or `time limit`.
    var reason: String

    /// The last step that was made; its checkpoint is there.
    var step: Int
  }

  var stopped: Stop
}
