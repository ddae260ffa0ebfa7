/// An argument that is no option: its place alone says what it is.
package struct PositionalArgument: Sendable {
  /// What stands for it in help: `DIR`.
  package let placeholder: String

  /// What it is, in one line.
  package let summary: String

  /// Makes an argument that the command cannot do without.
  package init(_ placeholder: String, _ summary: String) {
    self.placeholder = placeholder
    self.summary = summary
  }
}

/// Options that help shows under one title.
package struct OptionGroup: Sendable {
  /// What the options have in common.
  package let title: String

  /// The options, in the order of help.
  package let options: [CommandOption]

  /// Makes a group from its title and options.
  package init(_ title: String, _ options: [CommandOption]) {
    self.title = title
    self.options = options
  }
}

/// Everything a command takes: the one table that drives parsing, help and JSON.
package struct CommandSyntax: Sendable {
  /// The program and the command's name.
  package let place: CommandPlace

  /// What the command does, in one line.
  package let summary: String

  /// Paragraphs that help shows below the usage line.
  package let discussion: [String]

  /// Command lines that help shows at its end.
  package let examples: [String]

  /// The arguments that are no options, all of them required.
  package let positionals: [PositionalArgument]

  /// Where another program's command line begins: all from the first argument that is no option
  /// is passed on unread, and this stands for it in help.
  package let remainder: PositionalArgument?

  /// The options, in groups.
  package let groups: [OptionGroup]

  /// Makes the table of a command; `--help` is added to it.
  package init(
    _ place: CommandPlace, summary: String, discussion: [String] = [],
    examples: [String] = [], positionals: [PositionalArgument] = [],
    remainder: PositionalArgument? = nil,
    groups: [OptionGroup]
  ) {
    self.place = place
    self.summary = summary
    self.discussion = discussion
    self.examples = examples
    self.positionals = positionals
    self.remainder = remainder
    let help = CommandOption.flag("help", letter: "h", "show this text")
    self.groups =
      groups.dropLast() + [
        OptionGroup(groups.last?.title ?? "Options", (groups.last?.options ?? []) + [help])
      ]
    let names = options.flatMap { [$0.name] + $0.aliases }
    precondition(Set(names).count == names.count, "an option of \(place) stands twice in its table")
  }

  /// All options, in the order of help.
  package var options: [CommandOption] { groups.flatMap(\.options) }

  func option(named name: String) -> CommandOption? {
    options.first { $0.name == name || $0.aliases.contains(name) }
  }

  /// The option that `wrong`, a name or a JSON key, was most likely meant to be; nil where none is
  /// near.
  func nearestOption(to wrong: String, among options: [CommandOption]) -> CommandOption? {
    let names = options.flatMap { option in
      ([option.name, option.key] + option.aliases).map { (name: $0, option: option) }
    }
    let nearest = nearestName(to: wrong, among: names.map(\.name))
    return names.first { $0.name == nearest }?.option
  }
}

extension CommandSyntax {
  /// Reads the arguments that follow the command's name.
  package func parse(_ arguments: [String]) throws(CommandLineError) -> ParsedArguments {
    var parsed = ParsedArguments(syntax: self)
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        if remainder != nil {
          parsed.remainder = Array(rest)
        } else {
          try parsed.append(positionals: rest)
        }
        break
      }
      if argument.hasPrefix("-"), argument.count > 1 {
        try parsed.set(option: argument, valuesFrom: &rest)
      } else if remainder != nil {
        parsed.remainder = [argument] + rest
        break
      } else {
        try parsed.append(positionals: [argument])
      }
    }
    if !parsed.wantsHelp { try parsed.checkComplete() }
    return parsed
  }
}
