import Foundation
import ParableFormats
import ParablePlatform
import TestSupport
import Testing

/// Fine-tuning by the built program, alone and under mpirun.
@Suite struct FineTuningUnderMPITests {
  private let folder: TemporaryFolder
  private let worker: String

  init() throws {
    folder = try TemporaryFolder()
    worker = try BuiltProduct.path("worker")
    for arguments in [
      ["stories", "--count", "20", "--output", "s.txt", "--questions", "q.json"],
      [
        "pretrain", "--corpus", "s.txt", "--run", "run", "--width", "8", "--layers", "1",
        "--heads", "2", "--hidden", "8", "--context", "128", "--batch", "1", "--grain", "1",
        "--vocabulary-size", "600", "--steps", "1",
      ],
    ] {
      let result = try runProcess(worker, arguments, in: folder.path)
      try #require(result.exitCode == 0, "\(result.errors)")
    }
  }

  private func tune(_ options: [String], ranks: Int = 1) throws -> ProcessResult {
    let arguments = ["finetune"] + options
    return ranks == 1
      ? try runProcess(worker, arguments, in: folder.path)
      : try runUnderMPI(ranks: ranks, worker, arguments, in: folder.path)
  }

  private static let small = [
    "--model", "run", "--train", "q.json", "--dev", "q.json", "--epochs", "1", "--batch", "8",
    "--grain", "2",
  ]

  @Test func anyNumberOfRanksWritesTheSameModelAndPredictions() throws {
    var files: [[String]] = []
    for ranks in [1, 2, 3] {
      let result = try tune(Self.small + ["--output", "out-\(ranks)"], ranks: ranks)
      try #require(result.exitCode == 0, "\(ranks) ranks: \(result.errors)")
      for row in ["questions", "accuracy", "any choice in the passage", "written"] {
        #expect(result.output.contains(row))
      }
      files.append(
        try ["model.safetensors", "classifier.json"].map {
          try SHA256.hexDigest(ofFile: folder.file("out-\(ranks)/\($0)"))
        } + [
          String(decoding: folder.read("out-\(ranks)/finetuned_predictions.json"), as: UTF8.self)
            .replacing("out-\(ranks)", with: "out")
        ])
    }
    #expect(files[1] == files[0] && files[2] == files[0])
    // A finished model predicts what it predicted at the end of its training, and still generates.
    let predicted = try runProcess(
      worker, ["predict", "--model", "out-1", "--questions", "q.json", "--output", "again.json"],
      in: folder.path)
    #expect(predicted.exitCode == 0)
    #expect(try folder.read("again.json") == folder.read("out-1/finetuned_predictions.json"))
    let generated = try runProcess(
      worker, ["generate", "--model", "out-1", "--tokens", "3", "--prompt", "a"],
      in: folder.path)
    #expect(generated.exitCode == 0, "\(generated.errors)")
  }

  /// Processors without bfloat16 say so and compute in fp32, but for generation, which gains from
  /// smaller weights everywhere.
  @Test func bfloat16IsAcceptedFromTrainingToPrediction() throws {
    for arguments in [
      ["finetune", "--output", "half"] + Self.small,
      ["predict", "--model", "half", "--questions", "q.json", "--output", "p.json"],
      ["prompt", "--model", "half", "--dev", "q.json", "--output", "prompted"],
      [
        "predict", "--model", "half", "--questions", "q.json", "--output", "p.json",
        "--method", "prompt",
      ],
      ["generate", "--model", "half", "--tokens", "3", "--prompt", "a"],
    ] {
      let result = try runProcess(
        worker, arguments + ["--precision", "bf16"],
        environment: ["PARABLE_INSTRUCTIONS": "avx2"], in: folder.path)
      #expect(result.exitCode == 0, "\(arguments[0]): \(result.errors)")
      let isRefused = result.errors.contains("no bfloat16")
      #expect(isRefused == (arguments[0] != "generate"), "\(arguments[0])")
    }
  }

  @Test func mistakesAreOneLine() throws {
    for (options, message, code) in [
      (["--output", "x"], "--model is missing", 2),
      (Self.small, "--output", 2),
      (Self.small + ["--output", "y", "--train", "none.json"], "none.json", 1),
      (["--resume", "--output", "nowhere"], "no complete checkpoint", 1),
      (Self.small + ["--output", "z", "--format", "other"], "--format", 2),
    ] {
      let result = try tune(options)
      #expect(result.exitCode == Int32(code), "\(options)")
      #expect(result.errors.filter { $0 == "\n" }.count == 1, "\(result.errors)")
      #expect(result.errors.contains(message), "\(result.errors)")
    }
  }
}
