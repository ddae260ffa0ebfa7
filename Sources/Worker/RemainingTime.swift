/// How long a job still takes, judged by how fast it has gone so far.
struct RemainingTime {
  private let start = ContinuousClock.now

  /// The time that is left after `done` of `total` parts, as people say it.
  func after(_ done: Int, of total: Int) -> String {
    let seconds = (.now - start) / .seconds(1)
    return duration(seconds / Double(max(1, done)) * Double(total - done))
  }
}

/// A time as people say it: `42 s`, `3 min 20 s`, `2 h 5 min`.
func duration(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole / 60 % 60) min"
}
