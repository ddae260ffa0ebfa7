import Foundation
import ParableAnswering
import ParableSettings
import Testing

@Suite struct FineTuningSettingsTests {
  @Test func oldSettingsAreRead() throws {
    let old = """
      {"batch": 12, "beta1": 0.9, "classificationWeight": 1, "dev": "/d.json", "epochs": 2,
      "format": "choices-first", "freeze": true, "grain": 3, "languageScope": "all",
      "maximumNorm": 2, "model": "/m", "patience": 3, "pooling": "mean", "saveEvery": 200,
      "train": ["/t.json"], "warmupSteps": 2}
      """
    let settings = try JSONDecoder().decode(FineTuningSettings.self, from: Data(old.utf8))
    #expect(settings.batch == 12 && settings.microBatch == 3 && settings.gradientClipping == 2)
    #expect(settings.format == .choicesFirst && settings.pooling == .mean && settings.freeze)
    #expect(settings.train == ["/t.json"] && settings.dev == "/d.json" && settings.model == "/m")
    // As many as that version kept.
    #expect(settings.keepCheckpoints == 2)
  }

  @Test func everyPropertyHasASettingOfItsName() {
    func names(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }
    let settings = FineTuningSettings()
    #expect(
      Set(FineTuningSettings.settings.map(\.key))
        == Set(names(settings) + names(settings.training)).subtracting(["training"]))
  }
}
