import Foundation
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

@Suite struct RunFolderTests {
  @Test func leftoversAreDeletedAndNothingElse() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.file("run"))
    let begun = [run.checkpoints + "/.writing-step-00000004", run.path + "/.writing-model"]
    for path in [run.tokens, run.tokenizer] + begun { try makeFolder(path) }
    let kept = [
      "latest", "metrics.jsonl", "my.partial", "tokens/training.u16", "tokens/training.u16.old",
      "tokens/notes.partial-1", "tokenizer/vocab.json", "checkpoints/.writing-notes",
    ]
    let left = [
      "latest.123-0.partial", "metrics.jsonl.9-12.partial", "tokens/training.u16.partial",
      "tokens/validation.u32.partial-11", "tokens/stories.txt.writing",
      "tokenizer/vocab.json.77-0.partial", "checkpoints/.writing-step-00000004/config.json",
      ".writing-model/model.safetensors",
    ]
    for name in kept + left { try folder.write("x", to: "run/" + name) }
    run.deleteLeftovers()
    for name in kept {
      #expect(FileManager.default.fileExists(atPath: run.path + "/" + name), "\(name)")
    }
    for path in left.map({ run.path + "/" + $0 }) + begun {
      #expect(!FileManager.default.fileExists(atPath: path), "\(path)")
    }
  }

  @Test func onlyWholeNamesOfStepsAreCheckpoints() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path)
    for name in ["step-00000002", "step-123456789", "step-2", "step--0000001", "step-0000000x"] {
      try makeFolder(run.checkpoints + "/" + name)
    }
    #expect(run.steps == [123_456_789, 2])
  }
}
