import CommandLineInterface
import Testing

@Suite struct CommandSyntaxTests {
  static let syntax = CommandSyntax(
    CommandPlace(program: "worker", command: "bake"), summary: "bakes bread",
    positionals: [PositionalArgument("FLOUR", "what to bake from")],
    groups: [
      OptionGroup(
        "Oven",
        [
          .integer("loaf-count", letter: "n", "N", "how many", minimum: 1, default: 2),
          .number("oven-heat", "X", "how hot", minimum: 0),
          .choice("crust", ["thin", "thick"], "which crust", default: "thin"),
        ]),
      OptionGroup(
        "Kitchen",
        [
          .text("spice", "NAME", "what to add", isRepeatable: true),
          .text("shelf", "DIR", "where to put it", isRequired: true),
          .flag("slowly", "take time"),
        ]),
    ])

  /// A command line and the one line that says what is wrong with it.
  static let mistakes: [(arguments: [String], message: String)] = [
    (
      ["rye", "--shelf", "a", "--loaf-cout", "3"],
      "bake: unknown option --loaf-cout; the nearest is --loaf-count, see worker help bake"
    ),
    (
      ["rye", "--shelf", "a", "--loaf-cout=3"],
      "bake: unknown option --loaf-cout; the nearest is --loaf-count, see worker help bake"
    ),
    (
      ["rye", "--shelf", "a", "--oven", "3"],
      "bake: unknown option --oven; the nearest is --oven-heat, see worker help bake"
    ),
    (
      ["rye", "--shelf", "a", "-x"],
      "bake: unknown option -x; see worker help bake"
    ),
    (["rye", "--shelf"], "bake: --shelf has no value; write --shelf DIR"),
    (["rye", "--shelf", "--slowly"], "bake: --shelf has no value; write --shelf DIR"),
    (
      ["rye", "--shelf", "a", "--crust"],
      "bake: --crust has no value; write --crust thin|thick"
    ),
    (
      ["rye", "--shelf", "a", "--slowly=yes"],
      "bake: --slowly takes no value; write --slowly alone"
    ),
    (
      ["rye", "--shelf", "a", "--loaf-count", "many"],
      "bake: --loaf-count is 'many'; give a whole number of at least 1"
    ),
    (
      ["rye", "--shelf", "a", "--loaf-count", "0"],
      "bake: --loaf-count is '0'; give a whole number of at least 1"
    ),
    (
      ["rye", "--shelf", "a", "-n2.5"],
      "bake: --loaf-count is '2.5'; give a whole number of at least 1"
    ),
    (
      ["rye", "--shelf", "a", "--loaf-count", "99999999999999999999"],
      "bake: --loaf-count is '99999999999999999999'; give a whole number of at most 9223372036854775807"
    ),
    (
      ["rye", "--shelf", "a", "--oven-heat", "-1"],
      "bake: --oven-heat is '-1'; give a number of at least 0"
    ),
    (
      ["rye", "--shelf", "a", "--oven-heat=nan"],
      "bake: --oven-heat is 'nan'; give a number of at least 0"
    ),
    (
      ["rye", "--shelf", "a", "--oven-heat=inf"],
      "bake: --oven-heat is 'inf'; give a number of at least 0"
    ),
    (
      ["rye", "--shelf", "a", "--crust", "burnt"],
      "bake: --crust is 'burnt'; give one of thin, thick"
    ),
    (["rye", "--shelf", "a", "--shelf", "b"], "bake: --shelf stands there twice; give it once"),
    (
      ["rye", "--shelf", "a", "--slowly", "--slowly"],
      "bake: --slowly stands there twice; give it once"
    ),
    (["rye", "--shelf", ""], "bake: --shelf is ''; give a name"),
    (
      ["rye", "--shelf", "a", "--baker", "b"],
      "bake: unknown option --baker; see worker help bake"
    ),
    (["rye"], "bake: no --shelf given; add --shelf DIR"),
    (
      ["--shelf", "a"],
      "bake: no FLOUR given; write worker bake FLOUR --shelf DIR [options]"
    ),
    (
      ["rye", "oats", "--shelf", "a"],
      "bake: unexpected argument 'oats'; leave it out or see worker help bake"
    ),
    (
      ["rye", "--shelf", "a", "--", "-n"],
      "bake: unexpected argument '-n'; leave it out or see worker help bake"
    ),
  ]

