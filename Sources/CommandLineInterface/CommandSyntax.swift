import ParableSettings

/// An argument that is no option: its place alone says what it is.
package struct PositionalArgument: Sendable {
  let placeholder: String
  let summary: String

  /// Makes an argument that the command cannot do without: what stands for it in help (`DIR`), and
  /// what it is, in one line.
  package init(_ placeholder: String, _ summary: String) {
    self.placeholder = placeholder
    self.summary = summary
  }
}

/// Everything that a command takes; the declarations of its `Options` drive parsing and help.
package struct CommandSyntax<Options: DeclaredSettings> {
  /// The program and the command's name.
  package let place: CommandPlace

  let summary: String

  /// Paragraphs that help shows below the usage line.
  let discussion: [String]

  /// Command lines that help shows at its end.
  let examples: [String]

  /// The arguments that are no options, all of them required.
  let positionals: [PositionalArgument]

  /// Where another program's command line begins: all from the first argument that is no option
  /// is passed on unread, and this stands for it in help.
  package let remainder: PositionalArgument?

  let settings: [Setting<Options>]

  /// Makes the syntax of a command; `--help` is added to its options.
  package init(
    _ place: CommandPlace, summary: String, discussion: [String] = [],
    examples: [String] = [], positionals: [PositionalArgument] = [],
    remainder: PositionalArgument? = nil
  ) {
    self.place = place
    self.summary = summary
    self.discussion = discussion
    self.examples = examples
    self.positionals = positionals
    self.remainder = remainder
    settings = Options.settings
    let names = settings.flatMap(\.names)
    precondition(
      Set(names + ["help"]).count == names.count + 1, "an option of \(place) is declared twice")
  }
}

extension CommandSyntax {
  /// Reads the arguments that follow the command's name.
  package func parse(_ arguments: [String]) throws(CommandLineError) -> ParsedArguments<Options> {
    var parsed = ParsedArguments(syntax: self)
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let isEnd = argument == "--"
      if argument.hasPrefix("-"), argument.count > 1, !isEnd {
        try parsed.set(option: argument, valuesFrom: &rest)
      } else if remainder != nil {
        parsed.remainder = (isEnd ? [] : [argument]) + rest
        break
      } else {
        try parsed.append(positionals: isEnd ? rest : [argument])
        if isEnd { break }
      }
    }
    if !parsed.wantsHelp { try parsed.checkComplete() }
    return parsed
  }
}
