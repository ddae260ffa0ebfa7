import Foundation
import ParableSettings
import Testing

/// Settings of every form, one of them a part of its own.
private struct Baking: DeclaredSettings, Equatable {
  struct Oven: Equatable {
    var heat = 220.0
    var minutes: Int?
  }

  enum Crust: String, CaseIterable { case thin, thick }

  var flour = ""
  var spices: [String] = []
  var loaves = 2
  var crust = Crust.thin
  var glaze: Crust?
  var slowly = false
  var seed: UInt64 = 1
  var oven = Oven()

  static var settings: [Setting<Baking>] {
    let oven = [
      Setting(\Oven.heat, "heat", "how hot", in: .above(0)),
      Setting(\.minutes, "minutes", "how long", in: .from(0)),
    ]
    return [
      Setting(\.flour, "flour", "what to bake from", unit: "FILE"),
      Setting(\.spices, "spices", "what to add"),
      Setting(\.loaves, "loaves", "how many", in: .from(1, to: 9)).formerly("bread-count"),
      Setting(choice: \.crust, "crust", "how it ends").formerly(["slim": "thin"]),
      Setting(choice: \.glaze, "glaze", "what shines"),
      Setting(\.slowly, "slowly", "take time"),
      Setting(\.seed, "seed", "chance"),
    ] + oven.map { $0.within(\.oven) }
  }
}

@Suite struct DeclaredSettingsTests {
  private func read(_ text: String) throws -> Baking {
    try JSONDecoder().decode(Baking.self, from: Data(text.utf8))
  }

  private func written(_ baking: Baking) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(baking), as: UTF8.self)
  }

  @Test func jsonIsOneFlatObject() throws {
    #expect(
      try written(Baking())
        == #"{"crust":"thin","heat":220,"loaves":2,"seed":1,"slowly":false}"#)
    var baking = Baking(flour: "rye", spices: ["salt"], loaves: 3, crust: .thick, glaze: .thin)
    baking.slowly = true
    baking.oven = Baking.Oven(heat: 0.1, minutes: 7)
    let text = try written(baking)
    #expect(text.contains(#""minutes":7"#) && text.contains(#""heat":0.1"#))
    #expect(try read(text) == baking)
  }

  /// The system would take what stands before the zero for the name.
  @Test func aPathHasNoZero() throws {
    let setting = try #require(Baking.settings.first)
    #expect(setting.accepted(.text("rye")) == .text("rye"))
    for name in ["", "\0", "rye\0.txt"] { #expect(setting.accepted(.text(name)) == nil) }
  }

  @Test func pathsAloneAreMapped() throws {
    var baking = Baking(flour: "rye", spices: ["salt"])
    baking.mapPaths { "bag/" + $0 }
    #expect(baking == Baking(flour: "bag/rye", spices: ["salt"]))
  }

  @Test func whatIsMissingHasItsDefault() throws {
    #expect(try read(#"{"crumbs": 1, "minutes": null}"#) == Baking())
  }

  @Test func oldNamesAreRead() throws {
    #expect(try read(#"{"breadCount": 5, "crust": "slim"}"#) == Baking(loaves: 5, crust: .thin))
    #expect(try read(#"{"breadCount": 5, "loaves": 6}"#) == Baking(loaves: 6))
  }

  @Test(arguments: [
    #"{"loaves": "two"}"#, #"{"loaves": 1.5}"#, #"{"seed": -1}"#, #"{"crust": "burnt"}"#,
    #"{"spices": "salt"}"#, #"{"heat": true}"#, #"{"slowly": 1}"#, "[]",
  ])
  func whatATypeCannotHoldIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) { try read(text) }
  }

  @Test(arguments: [0, -1, Double.nan, .infinity])
  func numbersOutOfRangeAreNamed(_ value: Double) {
    var baking = Baking()
    baking.oven.heat = value
    let error = #expect(throws: SettingError.self) { try baking.validateRanges() }
    #expect(error?.description.hasSuffix("; choose a number above 0") == true)
    #expect(error?.description.hasPrefix("--heat: cannot be ") == true)
  }

  @Test(arguments: [
    (0, "--loaves: cannot be 0; choose a number from 1 up"),
    (10, "--loaves: cannot be 10; give at most 9"),
  ])
  func countsOutOfRangeAreNamed(_ value: Int, _ message: String) {
    let error = #expect(throws: SettingError.self) { try Baking(loaves: value).validateRanges() }
    #expect(error?.description == message)
  }

  @Test func everyBoundIsKept() throws {
    for value in [1, 9] { try Baking(loaves: value).validateRanges() }
    var baking = Baking()
    baking.oven = Baking.Oven(heat: 0.001, minutes: 0)
    try baking.validateRanges()
    baking.oven.minutes = -1
    #expect(throws: SettingError.self) { try baking.validateRanges() }
  }
}
