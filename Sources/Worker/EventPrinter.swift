import Foundation
import ParableCommandLineInterface
import ParableTraining

/// Tells a person what a training reports: notes and results as lines, the steps as progress.
final class EventPrinter {
  private let output: Output
  private let progress: ProgressLine
  private let namesPlaces: Bool
  private var remaining = RemainingTime()
  private var steps = 1...1
  private var ranks = 1
  private var means: (loss: Double, accuracy: Double)?

  /// Prints to `output` and `progress`; `namesPlaces` says whether to tell where the run and its
  /// checkpoints are.
  init(output: Output, progress: ProgressLine, namesPlaces: Bool = true) {
    self.output = output
    self.progress = progress
    self.namesPlaces = namesPlaces
  }

  /// Shows one event.
  func print(_ event: TrainingEvent) {
    switch event {
    case .run(let path):
      // A training goes on when nobody reads its output any more.
      if namesPlaces { try? output.line("run: \(path)") }
    case .note(let text):
      progress.note(text)
    case .preparing(let activity, let done, let total):
      progress.show("\(activity): \(100 * done / max(1, total)) %")
      if done == total { progress.finish() }
    case .started(let header):
      for line in header.lines { progress.note(line) }
      remaining = RemainingTime()
      steps = header.steps
      ranks = header.environment.ranks
    case .step(let record):
      progress.show(line(record))
      if record.step == steps.upperBound { progress.finish() }
    case .evaluated(let record):
      progress.note(record.summary)
    case .profiled(let summary, let trace):
      progress.finish()
      for line in summary.table { try? output.line(line) }
      try? output.line("all events: \(trace) (open it in chrome://tracing or ui.perfetto.dev)")
    case .saved(_, let path):
      if namesPlaces { progress.note("saved \(path)") }
    case .stopped(let step, let reason):
      progress.finish()
      progress.note(
        step == 0
          ? "stopped by \(reason.name) before the first step; start it again"
          : "stopped by \(reason.name), saved after step \(step); go on with --resume")
    case .ended(let end):
      progress.finish()
      for line in end.lines { progress.note(line) }
    }
  }

  private func line(_ record: StepRecord) -> String {
    let figures = [
      "\(remaining.after(record.step - steps.lowerBound + 1, of: steps.count)) left",
      record.epoch.map { "epoch \($0)" },
      "step \(record.step)/\(steps.upperBound)",
      quality(record),
      String(format: "%.0f tokens/s", record.tokensPerSecond),
      share("communication", record.communicationSeconds, of: record),
      share("waiting", record.waitingSeconds, of: record),
    ]
    return figures.compactMap(\.self).joined(separator: "  ")
  }

  private func quality(_ record: StepRecord) -> String {
    // Numbers that are none would spoil the means.
    guard record.skipped == nil else { return "skipped" }
    guard let accuracy = record.accuracy else { return String(format: "loss %.4f", record.loss) }
    // Few questions per step: what is shown are running means.
    let before = means ?? (record.loss, accuracy)
    let now = (
      loss: before.loss + 0.05 * (record.loss - before.loss),
      accuracy: before.accuracy + 0.05 * (accuracy - before.accuracy)
    )
    means = now
    return String(format: "loss %.3f  right %.1f %%", now.loss, 100 * now.accuracy)
  }

  private func share(_ name: String, _ seconds: Double?, of record: StepRecord) -> String? {
    guard ranks > 1, let seconds, record.seconds > 0 else { return nil }
    return String(format: "%@ %.1f %%", name, 100 * seconds / record.seconds)
  }
}
