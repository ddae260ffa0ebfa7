import Settings

/// One option of a command: its row in the table that parsing, help and JSON all read.
package struct CommandOption: Sendable {
  /// What the option takes.
  package enum Kind: Equatable, Sendable {
    case flag
    case integer(minimum: Int?)
    case number(minimum: Double?)
    case text
    case choice([String])
  }

  /// What holds where the option is left out.
  package enum Default: Sendable {
    case value(SettingValue)
    case described(String)
  }

  /// The name on the command line, without its dashes: `learning-rate`.
  package let name: String

  /// The short form, where there is one.
  package let letter: Character?

  /// What the option takes.
  package let kind: Kind

  /// What stands for the value in help: `FILE`.
  package let placeholder: String

  /// What holds where the option is left out; nil where that is nothing.
  package let defaultValue: Default?

  /// Whether the option may be given several times, every value counting.
  package let isRepeatable: Bool

  /// Whether the command cannot do without it.
  package let isRequired: Bool

  /// Whether a configuration file may hold it.
  package let isConfigurable: Bool

  /// What it does, in one line.
  package let summary: String

  /// The name in JSON: `learningRate` for `learning-rate`.
  package let key: String

  init(
    name: String, letter: Character?, kind: Kind, placeholder: String, default: Default?,
    isRepeatable: Bool, isRequired: Bool, isConfigurable: Bool, summary: String
  ) {
    self.name = name
    self.letter = letter
    self.kind = kind
    self.placeholder = placeholder
    self.defaultValue = `default`
    self.isRepeatable = isRepeatable
    self.isRequired = isRequired
    self.isConfigurable = isConfigurable
    self.summary = summary
    let words = name.split(separator: "-")
    key = words.prefix(1).joined() + words.dropFirst().map(capitalized).joined()
  }
}

// One maker a kind. `default` is the value itself where there is one value; `unlessGiven` says in
// words what happens otherwise (a preset's value, a free folder).
extension CommandOption {
  /// An option that is there or not.
  package static func flag(
    _ name: String, letter: Character? = nil, _ summary: String, isConfigurable: Bool = false
  ) -> CommandOption {
    CommandOption(
      name: name, letter: letter, kind: .flag, placeholder: "", default: nil, isRepeatable: false,
      isRequired: false, isConfigurable: isConfigurable, summary: summary)
  }

  /// An option that takes a whole number.
  package static func integer(
    _ name: String, letter: Character? = nil, _ placeholder: String, _ summary: String,
    minimum: Int? = nil, default: Int? = nil, unlessGiven: String? = nil,
    isRequired: Bool = false, isConfigurable: Bool = true
  ) -> CommandOption {
    CommandOption(
      name: name, letter: letter, kind: .integer(minimum: minimum), placeholder: placeholder,
      default: Self.default(`default`.map { .integer($0) }, unlessGiven), isRepeatable: false,
      isRequired: isRequired, isConfigurable: isConfigurable, summary: summary)
  }

  /// An option that takes a number.
  package static func number(
    _ name: String, _ placeholder: String, _ summary: String, minimum: Double? = nil,
    default: Double? = nil, unlessGiven: String? = nil, isRequired: Bool = false,
    isConfigurable: Bool = true
  ) -> CommandOption {
    CommandOption(
      name: name, letter: nil, kind: .number(minimum: minimum), placeholder: placeholder,
      default: Self.default(`default`.map { .number($0) }, unlessGiven), isRepeatable: false,
      isRequired: isRequired, isConfigurable: isConfigurable, summary: summary)
  }

  /// An option that takes any text, a path for instance.
  package static func text(
    _ name: String, _ placeholder: String, _ summary: String, isRepeatable: Bool = false,
    default: String? = nil, unlessGiven: String? = nil, isRequired: Bool = false,
    isConfigurable: Bool = true
  ) -> CommandOption {
    CommandOption(
      name: name, letter: nil, kind: .text, placeholder: placeholder,
      default: Self.default(`default`.map { .text($0) }, unlessGiven), isRepeatable: isRepeatable,
      isRequired: isRequired, isConfigurable: isConfigurable, summary: summary)
  }

