import Foundation
import ParableCollective
import ParableFormats
import ParableKernels
import ParablePlatform

/// Where the time of a training's steps went on one rank.
package struct ProfileSummary: Sendable {
  /// One part of it.
  package struct Row: Sendable {
    /// What the time was spent on.
    package var part: Profile.Part
    /// The share of the steps' wall time.
    package var share: Double
    /// How often.
    package var calls: Int
    /// Operations a second, where they are counted.
    package var speed: Double?
  }

  /// The parts, the largest first.
  package let rows: [Row]
  /// The share that no part has.
  package let other: Double
  /// How many steps there were.
  package let steps: Int
  /// Their wall time in seconds.
  package let seconds: Double
  /// Operations of matrix products by the time that they took, in operations per second.
  package let productSpeed: Double
  /// The same by the whole wall time.
  package let stepSpeed: Double
  /// The fastest product that the processor makes, in operations per second.
  package let peak: Double

  /// Sums up what was measured in so many steps, which took `total` seconds.
  init(_ profile: Profile, steps: Int, seconds total: Double, peak: Double) {
    // These two come between steps.
    let rows = profile.totals.filter { $0.key != .evaluation && $0.key != .saving }.map {
      part, sum in
      Row(
        part: part, share: sum.seconds / total, calls: sum.calls,
        speed: sum.operations > 0 ? sum.operations / sum.seconds : nil)
    }
    let products = profile.totals.values.filter { $0.operations > 0 }
    let operations = products.reduce(0) { $0 + $1.operations }
    self.rows = rows.sorted { $0.share > $1.share }
    self.peak = peak
    self.steps = steps
    seconds = total
    other = 1 - rows.reduce(0) { $0 + $1.share }
    productSpeed = operations / max(products.reduce(0) { $0 + $1.seconds }, 1e-9)
    stepSpeed = operations / max(total, 1e-9)
  }

  /// The table that a person reads.
  package var table: [String] {
    func line(_ name: String, _ share: Double, _ rest: String) -> String {
      name.padding(toLength: 26, withPad: " ", startingAt: 0)
        + String(format: "%6.2f %%  ", 100 * share) + rest
    }
    let parts = rows.map { row in
      line(
        row.part.name, row.share,
        "\(row.calls) calls"
          + (row.speed.map {
            String(format: ", %.1f GFLOP/s, %.0f %% of peak", $0 / 1e9, 100 * $0 / peak)
          } ?? ""))
    }
    return [String(format: "%d steps, %.3f s per step", steps, seconds / Double(max(1, steps)))]
      + parts + [line("other", other, "")]
      + [
        String(
          format: "matrix products alone %.0f %%, whole step %.0f %% of %.1f GFLOP/s, "
            + "the fastest product here", 100 * productSpeed / peak, 100 * stepSpeed / peak,
          peak / 1e9)
      ]
  }
}

/// Writes what all ranks measured as a trace that Chrome and Perfetto show: one process per rank.
enum ProfileTrace {
  /// An event of the Trace Event Format: "X" is a stretch of time, in microseconds.
  private struct TraceEvent: Encodable {
    var name: String
    var ph = "X"
    var ts: Double
    var dur: Double
    var pid: Int
    var tid = 0
  }

  /// Parts that overlap others' events are drawn on a line of their own.
  private static let measuredElsewhere: Set<Profile.Part> = [
    .localAccumulation, .waiting, .communication,
  ]

  /// How many events each of so many ranks keeps: together as many as a viewer can show.
  static func eventLimit(ranks: Int) -> Int { max(1, (1 << 18) / ranks) }

  static func write(
    _ meter: TrainingMeter, peak: Double, run: RunFolder,
    communicator: any Communicator, report: (TrainingEvent) -> Void
  ) throws {
    let (path, profile) = (run.path + "/trace.json", meter.profile)
    let all = try communicator.gather([UInt8](JSONEncoder().encode(profile.events)), to: 0)
    try communicator.onFirstRank {
      let events = try all.enumerated().flatMap { rank, bytes in
        try JSONDecoder().decode([Profile.Event].self, from: Data(bytes)).map { event in
          TraceEvent(
            name: event.part.name, ts: event.start * 1e6, dur: event.seconds * 1e6, pid: rank,
            tid: measuredElsewhere.contains(event.part) ? 1 : 0)
        }
      }
      try DurableFile.write(
        [UInt8](JSONEncoder().encode(["traceEvents": events])), to: path)
    }
    if profile.eventsLeftOut > 0 {
      report(
        .note(
          "\(path): it ends after \(profile.events.count) events of each rank; the table counts "
            + "the other \(profile.eventsLeftOut), too"))
    }
    let summary = ProfileSummary(
      profile, steps: meter.steps, seconds: meter.stepSeconds, peak: peak)
    report(.profiled(summary, trace: path))
  }
}
