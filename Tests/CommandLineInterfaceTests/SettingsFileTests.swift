import Foundation
import ParableCommandLineInterface
import ParableSettings
import Testing

private struct Training: DeclaredSettings, Equatable {
  enum Precision: String, CaseIterable { case fp32, bf16 }

  var learningRate = 0.1
  var warmupSteps = 100
  var seed: UInt64 = 1
  var precision = Precision.fp32
  var corpus: [String] = []
  var note: String?

  static var settings: [Setting<Training>] {
    [
      Setting(\.learningRate, "learningRate", "step size", in: .from(0)).also("lr").heading(
        "Options"),
      Setting(\.warmupSteps, "warmupSteps", "rising steps", in: .from(0)).formerly("warming"),
      Setting(\.seed, "seed", "chance"),
      Setting(choice: \.precision, "precision", "number format").formerly(["float": "fp32"]),
      Setting(\.corpus, "corpus", "text", unit: "FILE"),
      Setting(\.note, "note", "remark"),
    ]
  }
}

private var syntax: CommandSyntax<Training> {
  CommandSyntax(
    CommandPlace(program: "worker", command: "train"), summary: "trains")
}

@Suite struct SettingsFileTests {
  @Test func theCommandLineWinsOverTheFileWhichWinsOverThePreset() throws {
    let path = try file(#"{"learningRate": 1, "seed": 7, "corpus": ["a", "b"]}"#)
    var preset = Training(warmupSteps: 3)
    try preset.read(file: path)
    let settings = try syntax.parse(["--seed", "9", "--precision", "bf16"]).options(over: preset)
    #expect(
      settings
        == Training(
          learningRate: 1, warmupSteps: 3, seed: 9, precision: .bf16, corpus: ["a", "b"]))
  }

  @Test func numbersKeepTheirBits() throws {
    for text in ["3e-3", "0.1", "5e-324", "123456.789"] {
      #expect(try syntax.parse(["--learning-rate", text]).options.learningRate == Double(text))
      #expect(try read("{\"learningRate\": \(text)}").learningRate == Double(text))
    }
  }

  @Test func aListedSettingTakesOneValueToo() throws {
    #expect(try read(#"{"corpus": "a"}"#).corpus == ["a"])
  }

  @Test func oldNamesAreRead() throws {
    let settings = try read(#"{"warming": 4, "precision": "float"}"#)
    #expect(settings == Training(warmupSteps: 4, precision: .fp32))
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
    (
      #"{"warming": 1, "warmupSteps": 1}"#,
      "F: \"warming\" is an old name of \"warmupSteps\"; leave one of them out"
    ),
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
    var settings = Training()
    let error = #expect(throws: CommandLineError.self) { try settings.read(file: path) }
    #expect(error?.description.replacing(path, with: "F") == message)
    #expect(error?.exitCode == 2)
    #expect(error?.isCommandLineAlone == false)
  }

  @Test func aFileThatCannotBeReadIsAFailureOfTheRun() throws {
    var settings = Training()
    let error = #expect(throws: CommandLineError.self) {
      try settings.read(file: "/nowhere/settings.json")
    }
    #expect(
      error?.description == "/nowhere/settings.json: no such file; check the name")
    #expect(error?.exitCode == 1)
    let folder = FileManager.default.temporaryDirectory.path
    #expect(throws: CommandLineError.self) { try settings.read(file: folder) }
  }

  @Test func aValueBeyondThePropertysTypeNamesItsOption() throws {
    let error = #expect(throws: CommandLineError.self) { try syntax.parse(["--seed", "-1"]) }
    #expect(error?.description == "train: --seed is '-1'; give a value in range")
  }

  private func read(_ text: String) throws -> Training {
    var settings = Training()
    try settings.read(file: file(text))
    return settings
  }

  private func file(_ text: String) throws -> String {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("settings-\(UUID().uuidString).json")
    try Data(text.utf8).write(to: url)
    return url.path
  }
}
