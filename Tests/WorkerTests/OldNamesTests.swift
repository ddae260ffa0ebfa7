import Foundation
import ParableTraining
import TestSupport
import Testing

/// What scripts have written for earlier versions goes on working, and help says today's words.
@Suite struct OldNamesTests {
  private func worker(_ line: String, in folder: String? = nil) throws -> ProcessResult {
    try runProcess(
      BuiltProduct.path("worker"), line.split(separator: " ").map(String.init), in: folder)
  }

  /// `--help` at the end shows help only where all that stands before it is understood.
  @Test(arguments: [
    "pretrain --grain 2 --keep 3 --maximum-norm 2 --initialization matching",
    "pretrain --lr 1 --min-lr 1 --warmup 1 --vocab-size 300 --batch-size 4 --context-length 8",
    "pretrain --max-norm 1", "pretrain --grad-clip 1",
    "finetune --grain 2 --maximum-norm 2", "estimate --grain 2",
    "practice --questions q --count 5",
    "prompt --scoring byte", "prompt --scoring token", "prompt --scoring relative",
    "prompt --scoring half-relative",
  ])
  func optionsAndCommands(_ line: String) throws {
    let result = try worker(line + " --help")
    #expect(result.exitCode == 0, "\(result.errors)")
    let help = result.output
    #expect(help.contains("\nUsage: worker "))
    for word in ["grain", "maximum-norm", "--keep ", "matching", "practice", "half-relative"] {
      #expect(!help.contains(word), "\(word)")
    }
  }

  @Test func theyAreTheSameSettings() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      String(repeating: "Once upon a time there was a cat. ", count: 50), to: "c.txt")
    try folder.write(
      #"{"grain": 2, "maximumNorm": 0.5, "keep": 1, "initialization": "matching", "lr": 1}"#,
      to: "wrong.json")
    try folder.write(
      #"{"grain": 2, "maximumNorm": 0.5, "keep": 1, "initialization": "matching"}"#, to: "old.json")
    let sizes =
      "--corpus c.txt --width 8 --layers 1 --heads 2 --hidden 8 --context 8 --batch 4 "
      + "--vocabulary-size 260 --steps 2 --save-every 1"
    let lines = [
      "--micro-batch 2 --gradient-clipping 0.5 --keep-checkpoints 1 --initialization induction",
      "--grain 2 --maximum-norm 0.5 --keep 1 --initialization matching", "--config old.json",
    ]
    let settings = try lines.enumerated().map { index, line in
      let run = "run\(index)"
      let result = try worker("pretrain \(sizes) \(line) --run \(run)", in: folder.path)
      try #require(result.exitCode == 0, "\(result.errors)")
      #expect(try folder.names("\(run)/checkpoints") == ["step-00000002"])
      return try folder.read("\(run)/checkpoints/step-00000002/training.json")
    }
    for other in settings.dropFirst() { #expect(other == settings[0]) }
    let text = String(decoding: settings[0], as: UTF8.self)
    #expect(
      text.contains(#""microBatch" : 2"#) && text.contains(#""initialization" : "induction""#))
    let wrong = try worker("pretrain \(sizes) --config wrong.json --run wrong", in: folder.path)
    #expect(
      wrong.errors
        == "worker: wrong.json: unknown key \"lr\"; the nearest is \"learningRate\"\n")
  }

  /// A file to start from is taken as it stands, and gives the preset.
  @Test func aConfigurationIsWhatItsPresetIs() throws {
    let folder = try TemporaryFolder()
    for preset in PretrainingSettings.Preset.allCases {
      let printed = try worker("config --preset \(preset.rawValue)").output
      let read = try JSONDecoder().decode(PretrainingSettings.self, from: Data(printed.utf8))
      #expect(read == PretrainingSettings(preset: preset))
      try folder.write(printed, to: "preset.json")
      let result = try worker(
        "pretrain --config preset.json --corpus none.txt --tokenizer t --run r", in: folder.path)
      #expect(
        result.errors.hasPrefix("worker: \(folder.file("t")): no such folder"), "\(result.errors)")
    }
    try folder.write(try worker("config --command finetune").output, to: "finetune.json")
    let result = try worker("finetune --config finetune.json --output o", in: folder.path)
    #expect(result.errors == "worker: finetune: --model is missing; give it, or --resume\n")
    #expect(try worker("config --command finetune --preset base").exitCode == 2)
  }
}