  /// An option that takes one of a few words.
  package static func choice(
    _ name: String, _ choices: [String], _ summary: String, default: String? = nil,
    unlessGiven: String? = nil, isRequired: Bool = false, isConfigurable: Bool = true
  ) -> CommandOption {
    precondition(`default`.map(choices.contains) ?? true, "the default of \(name) is no choice")
    return CommandOption(
      name: name, letter: nil, kind: .choice(choices),
      placeholder: choices.joined(separator: "|"),
      default: Self.default(`default`.map { .text($0) }, unlessGiven), isRepeatable: false,
      isRequired: isRequired, isConfigurable: isConfigurable, summary: summary)
  }

  private static func `default`(_ value: SettingValue?, _ words: String?) -> Default? {
    value.map { .value($0) } ?? words.map { .described($0) }
  }
}

extension CommandOption {
  /// The option as typed, without a value: `--learning-rate`.
  var dashed: String { "--\(name)" }

  /// The option as typed, with what stands for its value: `--learning-rate X`.
  var usage: String { kind == .flag ? dashed : "\(dashed) \(placeholder)" }

  /// Other names by which people call the option, from other trainers.
  var aliases: [String] {
    switch name {
    case "learning-rate": ["lr"]
    case "minimum-learning-rate": ["min-lr"]
    case "vocabulary-size": ["vocab-size"]
    case "batch": ["batch-size"]
    case "context": ["context-length"]
    case "micro-batch": ["grain"]
    case "keep-checkpoints": ["keep"]
    case "gradient-clipping": ["maximum-norm", "max-norm", "grad-clip"]
    case "warmup-steps": ["warmup"]
    default: []
    }
  }

  /// Whether the value names a file or folder, which no empty text does.
  private var isPath: Bool { ["FILE", "DIR"].contains { placeholder.hasPrefix($0) } }

  /// What a value must be, in words that follow "give".
  var expectation: String {
    switch kind {
    case .flag: "true or false"
    case .integer(.none): "a whole number"
    case .integer(.some(let minimum)): "a whole number of at least \(minimum)"
    case .number(.none): "a number"
    case .number(.some(let minimum)): "a number of at least \(SettingValue.number(minimum))"
    case .text: isPath ? "a name" : "a text"
    case .choice(let choices): "one of \(choices.joined(separator: ", "))"
    }
  }

  /// What a value must be instead of `text`, in words that follow "give".
  func expectation(insteadOf text: String) -> String {
    // Whole, and beyond what a number of 64 bits can hold.
    guard case .integer = kind, text.wholeMatch(of: /\+?[0-9]+/) != nil, Int(text) == nil else {
      return expectation
    }
    return "a whole number of at most \(Int.max)"
  }

  /// The value that `text` from the command line means; nil where it means none.
  func value(of text: String) -> SettingValue? {
    switch kind {
    case .flag: nil
    case .integer: Int(text).map { .integer($0) }.flatMap(accepted)
    case .number: Double(text).map { .number($0) }.flatMap(accepted)
    case .text, .choice: accepted(.text(text))
    }
  }

  /// `value` as this option keeps it; nil where it is of another kind or out of range.
  func accepted(_ value: SettingValue) -> SettingValue? {
    switch (kind, value) {
    case (.flag, .flag):
      value
    case (.text, .text(let text)):
      isPath && text.isEmpty ? nil : value
    case (.integer(let minimum), .integer(let number)):
      number >= minimum ?? .min ? value : nil
    case (.number(let minimum), .number(let number)):
      number.isFinite && number >= minimum ?? -.infinity ? value : nil
    case (.number, .integer(let number)):
      accepted(.number(Double(number)))
    case (.choice(let choices), .text(let text)):
      choices.contains(text) ? value : nil
    default:
      nil
    }
  }
}

private func capitalized(_ word: Substring) -> String {
  word.prefix(1).uppercased() + word.dropFirst()
}
