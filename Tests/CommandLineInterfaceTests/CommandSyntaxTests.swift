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
      "unknown option --loaf-cout, in bake, the nearest is --loaf-count, see worker help bake"
    ),
    (
      ["rye", "--shelf", "a", "--loaf-cout=3"],
      "unknown option --loaf-cout, in bake, the nearest is --loaf-count, see worker help bake"
    ),
    (
      ["rye", "--shelf", "a", "--oven", "3"],
      "unknown option --oven, in bake, the nearest is --oven-heat, see worker help bake"
    ),
    (
      ["rye", "--shelf", "a", "-x"],
      "unknown option -x, in bake, the nearest is --help, see worker help bake"
    ),
    (["rye", "--shelf"], "--shelf has no value, in bake, write --shelf DIR"),
    (["rye", "--shelf", "--slowly"], "--shelf has no value, in bake, write --shelf DIR"),
    (
      ["rye", "--shelf", "a", "--crust"],
      "--crust has no value, in bake, write --crust thin|thick"
    ),
    (
      ["rye", "--shelf", "a", "--slowly=yes"],
      "--slowly takes no value, in bake, write --slowly alone"
    ),
    (
      ["rye", "--shelf", "a", "--loaf-count", "many"],
      "--loaf-count is 'many', in bake, give a whole number of at least 1"
    ),
    (
      ["rye", "--shelf", "a", "--loaf-count", "0"],
      "--loaf-count is '0', in bake, give a whole number of at least 1"
    ),
    (
      ["rye", "--shelf", "a", "-n2.5"],
      "--loaf-count is '2.5', in bake, give a whole number of at least 1"
    ),
    (
      ["rye", "--shelf", "a", "--loaf-count", "99999999999999999999"],
      "--loaf-count is '99999999999999999999', in bake, give a whole number of at least 1"
    ),
    (
      ["rye", "--shelf", "a", "--oven-heat", "-1"],
      "--oven-heat is '-1', in bake, give a number of at least 0"
    ),
    (
      ["rye", "--shelf", "a", "--oven-heat=nan"],
      "--oven-heat is 'nan', in bake, give a number of at least 0"
    ),
    (
      ["rye", "--shelf", "a", "--oven-heat=inf"],
      "--oven-heat is 'inf', in bake, give a number of at least 0"
    ),
    (
      ["rye", "--shelf", "a", "--crust", "burnt"],
      "--crust is 'burnt', in bake, give one of thin, thick"
    ),
    (["rye", "--shelf", "a", "--shelf", "b"], "--shelf stands there twice, in bake, give it once"),
    (
      ["rye", "--shelf", "a", "--slowly", "--slowly"],
      "--slowly stands there twice, in bake, give it once"
    ),
    (["rye"], "no --shelf given, in bake, add --shelf DIR"),
    (
      ["--shelf", "a"],
      "no FLOUR given, in bake, write worker bake FLOUR --shelf DIR [options]"
    ),
    (
      ["rye", "oats", "--shelf", "a"],
      "unexpected argument 'oats', in bake, leave it out or see worker help bake"
    ),
    (
      ["rye", "--shelf", "a", "--", "-n"],
      "unexpected argument '-n', in bake, leave it out or see worker help bake"
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
      Self.syntax.helpText == """
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
    let lines = rendered([table]).joined().split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= 96 })
    #expect(lines.dropFirst(2).first?.hasPrefix("       chars") == true)
    #expect(lines.suffix(2) == ["  \(long)", "       c"])
  }
}
