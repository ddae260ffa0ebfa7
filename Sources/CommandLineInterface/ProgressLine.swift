/// How far a long job is: one line rewritten in place on a terminal, now and then a line elsewhere.
package final class ProgressLine {
  private let isTerminal: Bool
  private let interval: Duration
  private let columns: () -> Int
  private let now: () -> ContinuousClock.Instant
  private let write: (String) -> Void

  private var lastShown: ContinuousClock.Instant?
  private var pending: String?
  private var isLineOpen = false

  /// Makes a progress line that gives its text to `write`, cut to `columns` on a terminal, and
  /// keeps `interval` between two showings.
  package init(
    isTerminal: Bool, interval: Duration? = nil, columns: @escaping () -> Int = { 80 },
    now: @escaping () -> ContinuousClock.Instant = { .now }, write: @escaping (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.interval = interval ?? (isTerminal ? .milliseconds(100) : .seconds(5))
    self.columns = columns
    self.now = now
    self.write = write
  }

  /// Shows `text` as the state of the job, unless another was shown just before.
  package func show(_ text: String) {
    let instant = now()
    if let lastShown, lastShown.duration(to: instant) < interval {
      pending = text
      return
    }
    lastShown = instant
    emit(text)
  }

  /// Writes a line that stays.
  package func note(_ text: String) {
    write(isLineOpen ? "\r\u{1B}[K\(text)\n" : "\(text)\n")
    isLineOpen = false
  }

  /// Ends the job's line with its last state, where that was not shown yet.
  package func finish() {
    if let pending { emit(pending) }
    close()
    lastShown = nil
  }

  /// Takes the line away, so that what another stream writes to the same terminal stands alone;
  /// the next state is shown only a moment later.
  package func clear() {
    if isLineOpen { write("\r\u{1B}[K") }
    isLineOpen = false
    if isTerminal { lastShown = now() }
  }

  /// Leaves the last state standing and lets what follows begin on a line of its own.
  package func close() {
    if isLineOpen { write("\n") }
    isLineOpen = false
  }

  private func emit(_ text: String) {
    pending = nil
    if isTerminal {
      // A text as wide as the terminal would wrap and could not be rewritten.
      write("\r\(Self.fitted(text, into: max(columns() - 1, 1)))\u{1B}[K")
      isLineOpen = true
    } else {
      write("\(text)\n")
    }
  }

  /// The beginning of `text` that has room: whole fields, which two spaces part, where one has.
  private static func fitted(_ text: String, into width: Int) -> String {
    guard text.count > width else { return text }
    var kept = ""
    for field in text.split(separator: "  ") {
      let longer = kept.isEmpty ? String(field) : "\(kept)  \(field)"
      if longer.count > width { break }
      kept = longer
    }
    return kept.isEmpty ? String(text.prefix(width)) : kept
  }
}
