import Formats
import Foundation
import Model
import Platform
import Tokenization

/// The state of a training after some update, as a folder that `transformers` loads as it stands.
///
/// Beside the files of a Hugging Face Llama model it has `optimizer.safetensors` (the moments),
/// `training.json` (settings and step) and `manifest.json` (the SHA-256 of every other file). Only
/// the last two may differ between runs of the same training.
package struct Checkpoint {
  /// `training.json`.
  package struct State<Settings: Codable>: Codable {
    /// How many updates were made.
    package var step: Int

    /// What the training was started with.
    package var settings: Settings

    /// What its token files were made of, and what they hold; nil without such.
    package var preparation: CorpusPreparation.Record?

    /// Puts a state together.
    package init(
      step: Int, settings: Settings, preparation: CorpusPreparation.Record? = nil
    ) {
      self.step = step
      self.settings = settings
      self.preparation = preparation
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
      // The folder above is there since the run began: one that was taken away is not made anew.
      guard mkdir(aside, 0o777) == 0 else {
        let failure = SystemFailure(.writing)
        guard !files.fileExists(atPath: run.checkpoints) else {
          throw FileError(aside, failure)
        }
        throw TrainingError.file(
          path: run.checkpoints, reason: "the folder is gone",
          remedy: "start again, and leave the run alone while it trains")
      }
      try ModelDirectory.write(to: aside, parameters: parameters, vocabulary: vocabulary)
      try SafetensorsWriter.write(
        to: aside + "/" + optimizerFile, metadata: ["format": "pt"],
        tensors: tensors(optimizer.firstMoment.view, prefix: "first_moment.")
          + tensors(optimizer.secondMoment.view, prefix: "second_moment."))
      try DurableFile.write(
        [UInt8](JSONEncoder.pretty.encode(state)), to: aside + "/" + trainingFile)
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
    let (checkpoint, notes) = search(run)
    guard let checkpoint else { throw TrainingError.nothingToResume(path: run.path) }
    guard !notes.isEmpty else { return (checkpoint, []) }
    let name = checkpoint.path.split(separator: "/").last ?? ""
    return (checkpoint, notes + ["resuming from \(name), the newest complete checkpoint"])
  }

  /// The newest complete checkpoint, if there is one, and what speaks against any newer one.
  static func search(_ run: RunFolder) -> (checkpoint: Checkpoint?, notes: [String]) {
    let names = run.checkpointNames
    var notes: [String] = []
    if FileManager.default.fileExists(atPath: run.latest) {
      if let name = latest(of: run) {
        if !names.contains(name) {
          notes.append("\(run.latest) names checkpoint \(name), which is missing")
        }
      } else {
        notes.append("\(run.latest) names no checkpoint")
      }
    }
    for name in names {
      let checkpoint = Checkpoint(path: run.checkpoints + "/" + name)
      guard let damage = checkpoint.damage() else { return (checkpoint, notes) }
      notes.append("checkpoint \(name) is not complete: \(damage)")
    }
    return (nil, notes)
  }

  /// The name in `latest`; nil where it is no checkpoint's, such as a path that leads elsewhere.
  private static func latest(of run: RunFolder) -> String? {
    guard let data = (try? contents(ofFile: run.latest)).map({ Data($0) }) else { return nil }
    let name = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    return RunFolder.step(of: name).map { _ in name }
  }

  /// Deletes complete checkpoints but for the newest `count`, and what is left of damaged ones that
  /// are older.
  ///
  /// The one that `latest` names, which is the one just written, always stays, and so do damaged
  /// folders that are newer: they are not what this run has written. Checkpoints that `isTrusted`
  /// knows to be complete are not read again.
  package static func prune(
    _ run: RunFolder, keeping count: Int, trusting isTrusted: (String) -> Bool = { _ in false }
  ) throws {
    guard let written = latest(of: run).flatMap(RunFolder.step) else { return }
    var kept = 1
    for name in run.checkpointNames {
      guard let step = RunFolder.step(of: name), step != written else { continue }
      let path = run.checkpoints + "/" + name
      if kept < count && (isTrusted(name) || Checkpoint(path: path).damage() == nil) {
        kept += 1
      } else if step < written {
        try remove(path)
      }
    }
  }

  private static func remove(_ path: String) throws {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw TrainingError.file(
        path: path, reason: "cannot be deleted (\(SystemFailure(.writing, error).reason))",
        remedy: "delete it by hand")
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
    func unusable(_ reason: String) -> TrainingError {
      .file(path: file, reason: reason, remedy: "resume from another checkpoint")
    }
    let data = Data(try contents(ofFile: file))
    let state: State<Settings>
    do {
      state = try JSONDecoder().decode(State<Settings>.self, from: data)
    } catch {
      throw unusable(decodingReason(error))
    }
    guard state.step >= 0 else { throw unusable("its step is \(state.step)") }
    return state
  }

  /// Says that `training.json` has a setting that cannot be.
  package func invalid(_ name: String, _ value: String) -> TrainingError {
    .file(
      path: path + "/" + Self.trainingFile, reason: "its \(name) cannot be \(quoted(value))",
      remedy: "resume from another checkpoint")
  }

  /// Throws unless the weights are those of a network of these sizes.
  func check(against configuration: ModelConfiguration) throws {
    try ModelWeights(folder: path).check(against: configuration)
  }

  /// Overwrites parameters and moments with the checkpoint's.
  package func load(into parameters: ParameterStorage, optimizer: AdamW) throws {
    try parameters.update { try ModelWeights(folder: path).load(into: $0) }
    let file = try SafetensorsFile(path: path + "/" + Self.optimizerFile)
    for (prefix, moment) in [
      ("first_moment.", optimizer.firstMoment), ("second_moment.", optimizer.secondMoment),
    ] {
      try moment.update { moment in
        for entry in moment.layout.entries {
          try file.readFloats(
            prefix + entry.huggingFaceName, shape: entry.shape,
            into: UnsafeMutableBufferPointer(rebasing: moment.values[entry.range]))
        }
      }
    }
  }

  /// The tensors of `view` as files name them.
  static func tensors(_ view: ParameterView, prefix: String = "") -> [SafetensorsWriter.Tensor] {
    view.layout.entries.map { entry in
      (
        name: prefix + entry.huggingFaceName, elementType: .f32, shape: entry.shape,
        bytes: UnsafeRawBufferPointer(
          UnsafeBufferPointer(rebasing: view.values[entry.range]))
      )
    }
  }
}
