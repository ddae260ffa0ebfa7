import Foundation
import ParableTraining
import Testing

@testable import ParableAnswering

@Suite struct FineTuningProgressTests {
  @Test func pathsMeanTheSameFromEveryFolder() {
    var settings = FineTuningSettings()
    settings.train = ["a.json", "/b.json"]
    settings.dev = "../c.json"
    settings.test = "d.json"
    settings.model = "runs/e"
    let here = FileManager.default.currentDirectoryPath
    settings.settle()
    #expect(settings.train == [here + "/a.json", "/b.json"])
    #expect(settings.dev == here + "/../c.json")
    #expect(settings.test == here + "/d.json" && settings.model == here + "/runs/e")
  }

  /// `training.json` as the version before wrote it.
  @Test func theFormOfTheVersionBeforeIsRead() throws {
    let text = """
      {
        "settings" : {
          "bestAccuracy" : 0.625,
          "digests" : { "/data/dev.json" : "9f86", "/data/train.json" : "d081" },
          "epochsDone" : 3,
          "epochsSinceBest" : 1,
          "settings" : {
            "batch" : 10, "beta1" : 0.9, "beta2" : 0.95, "classificationWeight" : 1,
            "dev" : "/data/dev.json", "epochs" : 10, "format" : "question-twice", "freeze" : false,
            "grain" : 2, "languageScope" : "answer", "languageWeight" : 0.2,
            "learningRate" : 0.001, "maximumNorm" : 1, "model" : "/runs/001", "patience" : 3,
            "pooling" : "last", "precision" : "fp32", "rankingWeight" : 0, "saveEvery" : 200,
            "seed" : 1, "train" : [ "/data/train.json" ], "warmupSteps" : 1, "weightDecay" : 0.1
          }
        },
        "step" : 8
      }
      """
    let record = try JSONDecoder().decode(
      TrainingRecord<FineTuningSettings, FineTuningProgress>.self, from: Data(text.utf8))
    #expect(record.step == 8 && record.kind == "fine-tuning" && record.environment == nil)
    #expect(record.settings.train == ["/data/train.json"] && record.settings.batch == 10)
    #expect(record.progress.bestAccuracy == 0.625 && record.progress.epochsDone == 3)
    #expect(record.inputs == ["/data/dev.json": "9f86", "/data/train.json": "d081"])
  }
}
