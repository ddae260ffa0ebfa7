import Foundation
import ParableFormats
import ParableModel
import ParablePlatform
import ParableTokenization

/// The state of a training after some update, as a folder that `transformers` loads as it stands.
///
/// Beside the files of a Hugging Face Llama model it has `optimizer.safetensors` (the moments),
/// `training.json` (a ``TrainingRecord``) and `manifest.json` (the SHA-256 of every other file). Only
/// the last two may differ between runs of the same training.
package struct Checkpoint {
  /// The folder.
  package let path: String

  /// Names the folder; nothing is read.
  package init(path: String) { self.path = path }

  private static let recordFile = "training.json"
  private static let optimizerFile = "optimizer.safetensors"

  /// The last part of the path.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Writes all files of a checkpoint into an existing folder.
  static func write(
    to folder: String, record: some Encodable, parameters: ParameterView, optimizer: AdamW,
    vocabulary: Vocabulary
  ) throws {
    try ModelFiles.write(to: folder, parameters: parameters, vocabulary: vocabulary)
    try SafetensorsWriter.write(
      to: folder + "/" + optimizerFile, metadata: ["format": "pt"],
      tensors: ModelFiles.tensors(optimizer.firstMoment.view, prefix: "first_moment.")
        + ModelFiles.tensors(optimizer.secondMoment.view, prefix: "second_moment."))
    try DurableFile.write(
      [UInt8](JSONEncoder.pretty.encode(record)), to: folder + "/" + recordFile)
    try Manifest.write(in: folder)
  }

  /// What is wrong with the folder; nil where every file of the manifest is as it was written.
  func damage() -> String? {
    Manifest.damage(
      in: path, requiring: [Self.recordFile, Self.optimizerFile] + ModelFiles.required)
  }

  /// What is wrong with the model in it; what only a resumed training reads is not looked at, and may
  /// be left out of a folder that is passed on.
  func damageOfModel() -> String? {
    Manifest.damage(
      in: path, requiring: ModelFiles.required, isAll: false,
      passingOver: [Self.optimizerFile, Self.recordFile])
  }

  /// The name of the kind of training that it is of; nil where it does not say.
  var kind: String? {
    (try? contents(ofFile: path + "/" + Self.recordFile)).flatMap {
      try? JSONDecoder().decode(TrainingRecordKind.self, from: Data($0)).name
    }
  }

  /// Everything that is needed to go on with a training of this kind.
  package func record<Settings, Progress>(
    _ kind: TrainingKind
  ) throws -> TrainingRecord<Settings, Progress> {
    let data = Data(try contents(ofFile: path + "/" + Self.recordFile))
    guard self.kind ?? kind.name == kind.name else {
      throw TrainingError.file(
        path: path, reason: "this is no checkpoint of a \(kind.name)",
        remedy: "name the \(kind.option) of a \(kind.name)")
    }
    let record: TrainingRecord<Settings, Progress>
    do {
      record = try JSONDecoder().decode(TrainingRecord<Settings, Progress>.self, from: data)
    } catch {
      throw unusable(decodingReason(error))
    }
    guard record.step >= 0 else { throw unusable("its step is \(record.step)") }
    return record
  }

  /// Says that its record has a setting that cannot be.
  package func invalid(_ name: String, _ value: String) -> TrainingError {
    unusable("its \(name) cannot be \(quoted(value))")
  }

  private func unusable(_ reason: String) -> TrainingError {
    .file(
      path: path + "/" + Self.recordFile, reason: reason, remedy: "resume from another checkpoint")
  }

  /// Throws unless the weights are those of a network of these sizes.
  package func check(against configuration: ModelConfiguration) throws {
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
}
