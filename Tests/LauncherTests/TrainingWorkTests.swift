import ParableAnswering
import ParableLaunchEnvironment
import TestSupport
import Testing

@testable import Launcher

@Suite struct TrainingWorkTests {
  @Test(
    arguments: [
      ("pretrain", "estimate"),
      (
        "pretrain --preset base --run r --batch-size 64 --grain=2 --resume --lr 1e-3",
        "estimate --batch-size=64 --grain=2 --preset=base"
      ),
      ("pretrain --config c.json --corpus a --corpus b", "estimate --config=c.json"),
    ] as [(String, String)])
  func theEstimateIsOfTheSameSizes(_ command: String, _ expected: String) {
    let words = command.split(separator: " ").map(String.init)
    #expect(TrainingWork.estimate(for: words).joined(separator: " ") == expected)
  }

  /// The worker knows every option that is handed to its estimate.
  @Test func theWorkerEstimatesWithEachOption() throws {
    let folder = try TemporaryFolder()
    try folder.write(#"{"batch": 24}"#, to: "c.json")
    let values = ["preset": "base", "config": folder.file("c.json"), "precision": "bf16"]
    for option in TrainingWork.sizes {
      let result = try runProcess(
        BuiltProduct.path("worker"), ["estimate", "--\(option)=\(values[option] ?? "512")"])
      // Some sizes do not go with the others' defaults, which is said of the value.
      #expect(!result.errors.contains("unknown option"), "\(result.errors)")
    }
  }

  @Test(
    arguments: [
      ("pretrain", WorkShare(batch: 32, microBatch: 4)),
      ("pretrain --batch 12 --micro-batch 2", WorkShare(batch: 12, microBatch: 2)),
      ("pretrain --config c.json", WorkShare(batch: 24, microBatch: 8)),
      ("pretrain --run run --resume", WorkShare(batch: 10, microBatch: 5)),
      ("pretrain --batch nonsense", nil), ("pretrain --run none --resume", nil),
      ("finetune --train t.json", WorkShare(batch: 32, microBatch: 4)),
      ("finetune --batch 6", WorkShare(batch: 6, microBatch: 3)),
      ("finetune --batch 8 --micro-batch 1", WorkShare(batch: 8, microBatch: 1)),
      ("evaluate --model m", nil),
    ] as [(String, WorkShare?)])
  func theWorkerIsAskedForTheBatch(_ command: String, _ expected: WorkShare?) throws {
    let folder = try TemporaryFolder()
    try folder.write(#"{"batch": 24, "microBatch": 8}"#, to: "c.json")
    if command.contains("--run run") { try train(in: folder) }
    let words = command.split(separator: " ").map { word in
      ["c.json", "run"].contains(word) ? folder.file(String(word)) : String(word)
    }
    let work = TrainingWork(
      command: words, worker: try BuiltProduct.path("worker"), ranks: 2, environment: [:])
    #expect(work?.share == expected)
    // The estimate is of a pre-training that begins.
    let hasEstimate = expected != nil && words[0] == "pretrain" && !words.contains("--resume")
    #expect((work?.bytesPerHost != nil) == hasEstimate)
  }

  /// A run of one step.
  private func train(in folder: TemporaryFolder) throws {
    let result = try runProcess(
      "sh",
      [
        "-ec",
        """
        "$0" stories --count 3 --output c.txt
        "$0" pretrain --corpus c.txt --run run --layers 1 --width 16 --heads 2 --hidden 24 --context 16 \
          --batch 10 --micro-batch 5 --vocabulary-size 300 --steps 1
        """, BuiltProduct.path("worker"),
      ], in: folder.path)
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  @Test func theDefaultsOfAFineTuningAreItsOwn() {
    #expect(
      TrainingWork.fineTuning
        == WorkShare(
          batch: FineTuningSettings.defaultBatch, microBatch: FineTuningSettings.defaultMicroBatch))
  }
}
