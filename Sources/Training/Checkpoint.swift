import Foundation
import ParableCollective
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

  /// Writes what the first rank alone writes into an existing folder: all but weights, moments and
  /// manifest.
  static func writeDescription(
    to folder: String, record: some Encodable, _ configuration: ModelConfiguration,
    _ vocabulary: Vocabulary
  ) throws {
    try ModelFiles.writeDescription(to: folder, configuration, vocabulary)
    try DurableFile.write(
      [UInt8](JSONEncoder.pretty.encode(record)), to: folder + "/" + recordFile)
  }

  /// The files of weights and moments, which all ranks write.
  static func tensorFiles(
    in folder: String, _ parameters: TrainedParameters, _ optimizer: Optimizer
  ) -> [OwnedTensors] {
    let view = parameters.storage.view
    return [
      OwnedTensors(
        path: folder + "/" + ModelFiles.weights, parameters.parallel.ownership,
        values: [
          (
            "", view.layout.entries,
            UnsafeBufferPointer(rebasing: view.values[optimizer.owned])
          )
        ], owner: parameters),
      OwnedTensors(
        path: folder + "/" + optimizerFile, parameters.parallel.ownership,
        values: optimizer.moments.map {
          ($0.prefix, $0.entries, UnsafeBufferPointer($0.values.buffer))
        }, owner: optimizer),
    ]
  }

  /// What is wrong with the folder; nil where every file of the manifest is as it was written.
  func damage() -> String? {
    Manifest.damage(in: path, requiring: Self.required)
  }

  /// What a checkpoint cannot do without.
  static let required = [recordFile, optimizerFile] + ModelFiles.required

  /// Whether it has a network, or once had one.
  var isModel: Bool {
    FileManager.default.fileExists(atPath: path + "/" + ModelFiles.configuration)
  }

  /// What is wrong with the model in it; what only a resumed training reads is not looked at, and may
  /// be left out of a folder that is passed on.
  func damageOfModel() -> String? {
    Manifest.damage(
      in: path, requiring: ModelFiles.required, isAll: false,
      where: { ![Self.optimizerFile, Self.recordFile].contains($0) })
  }

  /// The name of the kind of training that it is of; nil where it does not say.
  var kind: String? {
    (try? contents(ofFile: path + "/" + Self.recordFile)).flatMap {
      try? JSONDecoder().decode(TrainingRecordKind.self, untrusted: Data($0)).name
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
      record = try JSONDecoder().decode(TrainingRecord<Settings, Progress>.self, untrusted: data)
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

  /// Overwrites the parameters with the checkpoint's.
  package func load(into parameters: ParameterStorage) throws {
    try parameters.update { try ModelWeights(folder: path).load(into: $0) }
  }

  /// Overwrites the moments that an optimizer owns with the checkpoint's.
  package func load(into optimizer: Optimizer) throws {
    let file = try SafetensorsFile(path: path + "/" + Self.optimizerFile)
    for moment in optimizer.moments {
      for entry in moment.entries {
        let own = entry.range.clamped(to: optimizer.owned)
        let start = own.lowerBound - optimizer.owned.lowerBound
        try file.readFloats(
          moment.prefix + entry.huggingFaceName, shape: entry.shape,
          elements: own.isEmpty
            ? 0..<0 : own.lowerBound - entry.offset..<own.upperBound - entry.offset,
          into: UnsafeMutableBufferPointer(
            rebasing: moment.values.buffer[own.isEmpty ? 0..<0 : start..<start + own.count]))
      }
    }
  }
}
