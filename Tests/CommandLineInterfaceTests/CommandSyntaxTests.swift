import ParableCommandLineInterface
import ParableSettings
import Testing

private struct Baking: DeclaredSettings {
  enum Crust: String, CaseIterable { case thin, thick }

  var loafCount = 2
  var ovenHeat: Double?
  var crust = Crust.thin
  var spice: [String] = []
  var shelf = ""
  var slowly = false

  static var settings: [Setting<Baking>] {
    [
      Setting(\.loafCount, "loafCount", "how many", unit: "LOAVES", in: .from(1, to: 9))
        .letter("n").also("loaves").formerly("bread-count").heading("Oven"),
      Setting(\.ovenHeat, "ovenHeat", "how hot", in: .above(0)).unlessGiven("warm"),
      Setting(choice: \.crust, "crust", "which crust").formerly(["slim": "thin"]),
      Setting(\.spice, "spice", "what to add", unit: "NAME").heading("Kitchen"),
      Setting(\.shelf, "shelf", "where to put it", unit: "DIR").required,
      Setting(\.slowly, "slowly", "take time"),
    ]
  }

  static var presets: [(name: String, values: Baking)] {
    [("", Baking()), ("feast", Baking(loafCount: 8))]
  }
}

@Suite struct CommandSyntaxTests {
  private static var syntax: CommandSyntax<Baking> {
    CommandSyntax(
      CommandPlace(program: "worker", command: "bake"), summary: "bakes bread",
      positionals: [PositionalArgument("FLOUR", "what to bake from")])
  }

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
    (
      ["rye", "--shelf", "a", "-n", "3", "--bread-count", "3"],
      "bake: --loaf-count stands there twice; give it once"
    ),
    (
      ["rye", "--shelf", "a", "--hlep"],
      "bake: unknown option --hlep; the nearest is --help, see worker help bake"
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
      ["--loaves", "7", "--oven-heat", "150.0", "--shelf", "a", "--crust=thick", "rye"],
    ]
    for line in lines {
      let parsed = try Self.syntax.parse(line)
      #expect(parsed.positionals == ["rye"])
      let options = parsed.options
      #expect(options.shelf == "a" && options.loafCount == 7 && options.ovenHeat == 150)
      #expect(options.crust == .thick)
    }
  }

  @Test func oldNamesAreUnderstood() throws {
    let options = try Self.syntax.parse(
      ["rye", "--shelf", "a", "--bread-count=7", "--crust", "slim"]
    ).options
    #expect(options.loafCount == 7 && options.crust == .thin)
  }

  @Test func whatIsNotGivenHasItsDefault() throws {
    let parsed = try Self.syntax.parse(["rye", "--shelf", "a"])
    #expect(parsed.options.loafCount == 2 && parsed.options.crust == .thin)
    #expect(parsed.options.ovenHeat == nil && parsed.options.spice == [])
    #expect(!parsed.options.slowly)
    #expect(parsed.isGiven(\.shelf) && !parsed.isGiven(\.loafCount))
    #expect(parsed.given(besides: []).first == "--shelf")
    #expect(parsed.given(besides: ["shelf"]).isEmpty)
  }

  @Test func whatIsGivenReplacesThatOfAPreset() throws {
    let parsed = try Self.syntax.parse(["rye", "--shelf", "a", "--oven-heat", "3"])
    let options = parsed.options(over: Baking(loafCount: 5, ovenHeat: 4, slowly: true))
    #expect(options.loafCount == 5 && options.ovenHeat == 3 && options.slowly)
  }

  @Test func repeatedValuesKeepTheirOrder() throws {
    let parsed = try Self.syntax.parse(
      ["rye", "--shelf=a", "--spice", "salt", "--spice=--", "--spice", "", "--slowly"])
    #expect(parsed.options.spice == ["salt", "--", ""])
    #expect(parsed.options.slowly)
  }

  @Test func attachedValuesMayContainAnything() throws {
    let parsed = try Self.syntax.parse(["rye", "--shelf=--slowly=a=b"])
    #expect(parsed.options.shelf == "--slowly=a=b")
  }

  @Test(arguments: [["--help"], ["-h"], ["rye", "-n", "3", "--help"]])
  func helpNeedsNothingElse(_ line: [String]) throws {
    #expect(try Self.syntax.parse(line).wantsHelp)
  }

  @Test func aRemainderIsPassedOnUnread() throws {
    let syntax = CommandSyntax<Baking>(
      CommandPlace(program: "launcher"), summary: "starts",
      remainder: PositionalArgument("COMMAND …", "what to start"))
    let parsed = try syntax.parse(["-n", "3", "--shelf=a", "bake", "-n", "4", "--help", "--"])
    #expect(parsed.options.loafCount == 3)
    #expect(parsed.remainder == ["bake", "-n", "4", "--help", "--"])
    #expect(!parsed.wantsHelp)
    #expect(syntax.usage == "launcher [options] --shelf DIR COMMAND …")
    #expect(try syntax.parse(["--shelf=a", "--", "--ranks"]).remainder == ["--ranks"])
  }

  @Test func helpShowsEveryDeclaration() {
    #expect(
      Self.syntax.helpText(width: 80) == """
        bakes bread

        Usage: worker bake FLOUR --shelf DIR [options]

        Arguments:
          FLOUR                    what to bake from

        Oven:
          -n, --loaf-count LOAVES  how many (also --loaves; 1 to 9; default: 2, feast:
                                   8)
          --oven-heat X            how hot (above 0; default: warm)
          --crust thin|thick       which crust (default: thin)

        Kitchen:
          --spice NAME             what to add (may be repeated)
          --shelf DIR              where to put it (required)
          --slowly                 take time
          -h, --help               show this text

        """)
  }

  @Test func longExplanationsWrapInTheirColumn() {
    let text = String(repeating: "twelve chars ", count: 12)
    let long = "--" + String(repeating: "b", count: 40)
    let table: HelpTable = ("T", [("--a", text), (long, "c")])
    let lines = rendered([table], width: 96).joined().split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= 96 })
    #expect(lines.dropFirst(2).first?.hasPrefix("       chars") == true)
    #expect(lines.suffix(2) == ["  \(long)", "       c"])
  }
}
