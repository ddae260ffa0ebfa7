import ParableSettings

/// A command line as its syntax understands it.
package struct ParsedArguments<Options: DeclaredSettings> {
  /// By what it was read.
  package let syntax: CommandSyntax<Options>

  /// The options: what was given, and the defaults of the rest.
  package private(set) var options = Options()

  /// The arguments that are no options.
  package private(set) var positionals: [String] = []

  /// The command line of the other program, where the syntax passes one on.
  package internal(set) var remainder: [String] = []

  /// Whether help was asked for instead of a run.
  package private(set) var wantsHelp = false

  private var given: [String: SettingValue] = [:]

  init(syntax: CommandSyntax<Options>) { self.syntax = syntax }
}

extension ParsedArguments {
  /// `base` with every option replaced that was given.
  package func options(over base: Options) -> Options {
    var options = base
    // What the parser has let pass, the property can hold.
    for setting in syntax.settings { _ = given[setting.key].map { setting.set($0, in: &options) } }
    return options
  }

  /// Whether the option stood on the command line.
  package func isGiven(_ keyPath: PartialKeyPath<Options>) -> Bool {
    syntax.settings.contains { $0.keyPath == keyPath && given[$0.key] != nil }
  }

  /// The options that were given and are none of `allowed`, in the order of help.
  package func given(besides allowed: Set<String>) -> [String] {
    syntax.settings.filter { given[$0.key] != nil }.map(\.option)
      .filter { !allowed.contains(String($0.dropFirst(2))) }
  }

  /// The error that says that a combination of options or values does not suit the command.
  package func unsuitable(_ what: String, remedy: String) -> CommandLineError {
    .unsuitable(what: what, syntax.place, remedy: remedy)
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
    if ["--help", "-h"].contains(argument) {
      wantsHelp = true
      return
    }
    let (setting, attached) = try split(argument)
    if setting.form == .flag {
      guard attached == nil else { throw .superfluousValue(option: setting.option, syntax.place) }
      return try store(.flag(true), for: setting)
    }
    var text = attached
    // A value that begins with two dashes has to be attached: else a forgotten value would
    // swallow the option after it.
    if text == nil, let next = rest.first, !next.hasPrefix("--") {
      text = next
      rest.removeFirst()
    }
    guard let text else {
      throw .missingValue(option: setting.option, usage: setting.usage, syntax.place)
    }
    guard let value = setting.value(of: text) else {
      throw .wrongValue(
        option: setting.option, value: text,
        expected: setting.form.expectation(insteadOf: text), syntax.place)
    }
    try store(value, for: setting)
  }

  func checkComplete() throws(CommandLineError) {
    if positionals.count < syntax.positionals.count {
      let placeholder = syntax.positionals[positionals.count].placeholder
      throw .missingArgument(placeholder, usage: syntax.usage, syntax.place)
    }
    for setting in syntax.settings where setting.isRequired && given[setting.key] == nil {
      throw .missingOption(setting.option, usage: setting.usage, syntax.place)
    }
  }

  private func split(_ argument: String) throws(CommandLineError) -> (Setting<Options>, String?) {
    if argument.hasPrefix("--") {
      let parts = argument.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts.first.map(String.init) ?? ""
      if let setting = syntax.settings.first(where: { $0.names.contains(name) }) {
        return (setting, parts.count > 1 ? String(parts[1]) : nil)
      }
      throw unknown("--\(name)", name)
    }
    let letter = argument.dropFirst().first
    if let setting = syntax.settings.first(where: { $0.letter != nil && $0.letter == letter }) {
      let attached = argument.dropFirst(2)
      return (setting, attached.isEmpty ? nil : String(attached))
    }
    throw unknown(argument, String(argument.dropFirst()))
  }

  private func unknown(_ argument: String, _ name: String) -> CommandLineError {
    let nearest = nearestSetting(to: name, among: syntax.settings, and: ["help"])
    return .unknownOption(
      argument, nearest: nearest.map { $0.setting?.option ?? "--\($0.name)" }, syntax.place)
  }

  private mutating func store(
    _ value: SettingValue, for setting: Setting<Options>
  ) throws(CommandLineError) {
    var value = value
    switch (given[setting.key], value) {
    case (nil, _): break
    case (.list(let earlier), .list(let more)): value = .list(earlier + more)
    default: throw .repeatedOption(setting.option, syntax.place)
    }
    // The declaration lets it pass, but the property's type does not: too large, negative.
    guard setting.set(value, in: &options) else {
      throw .wrongValue(
        option: setting.option, value: value.description, expected: "a value in range",
        syntax.place)
    }
    given[setting.key] = value
  }
}
