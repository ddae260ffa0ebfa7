import Foundation
import ParableAnswering
import ParableModel
import ParableTokenization
import ParableTraining

extension FuzzTarget {
  /// What stands in runs, checkpoints and models.
  static let trainings = [
    FuzzTarget("manifest") { bytes, folder in
      // A byte that is no text parts the manifest and the list of digests.
      let parts = bytes.split(separator: 0xFF, maxSplits: 1, omittingEmptySubsequences: false)
      _ = try folder.write(Array(parts[0]), to: "manifest.json")
      _ = try folder.write(parts.count > 1 ? Array(parts[1]) : [], to: "SHA256SUMS")
      for name in ["a", "model.safetensors"] { _ = try folder.write([1], to: name) }
      let verdicts = FolderCheck(folder.path).all()
      require(!verdicts.isEmpty, "a manifest is always looked at")
      _ = Manifest.damage(in: folder.path, requiring: ["a"])
    },
    FuzzTarget("training-record") { bytes, folder in
      _ = try folder.write(bytes, to: "training.json")
      let checkpoint = Checkpoint(path: folder.path)
      let pretraining: TrainingRecord<PretrainingSettings, PretrainingProgress>? =
        try? checkpoint.record(.pretraining)
      _ = try? pretraining?.settings.validate()
      let fineTuning: TrainingRecord<FineTuningSettings, FineTuningProgress>? =
        try? checkpoint.record(.fineTuning)
      _ = try? fineTuning?.settings.validate()
    },
    FuzzTarget("metrics") { bytes, folder in
      let log = try MetricsLog(path: folder.write(bytes, to: "metrics.jsonl"), keepingUpTo: 5)
      try log.append(["step": 6])
    },
    FuzzTarget("model-configuration") { bytes, folder in
      let model = folder.path + "/model"
      if !FileManager.default.fileExists(atPath: model) { try writeModel(to: model) }
      _ = try folder.write(bytes, to: "model/config.json")
      let directory = try ModelDirectory(path: model)
      _ = try directory.loadParameters()
      _ = try directory.hasClassifier
    },
  ]

  /// A whole model, of which one file is replaced.
  private static func writeModel(to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let bytes: [[UInt8]?] = (0...255).map { [UInt8($0)] }
    let vocabulary = try Vocabulary(tokens: bytes, specialTokens: [])
    let storage = ParameterStorage(
      ParameterLayout(
        ModelConfiguration(vocabulary: 260, context: 8, width: 8, layers: 1, heads: 2, hidden: 8)))
    storage.initialize(seed: 1)
    try ModelFiles.write(to: folder, parameters: storage.view, vocabulary: vocabulary)
  }
}
