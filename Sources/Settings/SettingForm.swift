/// What a setting takes.
package enum SettingForm: Equatable, Sendable {
  case flag
  case integer(SettingRange)
  case number(SettingRange)
  case text

  /// A text that names a file or folder, which no empty one does and none with a zero in it.
  case path

  /// Numbers of steps and ranges of them.
  case steps
  /// A text that is a ``TimeSpan``.
  case time
  case choice([String])

  /// What a value must be, in words that follow "give".
  package var expectation: String {
    func atLeast(_ range: SettingRange) -> String {
      range.lowerBound.map { " of at least \($0)" } ?? ""
    }
    return switch self {
    case .flag: "true or false"
    case .integer(let range): "a whole number" + atLeast(range)
    case .number(let range): "a number" + atLeast(range)
    case .text: "a text"
    case .path: "a name"
    case .steps: "steps such as 810-830 or 5,9-12"
    case .time: "a time such as 90s, 10m or 3h55m"
    case .choice(let choices): "one of \(choices.joined(separator: ", "))"
    }
  }

  /// What a value must be instead of `text`, in words that follow "give".
  package func expectation(insteadOf text: String) -> String {
    // Whole, and beyond what a number of 64 bits can hold.
    guard case .integer = self, text.wholeMatch(of: /\+?[0-9]+/) != nil, Int(text) == nil else {
      return expectation
    }
    return "a whole number of at most \(Int.max)"
  }

  /// What `text` from the command line means; nil where it means nothing.
  func value(of text: String) -> SettingValue? {
    switch self {
    case .flag: nil
    case .integer: Int(text).map { .integer($0) }.flatMap(accepted)
    case .number: Double(text).map { .number($0) }.flatMap(accepted)
    case .text, .path, .steps, .time, .choice: accepted(.text(text))
    }
  }

  /// `value` as a setting keeps it; nil where it is of another kind or too low to mean anything.
  ///
  /// Upper bounds are limits of this program, not of what a value can mean: validation has them.
  func accepted(_ value: SettingValue) -> SettingValue? {
    switch (self, value) {
    case (.flag, .flag), (.text, .text): value
    case (.path, .text(let text)): text.isEmpty || text.utf8.contains(0) ? nil : value
    case (.steps, _): StepRanges(setting: value) == nil ? nil : value
    case (.time, .text(let text)): TimeSpan(text) == nil ? nil : value
    case (.integer(let range), .integer(let number)):
      range.isReached(by: Double(number)) ? value : nil
    case (.number(let range), .number(let number)):
      number.isFinite && range.isReached(by: number) ? value : nil
    case (.number, .integer(let number)): accepted(.number(Double(number)))
    case (.choice(let choices), .text(let text)): choices.contains(text) ? value : nil
    default: nil
    }
  }

  /// What to give instead of `value`; nil where it is in range.
  func remedy(for value: SettingValue) -> String? {
    switch (self, value) {
    case (.integer(let range), .integer(let number)): range.remedy(for: Double(number))
    case (.number(let range), .number(let number)): range.remedy(for: number)
    default: nil
    }
  }

  /// The bounds as help shows them; nil where there are none.
  package var range: String? {
    switch self {
    case .integer(let range), .number(let range): range.words
    default: nil
    }
  }
}
