import Foundation
import TestSupport
import Testing

/// `worker finetune` on a network of one step: what it takes, keeps and refuses.
@Suite struct FinetuneCommandTests {
  private let training: SmallTraining
  private var folder: TemporaryFolder { training.folder }

  init() throws { training = try SmallTraining(storyCount: 13) }

  private func tune(_ options: String..., exitCode: Int32 = 0) throws -> ProcessResult {
    let result = try runProcess(
      BuiltProduct.path("worker"),
      ["finetune", "--model", "run", "--train", "q.json", "--dev", "q.json"] + options,
      in: folder.path)
    try #require(result.exitCode == exitCode, "\(result.errors)")
    return result
  }

  @Test(arguments: [
    ["--epochs", "3"], ["--learning-rate", "1"], ["--train", "nosuch.json"], ["--model", "nope"],
    ["--patience", "1"], ["--config", "x.json"], ["--freeze"], ["--dev", "q.json"],
    ["--precision", "bf16"],
  ])
  func whatAResumeWouldIgnoreIsRefused(options: [String]) throws {
    let result = try runProcess(
      BuiltProduct.path("worker"), ["finetune", "--output", "out", "--resume"] + options,
      in: folder.path)
    #expect(result.exitCode == 2)
    #expect(result.errors.contains("\(options[0]) does not go with --resume"), "\(result.errors)")
  }

  /// Stopped, from another folder and without its model it goes on to the same bytes.
  @Test func whatWasStoppedGoesOn() throws {
    try training.worker("stories", "--count", "5", "--output", "t.txt", "--questions", "t.json")
    _ = try tune("--test", "t.json", "--output", "whole", "--epochs", "3", "--batch", "4")
    let stopped = try tune(
      "--test", "t.json", "--output", "parts", "--epochs", "3", "--batch", "4", "--stop-after", "2")
    #expect(stopped.output.contains("stopped after step 2"))
    #expect(
      !FileManager.default.fileExists(atPath: folder.file("parts/finetuned_predictions.json")))
    let json = try training.worker(
      "finetune", "--output", "parts", "--resume", "--stop-after", "4", "--json")
    #expect(json.output == "{\"stopped_after\":4}\n")
    try FileManager.default.removeItem(atPath: folder.file("run"))
    let result = try runProcess(
      BuiltProduct.path("worker"), ["finetune", "--output", folder.file("parts"), "--resume"],
      in: "/")
    try #require(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.contains("questions                   5"))
    for name in ["model.safetensors", "manifest.json", "classifier.json"] {
      #expect(try folder.read("parts/" + name) == folder.read("whole/" + name), "\(name)")
    }
    let again = try training.worker("finetune", "--output", "parts", "--resume")
    #expect(again.errors.contains("nothing left to do: the fine-tuning has made 9 of 9 steps"))
    #expect(!again.errors.contains("steps 10 to 9"))
  }

  /// The last line is the one that two people compare, of the model that is left.
  @Test func theModelIsNamedByItsDigest() throws {
    let result = try tune("--output", "out", "--epochs", "2", "--batch", "4")
    let sum = try runProcess("sha256sum", ["--tag", "out/model.safetensors"], in: folder.path)
    #expect(result.errors.contains("\n\(sum.output)"), "\(result.errors)")
    #expect(result.errors.contains("% of the dev questions right at step"), "\(result.errors)")
    #expect(result.errors.contains(" passes over 13\n"), "\(result.errors)")
    let quiet = try tune("--output", "quiet", "--epochs", "2", "--batch", "4", "--quiet")
    #expect(quiet.errors == "" && quiet.output == result.output.replacing("out/", with: "quiet/"))
  }

  @Test func fewQuestionsAreTrainedOn() throws {
    let result = try tune("--output", "few", "--epochs", "1")
    #expect(result.errors.contains("on 13 questions per epoch"), "\(result.errors)")
    let large = try tune("--output", "large", "--batch", "16", exitCode: 1)
    #expect(large.errors.contains("--batch: cannot be 16 with 13 questions per epoch"))
    let long = try tune("--output", "long", "--epochs", "1", "--warmup-steps", "5")
    #expect(long.errors.contains("and never falls: give fewer --warmup-steps than 5"))
  }

  @Test(arguments: ["1e38", "1e300"])
  func aRuinedNetworkIsOneLine(rate: String) throws {
    let result = try tune(
      "--output", "out", "--epochs", "1", "--warmup-steps", "0", "--learning-rate", rate,
      exitCode: 1)
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("worker: ") }
    #expect(lines.count == 1 && lines[0].contains("not a finite number"), "\(result.errors)")
    #expect(try folder.names().contains("out"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("out/model.safetensors")))
    _ = try tune("--output", "out", "--epochs", "1")
  }

  @Test func theFolderOfAPreTrainingIsNamedAsSuch() throws {
    let result = try tune("--output", "run", exitCode: 1)
    #expect(result.errors.contains("another training is there already"), "\(result.errors)")
    let resumed = try training.worker("finetune", "--output", "run", "--resume", exitCode: 1)
    #expect(resumed.errors.contains("no checkpoint of a fine-tuning"), "\(resumed.errors)")
  }

  @Test func whatFailsLeavesNoFolder() throws {
    for options in [
      ["--dev", "none.json"], ["--model", "none"], ["--epochs", "4611686018427387904"],
    ] {
      var arguments = [
        "--model": "run", "--train": "q.json", "--dev": "q.json", "--output": "new/out",
      ]
      arguments[options[0]] = options[1]
      let result = try runProcess(
        BuiltProduct.path("worker"), ["finetune"] + arguments.flatMap { [$0.key, $0.value] },
        in: folder.path)
      #expect(result.exitCode == 1)
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("new")))
    }
  }
}
