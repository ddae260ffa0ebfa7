import Foundation
import ParableCollective
import ParableCorpus
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

@testable import ParableAnswering

/// What a fine-tuning goes on from, and what keeps it from that.
extension FineTuningTests {
  /// Everything that a resume needs is in the checkpoint, but for the questions.
  @Test func resumingNeedsNoModel() throws {
    let whole = try tune(settings(), ranks: 1, output: "whole")
    try stop(settings(), after: 1, output: "parts")
    let weights = try SHA256.hexDigest(
      ofFile: files.file("parts/checkpoints/step-00000001/model.safetensors"))
    for name in try model.folder.names() {
      try FileManager.default.removeItem(atPath: model.folder.file(name))
    }
    #expect(try tune(FineTuningSettings(), ranks: 2, output: "parts", resumes: true) == whole)
    #expect(weights != whole[0])
    let record = try JSONSerialization.jsonObject(
      with: Data(files.read("parts/checkpoints/step-00000004/training.json")))
    let inputs = try #require((record as? [String: Any])?["inputs"] as? [String: String])
    #expect(inputs[model.folder.file("model.safetensors")] != nil && inputs.count == 5)
    for name in ["model.safetensors", "tokenizer.json", "config.json", "manifest.json"] {
      #expect(try files.read("parts/" + name) == files.read("whole/" + name), "\(name)")
    }
  }

  /// Trains up to a step, as if the job had ended there.
  func stop(_ settings: FineTuningSettings, after step: Int, output: String) throws {
    let trainer = try Self.trainer(settings, files.file(output), stopAfter: step)
    #expect(try !trainer.train() && trainer.done == step)
  }

  func resumed(
    _ output: String, test: String? = nil, allowsChanges: Bool = false
  ) throws -> MultipleChoice {
    var settings = FineTuningSettings()
    settings.test = test
    return try Self.trainer(
      settings, files.file(output), resumes: true, allowsChanges: allowsChanges
    ).task
  }

  @Test func editedQuestionsAreNoticed() throws {
    try QuestionSet(SmallModel.questions(4)).write(to: files.file("test.json"))
    try QuestionSet(SmallModel.questions(5)).write(to: files.file("other.json"))
    var tested = settings()
    tested.test = files.file("test.json")
    try stop(tested, after: 1, output: "out")
    for name in ["train", "dev", "test"] {
      let path = files.file(name + ".json")
      let before = try files.read(name + ".json")
      var questions = try QuestionSet(path: path).questions
      questions[1].question += "?"
      try QuestionSet(questions).write(to: path)
      let error = #expect(throws: TrainingError.self) { try resumed("out") }
      #expect(error?.description.contains(": not as it was at the checkpoint: \(path); ") == true)
      _ = try resumed("out", allowsChanges: true)
      if name == "test" {
        // The questions at the end change nothing of the training: others may take their place.
        #expect(try resumed("out", test: files.file("other.json")).testQuestions.count == 5)
      }
      try files.write(before, to: name + ".json")
      #expect(try resumed("out").testQuestions.count == 4)
    }
  }

  /// As the version before wrote it, and those before that, which kept no digests.
  @Test(arguments: [false, true])
  func aCheckpointOfTheVersionBeforeIsResumed(hasDigests: Bool) throws {
    let whole = try tune(settings(), ranks: 1, output: "whole")
    try stop(settings(), after: 1, output: "old")
    try edit(checkpoint: "old/checkpoints/step-00000001") { record in
      var around = try #require(record["progress"] as? [String: Any])
      around["settings"] = record["settings"]
      if hasDigests { around["digests"] = record["inputs"] }
      record = ["step": 1, "settings": around]
    }
    if hasDigests {
      let train = try files.read("train.json")
      try files.write(train + [10], to: "train.json")
      #expect(throws: TrainingError.self) { try resumed("old") }
      try files.write(train, to: "train.json")
    }
    #expect(try tune(FineTuningSettings(), ranks: 1, output: "old", resumes: true) == whole)
  }

  /// The model that a fine-tuning began with need not be there, but must not be another.
  @Test func anotherBaseModelIsNoticed() throws {
    try stop(settings(), after: 1, output: "out")
    let path = model.folder.file("model.safetensors")
    try FileManager.default.removeItem(atPath: model.folder.file("config.json"))
    _ = try resumed("out")
    var bytes = try model.folder.read("model.safetensors")
    bytes[bytes.count - 1] ^= 1
    try model.folder.write(bytes, to: "model.safetensors")
    let error = #expect(throws: TrainingError.self) { try resumed("out") }
    #expect(error?.description.contains("checkpoint: \(path); ") == true)
  }

  /// Changes what a checkpoint says, with a manifest to match.
  private func edit(
    checkpoint: String, _ change: (inout [String: Any]) throws -> Void
  ) throws {
    let file = checkpoint + "/training.json"
    var state = try #require(
      JSONSerialization.jsonObject(with: Data(files.read(file))) as? [String: Any])
    try change(&state)
    try files.write(JSONSerialization.data(withJSONObject: state), to: file)
    try Manifest.write(in: files.file(checkpoint))
  }

  @Test(arguments: [
    ("microBatch", 0), ("batch", -8), ("batch", 0), ("epochs", 1 << 62), ("epochs", 0),
    ("epochsDone", -1), ("epochsSinceBest", -4), ("warmupSteps", -1), ("context", 1 << 31),
    ("saveEvery", 0), ("bestAccuracy", 7), ("gradientClipping", 0),
  ])
  func aCheckpointThatSaysWhatCannotBeIsRefused(name: String, value: Int) throws {
    try stop(settings(), after: 1, output: "out")
    try edit(checkpoint: "out/checkpoints/step-00000001") { record in
      var progress = try #require(record["progress"] as? [String: Any])
      let member = progress[name] == nil ? "settings" : "progress"
      if member == "settings" { progress = try #require(record[member] as? [String: Any]) }
      progress[name] = value
      record[member] = progress
    }
    #expect {
      try resumed("out")
    } throws: { error in
      "\(error)".contains("step-00000001") && "\(error)".contains("training.json")
    }
  }

  @Test func resumingOnAnotherNumberOfRanksChangesNothing() throws {
    let whole = try tune(settings(), ranks: 1, output: "whole")
    _ = try tune(settings(), ranks: 2, output: "parts")
    let path = files.file("parts")
    // As if the job had ended after the first checkpoint that is left.
    let names = try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints").sorted()
    try #require(names.count == 2)
    try FileManager.default.removeItem(atPath: "\(path)/checkpoints/\(names[1])")
    try (names[0] + "\n").write(toFile: path + "/latest", atomically: true, encoding: .utf8)
    #expect(try tune(FineTuningSettings(), ranks: 3, output: "parts", resumes: true) == whole)
    let metrics = try String(contentsOfFile: path + "/metrics.jsonl", encoding: .utf8)
    let expected = try String(contentsOfFile: files.file("whole/metrics.jsonl"), encoding: .utf8)
    // The resumed start, and the end of the job before, whose last step is done again.
    #expect(metrics.split(separator: "\n").count == expected.split(separator: "\n").count + 2)
  }
}