  @Test(arguments: mistakes.indices)
  func mistakesGetOneLine(_ index: Int) {
    let mistake = Self.mistakes[index]
    let error = #expect(throws: CommandLineError.self) {
      try Self.syntax.parse(mistake.arguments)
    }
    #expect(error?.description == mistake.message)
    #expect(error?.exitCode == 2)
    #expect(error?.isCommandLineAlone == true)
  }

  @Test func valuesFollowOrAreAttached() throws {
    let lines = [
      ["rye", "--shelf", "a", "--loaf-count", "7", "--oven-heat", "1.5e2", "--crust", "thick"],
      ["--shelf=a", "--loaf-count=7", "--oven-heat=150", "--crust=thick", "rye"],
      ["-n", "7", "--oven-heat", "150.0", "--shelf", "a", "--crust=thick", "--", "rye"],
      ["-n7", "--oven-heat", "150.0", "--shelf", "a", "--crust=thick", "rye"],
    ]
    for line in lines {
      let parsed = try Self.syntax.parse(line)
      #expect(parsed.positionals == ["rye"])
      #expect(
        parsed.values == [
          "shelf": .text("a"), "loafCount": .integer(7), "ovenHeat": .number(150),
          "crust": .text("thick"),
        ])
    }
  }

  @Test func whatIsNotGivenHasTheDefaultOfTheTable() throws {
    let parsed = try Self.syntax.parse(["rye", "--shelf", "a"])
    #expect(parsed.integer("loaf-count") == 2)
    #expect(parsed.text("crust") == "thin")
    #expect(parsed.number("oven-heat") == nil)
    #expect(parsed.texts("spice") == [])
    #expect(!parsed.flag("slowly"))
    #expect(parsed.values == ["shelf": .text("a")])
  }

  @Test func repeatedValuesKeepTheirOrder() throws {
    let parsed = try Self.syntax.parse(
      ["rye", "--shelf=a", "--spice", "salt", "--spice=--", "--spice", "", "--slowly"])
    #expect(parsed.texts("spice") == ["salt", "--", ""])
    #expect(parsed.flag("slowly"))
  }

  @Test func attachedValuesMayContainAnything() throws {
    let parsed = try Self.syntax.parse(["rye", "--shelf=--slowly=a=b"])
    #expect(parsed.text("shelf") == "--slowly=a=b")
  }

  @Test(arguments: [["--help"], ["-h"], ["rye", "-n", "3", "--help"]])
  func helpNeedsNothingElse(_ line: [String]) throws {
    #expect(try Self.syntax.parse(line).wantsHelp)
  }

  @Test func aRemainderIsPassedOnUnread() throws {
    let syntax = CommandSyntax(
      CommandPlace(program: "launcher"), summary: "starts",
      remainder: PositionalArgument("COMMAND …", "what to start"),
      groups: [OptionGroup("Options", [.integer("ranks", letter: "n", "N", "how many")])])
    let parsed = try syntax.parse(["-n", "3", "bake", "-n", "4", "--help", "--"])
    #expect(parsed.integer("ranks") == 3)
    #expect(parsed.remainder == ["bake", "-n", "4", "--help", "--"])
    #expect(!parsed.wantsHelp)
    #expect(syntax.usage == "launcher [options] COMMAND …")
    #expect(try syntax.parse(["--", "--ranks"]).remainder == ["--ranks"])
  }

  @Test func helpShowsEveryRowOfTheTable() {
    #expect(
      Self.syntax.helpText(width: 80) == """
        bakes bread

        Usage: worker bake FLOUR --shelf DIR [options]

        Arguments:
          FLOUR               what to bake from

        Oven:
          -n, --loaf-count N  how many (default: 2)
          --oven-heat X       how hot
          --crust thin|thick  which crust (default: thin)

        Kitchen:
          --spice NAME        what to add (may be repeated)
          --shelf DIR         where to put it (required)
          --slowly            take time
          -h, --help          show this text

        """)
  }

  @Test func longExplanationsWrapInTheirColumn() {
    let text = String(repeating: "twelve chars ", count: 12)
    let long = "--" + String(repeating: "b", count: 40)
    let table = HelpTable("T", [("--a", text), (long, "c")])
    let lines = rendered([table], width: 96).joined().split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= 96 })
    #expect(lines.dropFirst(2).first?.hasPrefix("       chars") == true)
    #expect(lines.suffix(2) == ["  \(long)", "       c"])
  }
}
