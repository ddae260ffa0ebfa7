/// A time that a person asks for: `90s`, `10m`, `3h55m`, `1d12h`, or seconds alone, `5400`.
package struct TimeSpan: Equatable, Sendable {
  /// How long it is.
  package let seconds: Int

  /// As long as so many seconds.
  package init(seconds: Int) { self.seconds = seconds }

  /// Reads it, units from the longest to the shortest, each once; nil where that is no time.
  package init?(_ text: String) {
    guard
      let match = text.wholeMatch(of: /(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?/),
      !text.isEmpty
    else { return nil }
    let (_, days, hours, minutes, seconds) = match.output
    var whole = 0
    for (count, unit) in [(days, 86_400), (hours, 3600), (minutes, 60), (seconds, 1)] {
      // Beyond a century nothing is meant, and nothing overflows below.
      guard let number = Int(count ?? "0"), number <= 3_200_000_000 else { return nil }
      whole += number * unit
    }
    guard whole > 0 else { return nil }
    self.seconds = whole
  }
}

extension TimeSpan: CustomStringConvertible {
  /// The time as it is typed: `3h55m`.
  package var description: String {
    let parts = [
      (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"),
      (seconds % 60, "s"),
    ]
    return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
  }
}

extension TimeSpan: SettingConvertible {
  package static func form(in range: SettingRange) -> SettingForm { .time }
  package static var placeholder: String { "TIME" }
  package var settingValue: SettingValue? { .text(description) }

  package init?(setting value: SettingValue) {
    switch value {
    case .text(let text): self.init(text)
    case .integer(let seconds): self.init(String(seconds))
    default: return nil
    }
  }
}
