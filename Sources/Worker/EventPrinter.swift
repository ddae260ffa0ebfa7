import CommandLineInterface
import Foundation
import Training

/// Tells a person what a training reports: notes and results as lines, the steps as progress.
final class EventPrinter {
  private let output: Output
  private let progress: ProgressLine
  private let clock = ContinuousClock()
  private var firstStep: (number: Int, start: ContinuousClock.Instant)?
  private var lastStep = 0
  private var ranks = 1

  init(output: Output, progress: ProgressLine) {
    self.output = output
    self.progress = progress
  }

  /// Shows one event.
  func print(_ event: TrainingEvent) {
    switch event {
    case .run(let path):
      // A training goes on when nobody reads its output any more.
      try? output.line("run: \(path)")
    case .note(let text):
      progress.note(text)
    case .preparing(let activity, let done, let total):
      progress.show("\(activity): \(100 * done / max(1, total)) %")
      if done == total { progress.finish() }
    case .started(let step, let steps, let parameters, let ranks):
      let group = ranks == 1 ? "1 rank" : "\(ranks) ranks"
      progress.note(
        "training \(parameters.formatted()) parameters on \(group), steps \(step) to \(steps)")
      firstStep = (step, clock.now)
      lastStep = steps
      self.ranks = ranks
    case .step(let record):
      progress.show(line(record))
      if record.step == lastStep { progress.finish() }
    case .evaluated(let step, let result):
      progress.note("step \(step): \(line(result))")
    case .profiled(let summary, let trace):
      progress.finish()
      for line in summary.table { try? output.line(line) }
      try? output.line("all events: \(trace) (open it in chrome://tracing or ui.perfetto.dev)")
    case .saved(_, let path):
      progress.note("saved \(path)")
    }
  }

  /// What an evaluation found; what is no number is left out.
  private func line(_ result: EvaluationResult) -> String {
    let figures = [
      String(format: "validation loss %.4f", result.loss),
      result.perplexity.map { String(format: "perplexity %.2f", $0) },
      result.bitsPerByte.map { String(format: "%.4f bits per byte", $0) },
      String(format: "accuracy %.1f %%", 100 * result.tokenAccuracy),
    ]
    return figures.compactMap(\.self).joined(separator: ", ")
  }

  private func line(_ record: StepRecord) -> String {
    let ranks =
      ranks == 1
      ? ""
      : String(
        format: "  communication %.1f %%  waiting %.1f %%",
        100 * record.communicationSeconds / record.seconds,
        100 * record.waitingSeconds / record.seconds)
    return String(
      format: "%@ left  step %d/%d  loss %.4f  %.0f tokens/s%@", timeLeft(after: record.step),
      record.step, lastStep, record.loss, record.tokensPerSecond, ranks)
  }

  private func timeLeft(after step: Int) -> String {
    guard let firstStep else { return "" }
    let seconds = (clock.now - firstStep.start) / .seconds(1)
    return duration(seconds / Double(step - firstStep.number + 1) * Double(lastStep - step))
  }
}

/// A time as people say it: `42 s`, `3 min 20 s`, `2 h 5 min`.
func duration(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole / 60 % 60) min"
}
