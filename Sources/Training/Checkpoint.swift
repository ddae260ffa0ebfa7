import Foundation
import Model
import TensorFiles
import Tokenization

/// The state of a training after some update, as a folder that `transformers` loads as it stands.
///
/// Beside the files of a Hugging Face Llama model it has `optimizer.safetensors` (the moments),
/// `training.json` (settings and step) and `manifest.json` (the SHA-256 of every other file). Only
/// the last two may differ between runs of the same training.
public struct Checkpoint {
  /// `training.json`.
  package struct State<Settings: Codable>: Codable {
    /// How many updates were made.
    package var step: Int

    /// What the training was started with.
    package var settings: Settings

    /// Puts a state together.
    package init(step: Int, settings: Settings) {
      self.step = step
      self.settings = settings
    }
  }

  /// The folder.
  package let path: String

  /// Names the folder; nothing is read.
  package init(path: String) { self.path = path }

  static let trainingFile = "training.json"
  static let optimizerFile = "optimizer.safetensors"

  /// Writes a checkpoint of `run` and returns its path.
  ///
  /// It is written aside, synced and renamed, so that a folder with the final name is always whole.
  package static func write(
    run: RunFolder, state: State<some Codable>, parameters: ParameterView, optimizer: AdamW,
    vocabulary: Vocabulary
  ) throws -> String {
    let name = RunFolder.checkpointName(step: state.step)
    let target = run.checkpoints + "/" + name
    let aside = run.checkpoints + "/.writing-" + name
    let files = FileManager.default
    try? files.removeItem(atPath: aside)
    do {
      try createFolder(aside)
      try ModelDirectory.write(to: aside, parameters: parameters, vocabulary: vocabulary)
      try SafetensorsWriter.write(
        to: aside + "/" + optimizerFile, metadata: ["format": "pt"],
        tensors: tensors(optimizer.firstMoment.view, prefix: "first_moment.")
          + tensors(optimizer.secondMoment.view, prefix: "second_moment."))
      try DurableFile.write(
        [UInt8](HuggingFaceConfiguration.plainEncoder.encode(state)),
        to: aside + "/" + trainingFile)
      try Manifest.write(in: aside)
      try? files.removeItem(atPath: target)
      try DurableFile.commit(folder: aside, as: target)
      try DurableFile.write(name + "\n", to: run.latest)
    } catch {
      try? files.removeItem(atPath: aside)
      throw error
    }
    return target
  }

  /// The newest complete checkpoint of a run, and a line about each newer one that is not complete.
  package static func newest(of run: RunFolder) throws -> (checkpoint: Checkpoint, notes: [String])
  {
    var notes: [String] = []
    let latest = (try? String(contentsOfFile: run.latest, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let names = run.checkpointNames
    if let latest, !names.contains(latest) {
      notes.append("\(run.latest): it names checkpoint \(latest), which is missing")
    }
    for name in names {
      let checkpoint = Checkpoint(path: run.checkpoints + "/" + name)
      guard let damage = checkpoint.damage() else {
        if !notes.isEmpty { notes.append("resuming from \(name), the newest complete checkpoint") }
        return (checkpoint, notes)
      }
      notes.append("checkpoint \(name) is not complete: \(damage)")
    }
    throw TrainingError.nothingToResume(path: run.path)
  }

  /// Deletes all but the newest `count` checkpoints.
  package static func prune(_ run: RunFolder, keeping count: Int) throws {
    for name in run.checkpointNames.dropFirst(count) {
      try FileManager.default.removeItem(atPath: run.checkpoints + "/" + name)
    }
  }

  /// What is wrong with the folder; nil where every file of the manifest is as it was written.
  func damage() -> String? {
    Manifest.damage(
      in: path, requiring: [Self.trainingFile, Self.optimizerFile] + ModelDirectory.requiredFiles)
  }

  /// Settings and step.
  package func state<Settings>() throws -> State<Settings> {
    let file = path + "/" + Self.trainingFile
    guard let data = FileManager.default.contents(atPath: file) else {
      throw TrainingError.invalidModel(path: path, reason: "it has no \(Self.trainingFile)")
    }
    do {
      return try JSONDecoder().decode(State<Settings>.self, from: data)
    } catch {
      throw TrainingError.invalidModel(
        path: path, reason: "its \(Self.trainingFile) cannot be understood")
    }
  }

  /// Overwrites parameters and moments with the checkpoint's.
  package func load(into parameters: ParameterView, optimizer: AdamW) throws {
    try ModelDirectory.loadParameters(from: path, into: parameters)
    let file = try SafetensorsFile(path: path + "/" + Self.optimizerFile)
    try ModelDirectory.load(file, prefix: "first_moment.", into: optimizer.firstMoment.view)
    try ModelDirectory.load(file, prefix: "second_moment.", into: optimizer.secondMoment.view)
  }

  /// The tensors of `view` as files name them.
  static func tensors(_ view: ParameterView, prefix: String = "") -> [SafetensorsWriter.Tensor] {
    view.layout.entries.map { entry in
      (
        name: prefix + entry.huggingFaceName, elementType: .f32, shape: entry.shape,
        bytes: UnsafeRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: view.values[entry.range]))
      )
    }
  }
}
