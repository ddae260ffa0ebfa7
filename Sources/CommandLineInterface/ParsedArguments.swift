import Settings

/// A command line as its table understands it: values by their JSON names.
package struct ParsedArguments: Sendable {
  /// The table by which it was read.
  package let syntax: CommandSyntax

  /// What was given, by JSON name; defaults are not in it.
  package internal(set) var values: [String: SettingValue] = [:]

  /// The arguments that are no options.
  package private(set) var positionals: [String] = []

  /// The command line of the other program, where the table passes one on.
  package internal(set) var remainder: [String] = []

  init(syntax: CommandSyntax) { self.syntax = syntax }

  /// Whether help was asked for instead of a run.
  package var wantsHelp: Bool { values["help"] != nil }
}

// Values by the option's name on the command line: what was given, else the table's default.
extension ParsedArguments {
  /// Whether the option stood on the command line, rather than its default.
  package func isGiven(_ name: String) -> Bool {
    syntax.option(named: name).map { values[$0.key] != nil } ?? false
  }

  /// Whether the flag was given.
  package func flag(_ name: String) -> Bool { self[name] == .flag(true) }

  /// The whole number of the option.
  package func integer(_ name: String) -> Int? {
    if case .integer(let value) = self[name] { value } else { nil }
  }

  /// The number of the option.
  package func number(_ name: String) -> Double? {
    if case .number(let value) = self[name] { value } else { nil }
  }

  /// The text or choice of the option.
  package func text(_ name: String) -> String? {
    if case .text(let value) = self[name] { value } else { nil }
  }

  /// All texts of an option that may be repeated, in the order given.
  package func texts(_ name: String) -> [String] {
    guard case .list(let values) = self[name] else { return [] }
    return values.map(\.description)
  }

  /// The text of an option that the command cannot do without.
  package func requiredText(_ name: String) throws(CommandLineError) -> String {
    guard let text = text(name) else { throw missing(name) }
    return text
  }

  /// The whole number of an option that the command cannot do without.
  package func requiredInteger(_ name: String) throws(CommandLineError) -> Int {
    guard let integer = integer(name) else { throw missing(name) }
    return integer
  }

  /// The error that says that a combination of options or values does not suit the command.
  package func unsuitable(_ what: String, remedy: String) -> CommandLineError {
    .unsuitable(what: what, syntax.place, remedy: remedy)
  }

  private subscript(name: String) -> SettingValue? {
    guard let option = syntax.option(named: name) else {
      preconditionFailure("\(syntax.place) has no option named \(name)")
    }
    if let value = values[option.key] { return value }
    guard case .value(let value) = option.defaultValue else { return nil }
    return option.isRepeatable ? .list([value]) : value
  }

  private func missing(_ name: String) -> CommandLineError {
    let usage = syntax.option(named: name)?.usage ?? "--\(name)"
    return .missingOption("--\(name)", usage: usage, syntax.place)
  }
}

// What the parser adds, one argument at a time.
extension ParsedArguments {
  mutating func append(
    positionals arguments: some Sequence<String>
  ) throws(CommandLineError) {
    for argument in arguments {
      guard positionals.count < syntax.positionals.count else {
        throw .unexpectedArgument(argument, syntax.place)
      }
      positionals.append(argument)
    }
  }

  /// Takes `--name`, `--name=value`, `-n` or `-nvalue`, and the value from `rest` where it follows.
  mutating func set(
    option argument: String, valuesFrom rest: inout ArraySlice<String>
  ) throws(CommandLineError) {
    let (option, attached) = try split(argument)
    if option.kind == .flag {
      guard attached == nil else { throw .superfluousValue(option: option.dashed, syntax.place) }
      try store(.flag(true), for: option)
      return
    }
    var text = attached
    // A value that begins with two dashes has to be attached: else a forgotten value would
    // swallow the option after it.
    if text == nil, let next = rest.first, !next.hasPrefix("--") {
      text = next
      rest.removeFirst()
    }
    guard let text else {
      throw .missingValue(option: option.dashed, usage: option.usage, syntax.place)
    }
    guard let value = option.value(of: text) else {
      throw .wrongValue(
        option: option.dashed, value: text, expected: option.expectation(insteadOf: text),
        syntax.place)
    }
    try store(value, for: option)
  }

  func checkComplete() throws(CommandLineError) {
    if positionals.count < syntax.positionals.count {
      let placeholder = syntax.positionals[positionals.count].placeholder
      throw .missingArgument(placeholder, usage: syntax.usage, syntax.place)
    }
    for option in syntax.options where option.isRequired && values[option.key] == nil {
      throw missing(option.name)
    }
  }

  private func split(_ argument: String) throws(CommandLineError) -> (CommandOption, String?) {
    if argument.hasPrefix("--") {
      let parts = argument.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts.first.map(String.init) ?? ""
      if let option = syntax.option(named: name) {
        return (option, parts.count > 1 ? String(parts[1]) : nil)
      }
      throw unknown("--\(name)", name)
    }
    let letter = argument.dropFirst().prefix(1)
    if let option = syntax.options.first(where: { $0.letter.map(String.init) == String(letter) }) {
      let attached = argument.dropFirst(2)
      return (option, attached.isEmpty ? nil : String(attached))
    }
    throw unknown(argument, String(argument.dropFirst()))
  }

  private func unknown(_ argument: String, _ name: String) -> CommandLineError {
    let nearest = syntax.nearestOption(to: name, among: syntax.options)
    return .unknownOption(argument, nearest: nearest?.dashed, syntax.place)
  }

  private mutating func store(
    _ value: SettingValue, for option: CommandOption
  ) throws(CommandLineError) {
    switch values[option.key] {
    case nil:
      values[option.key] = option.isRepeatable ? .list([value]) : value
    case .list(let earlier) where option.isRepeatable:
      values[option.key] = .list(earlier + [value])
    default:
      throw .repeatedOption(option.dashed, syntax.place)
    }
  }
}
