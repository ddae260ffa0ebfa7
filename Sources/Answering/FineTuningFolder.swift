import Formats
import Foundation
import Model
import Platform
import Tokenization
import Training

/// The output of a fine-tuning: a model directory, the best epoch's, and a run at the same time.
struct FineTuningFolder {
  /// Where it is; `metrics.jsonl`, `checkpoints/` and `latest` stand beside the model's files.
  let run: RunFolder

  init(_ path: String) { run = RunFolder(path) }

  /// Throws where a fine-tuning must not or cannot begin.
  ///
  /// What ended before its first checkpoint has left nothing to go on with and is no hindrance.
  func requireFree() throws {
    func taken(_ what: String, _ remedy: String) -> AnsweringError {
      .outputExists(path: run.path, what: what, remedy: remedy)
    }
    if let name = run.checkpointNames.first {
      let checkpoint = Checkpoint(path: run.checkpoints + "/" + name)
      guard (try? checkpoint.state() as Checkpoint.State<FineTuningProgress>) != nil else {
        throw taken("another training", "choose another --output")
      }
      throw taken("a fine-tuning", "go on with it by --resume or choose another --output")
    }
    // The model of a fine-tuning whose checkpoints were taken away, or any other one.
    if isThere("config.json"), !hasEndedEarly { throw taken("a model", "choose another --output") }
    try OutputPlace.check(folder: run.checkpoints)
  }

  /// Whether a fine-tuning without checkpoints ended before its first one, with the first epoch's
  /// model or a part of it.
  private var hasEndedEarly: Bool {
    isThere("metrics.jsonl") && isThere("checkpoints") && !isThere("latest")
  }

  private func isThere(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: run.path + "/" + name)
  }

  /// The newest complete checkpoint, and a line about each that is not.
  func newest() throws -> (checkpoint: Checkpoint, notes: [String]) {
    let found = try Checkpoint.newest(of: run)
    guard (try? found.checkpoint.state() as Checkpoint.State<FineTuningProgress>) != nil else {
      throw AnsweringError.notResumable(
        path: found.checkpoint.path, reason: "this is no checkpoint of a fine-tuning")
    }
    return found
  }

  /// Makes the folder and those that it needs.
  func create() throws { try makeFolder(run.checkpoints) }

  /// Stores the model that is the best so far, with a manifest.
  func writeModel(
    _ parameters: ParameterView, _ vocabulary: Vocabulary, _ classifier: ClassifierConfiguration
  ) throws {
    try Manifest.remove(in: run.path)
    let files = try ModelDirectory.write(
      to: run.path, parameters: parameters, vocabulary: vocabulary)
    try classifier.write(to: run.path)
    try Manifest.write(in: run.path, of: files + [ClassifierConfiguration.file])
  }
}
