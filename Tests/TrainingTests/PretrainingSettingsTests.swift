import Foundation
import ParableSettings
import ParableTraining
import Testing

@Suite struct PretrainingSettingsTests {
  /// As version 0.1.0 wrote it into checkpoints.
  private static let old = """
    {"batch": 14, "beta1": 0.8, "beta2": 0.9, "context": 128, "corpus": ["/text.txt"],
    "evaluateEvery": 12, "grain": 2, "heads": 8, "hidden": 96, "initialization": "matching",
    "keep": 3, "layers": 2, "learningRate": 0.003, "maximumNorm": 0.5, "precision": "bf16",
    "ropeTheta": 20000, "saveEvery": 10, "seed": 7, "steps": 24, "validation": "/held.txt",
    "vocabularySize": 400, "warmupSteps": 5, "weightDecay": 0.2, "width": 64}
    """

  @Test func oldSettingsAreReadAndWrittenWithTodaysNames() throws {
    let settings = try JSONDecoder().decode(PretrainingSettings.self, from: Data(Self.old.utf8))
    #expect(settings.microBatch == 2 && settings.microBatchCount == 7)
    #expect(settings.keepCheckpoints == 3 && settings.gradientClipping == 0.5)
    #expect(settings.initialization == .induction && settings.precision == .bf16)
    #expect(settings.corpus == ["/text.txt"] && settings.validation == "/held.txt")
    #expect(settings.schedule.warmupSteps == 5 && settings.ropeTheta == 20000)
    let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(settings))
    var expected = try #require(
      try JSONSerialization.jsonObject(with: Data(Self.old.utf8)) as? [String: any Sendable])
    for (old, key) in [
      ("grain", "microBatch"), ("keep", "keepCheckpoints"), ("maximumNorm", "gradientClipping"),
    ] {
      expected[key] = expected.removeValue(forKey: old)
    }
    expected["initialization"] = "induction"
    // What came later has the values that were the only ones then.
    expected.merge(
      [
        "optimizer": "adamw", "schedule": "cosine", "muonLearningRate": 0.02, "muonMomentum": 0.95,
        "bits": "fast",
      ]
    ) { $1 }
    #expect(written as? NSDictionary == expected as NSDictionary)
  }

  /// One spelling: a property without a setting, or with another name, would be lost in JSON.
  @Test func everyPropertyHasASettingOfItsName() {
    func names(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }
    let settings = PretrainingSettings()
    #expect(
      Set(PretrainingSettings.settings.map(\.key))
        == Set(names(settings) + names(settings.training)).subtracting(["training"]))
  }

  @Test func theWarmupInForceIsSettled() {
    for (given, expected) in [(nil, 3), (0, 0), (100, 100)] {
      var settings = PretrainingSettings(preset: .base)
      settings.steps = 30
      settings.warmupSteps = given
      #expect(settings.schedule.warmupSteps == expected)
      settings.settle()
      #expect(settings.warmupSteps == expected)
    }
  }
}
