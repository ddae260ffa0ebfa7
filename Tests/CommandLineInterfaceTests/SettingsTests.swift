import CommandLineInterface
import Foundation
import Testing

private struct Settings: Codable, Equatable {
  enum Precision: String, Codable { case fp32, bf16 }

  var learningRate = 0.1 as Float
  var warmupSteps = 100
  var seed: UInt64 = 1
  var precision = Precision.fp32
  var corpus: [String] = []
  var note: String?
}

private let syntax = CommandSyntax(
  CommandPlace(program: "worker", command: "train"), summary: "trains",
  groups: [
    OptionGroup(
      "Options",
      [
        .number("learning-rate", "X", "step size", minimum: 0),
        .integer("warmup-steps", "N", "rising steps", minimum: 0),
        .integer("seed", "N", "chance"),
        .choice("precision", ["fp32", "bf16"], "number format"),
        .text("corpus", "FILE", "text", isRepeatable: true),
        .text("note", "TEXT", "remark"),
        .text("config", "FILE", "settings file", isConfigurable: false),
        .flag("json", "print JSON"),
      ])
  ])

@Suite struct SettingsTests {
  @Test func theCommandLineWinsOverTheFileWhichWinsOverThePreset() throws {
    let path = try file(#"{"learningRate": 1, "seed": 7, "corpus": ["a", "b"]}"#)
    let parsed = try syntax.parse(["--seed", "9", "--precision", "bf16", "--json"])
      .over(settingsFile: path)
    let settings = try parsed.settings(over: Settings(warmupSteps: 3))
    #expect(
      settings
        == Settings(
          learningRate: 1, warmupSteps: 3, seed: 9, precision: .bf16, corpus: ["a", "b"]))
    #expect(parsed.integer("seed") == 9)
    #expect(parsed.texts("corpus") == ["a", "b"])
  }

  @Test func nothingGivenLeavesThePresetToTheBit() throws {
    let preset = Settings(learningRate: Float(0.1).nextUp, seed: UInt64(Int.max), note: "é\n\"")
    #expect(try syntax.parse([]).settings(over: preset) == preset)
  }

  @Test func numbersKeepTheirBits() throws {
    for text in ["3e-3", "0.1", "1e-45", "123456.789"] {
      let parsed = try syntax.parse(["--learning-rate", text])
      #expect(try parsed.settings(over: Settings()).learningRate == Float(text))
    }
  }

  @Test func aListedOptionTakesOneValueToo() throws {
    let path = try file(#"{"corpus": "a"}"#)
    #expect(try syntax.parse([]).over(settingsFile: path).texts("corpus") == ["a"])
  }

  @Test(arguments: [
    (
      #"{"learnignRate": 1}"#, "F: unknown key \"learnignRate\"; the nearest is \"learningRate\""
    ),
    (
      #"{"learning-rate": 1}"#,
      "F: unknown key \"learning-rate\"; the nearest is \"learningRate\""
    ),
    (#"{"config": "b"}"#, "F: unknown key \"config\"; leave it out"),
    (#"{"json": true}"#, "F: unknown key \"json\"; leave it out"),
    (#"{"seed": "x"}"#, "F: \"seed\" is \"x\"; give a whole number"),
    (#"{"seed": 1.5}"#, "F: \"seed\" is 1.5; give a whole number"),
    (#"{"seed": true}"#, "F: \"seed\" is true; give a whole number"),
    (#"{"warmupSteps": -1}"#, "F: \"warmupSteps\" is -1; give a whole number of at least 0"),
    (#"{"precision": "fp8"}"#, "F: \"precision\" is \"fp8\"; give one of fp32, bf16"),
    (#"{"note": 3}"#, "F: \"note\" is 3; give a text"),
    (#"{"note": ["a"]}"#, "F: \"note\" is [\"a\"]; give a text"),
    (#"{"corpus": ["a", 1]}"#, "F: \"corpus\" is [\"a\", 1]; give a name"),
    (
      #"{"seed": null}"#,
      "F: \"seed\" is an object or null; "
        + "write {\"learningRate\": 0.001, …}"
    ),
    (
      #"[1]"#,
      "F: it is no JSON object; write {\"learningRate\": 0.001, …}"
    ),
    (
      #"{"seed": 1"#, "F: not JSON at line 1, column 11: the file ends too early; correct it there"
    ),
    (
      "\u{FEFF}{\"seed\": 1, \"seed\": 2}",
      "F: not JSON at line 1, column 14: \"seed\" stands there twice; correct it there"
    ),
    (
      "", "F: not JSON at line 1, column 1: the file ends too early; correct it there"
    ),
  ])
  func mistakesInTheFileAreNamed(_ text: String, _ message: String) throws {
    let path = try file(text)
    let error = #expect(throws: CommandLineError.self) {
      try syntax.parse([]).over(settingsFile: path)
    }
    #expect(error?.description.replacing(path, with: "F") == message)
    #expect(error?.exitCode == 2)
    #expect(error?.isCommandLineAlone == false)
  }

  @Test func aFileThatCannotBeReadIsAFailureOfTheRun() throws {
    let error = #expect(throws: CommandLineError.self) {
      try syntax.parse([]).over(settingsFile: "/nowhere/settings.json")
    }
    #expect(
      error?.description == "/nowhere/settings.json: no such file; check the name")
    #expect(error?.exitCode == 1)
    #expect(throws: CommandLineError.self) {
      try syntax.parse([]).over(settingsFile: FileManager.default.temporaryDirectory.path)
    }
  }

  @Test func aValueBeyondTheSettingsTypeNamesItsOption() throws {
    let error = #expect(throws: CommandLineError.self) {
      try syntax.parse(["--seed", "-1"]).settings(over: Settings())
    }
    #expect(error?.description == "train: --seed is '-1'; give a value in range")
  }

  private func file(_ text: String) throws -> String {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("settings-\(UUID().uuidString).json")
    try Data(text.utf8).write(to: url)
    return url.path
  }
}
