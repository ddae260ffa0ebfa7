import Foundation

/// One line of `worker doctor`.
struct Finding: Codable, Equatable {
  /// How bad it is.
  enum Verdict: String, Codable, CaseIterable {
    /// Nothing is in the way.
    case ok

    /// A training works, but slower or less safely than it could.
    case warning

    /// A training would fail, or its result could not be relied on.
    case error
  }

  /// What was looked at, in a word or two.
  let subject: String

  let verdict: Verdict

  /// What was found.
  let what: String

  /// What to do about it; nil where nothing has to be done.
  let remedy: String?

  static func ok(_ subject: String, _ what: String) -> Finding {
    Finding(subject: subject, verdict: .ok, what: what, remedy: nil)
  }

  static func warning(_ subject: String, _ what: String, remedy: String) -> Finding {
    Finding(subject: subject, verdict: .warning, what: what, remedy: remedy)
  }

  static func error(_ subject: String, _ what: String, remedy: String) -> Finding {
    Finding(subject: subject, verdict: .error, what: what, remedy: remedy)
  }

  /// The line for a person.
  var line: String {
    let columns = [(verdict.rawValue, 9), (subject, 15)].map { text, width in
      text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
    }
    return columns.joined() + what + (remedy.map { "; \($0)" } ?? "")
  }
}

/// Bytes for a person.
func sizeText(_ bytes: Int) -> String {
  let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
  guard let (name, unit) = units.first(where: { bytes >= $0.1 }) else { return "\(bytes) bytes" }
  let tenths = bytes / (unit / 10)
  return "\(tenths / 10).\(tenths % 10) \(name)"
}
