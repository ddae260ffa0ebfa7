import Foundation
import ParableCollective
import ParableKernels
import ParableModel
import ParablePlatform
import ParableTokenization

/// A folder with a network and its tokenizer, laid out as Hugging Face's Llama.
package struct ModelDirectory {
  /// The folder that holds the files: a checkpoint's where a run was named.
  package let path: String

  /// The network's sizes.
  package let configuration: ModelConfiguration

  /// Its tokenizer.
  package let vocabulary: Vocabulary

  /// Opens a model folder, or the newest checkpoint of a run folder whose model is whole.
  ///
  /// Everything that the files say is looked at before anything is made of it: the manifest where
  /// there is one (by the first rank alone), sizes against the tensors of the weights, ids of the
  /// tokenizer against the rows of the embedding.
  ///
  /// - Throws: ``TrainingError/file(path:reason:remedy:)`` with what is wrong; where the newest
  ///   checkpoint of a run is damaged too, naming an older one is left to the caller.
  package init(
    path: String, communicator: any Communicator = SoloCommunicator()
  ) throws {
    try self.init(folder: communicator.fromFirstRank { try Self.resolve(path) })
  }

  /// Opens a folder that is known to be undamaged.
  init(folder: String) throws {
    path = folder
    configuration = try ModelFiles.configuration(in: self.path)
    try ModelWeights(folder: self.path).check(against: configuration)
    vocabulary = try Vocabulary.load(directory: self.path)
    guard vocabulary.count <= configuration.vocabulary else {
      throw TrainingError.file(
        path: self.path,
        reason: "its tokenizer has \(vocabulary.count) ids and its network "
          + "\(configuration.vocabulary)",
        remedy: "give it the tokenizer that it was trained with")
    }
  }

  /// The files that decide what it computes.
  package var files: [String] {
    get throws {
      [path + "/" + ModelFiles.configuration, Vocabulary.existingFile(in: path)].compactMap(\.self)
        + (try ModelWeights(folder: path).paths)
    }
  }

  /// Reads the parameters.
  package func loadParameters() throws -> ParameterStorage {
    let weights = try ModelWeights(folder: path)
    try weights.check(against: configuration)
    let storage = try makeStorage(ParameterLayout(configuration))
    try storage.update { try weights.load(into: $0) }
    return storage
  }

  /// The layout of the network with a classifier of choices behind it and a context of this length.
  package func classifierLayout(context: Int) -> ParameterLayout {
    var configuration = configuration
    configuration.context = context
    return ParameterLayout(configuration, hasClassifier: true)
  }

  /// Whether the model has a classifier.
  package var hasClassifier: Bool {
    get throws {
      let layout = classifierLayout(context: configuration.context)
      return try layout.classifier.map {
        try ModelWeights(folder: path).contains($0.huggingFaceName)
      } ?? false
    }
  }

  /// Reads the parameters of a network with a classifier, which keep what `initialize` draws where the
  /// model has none.
  package func load(into storage: ParameterStorage, classifierSeed seed: UInt64) throws {
    let weights = try ModelWeights(folder: path)
    try weights.check(against: configuration)
    storage.initialize(seed: seed)
    try storage.update { parameters in
      try weights.load(into: parameters) {
        $0 != parameters.layout.classifier || weights.contains($0.huggingFaceName)
      }
    }
  }

  /// Room for the parameters, once it is known that there is memory for them.
  package func makeStorage(_ layout: ParameterLayout) throws -> ParameterStorage {
    try MemoryLimit.require(
      4 * layout.elementCount, at: path, for: "the network",
      remedy: "use a machine with more memory")
    return ParameterStorage(layout)
  }

  /// Where the model of a model folder or of a run folder is, undamaged as far as can be known.
  private static func resolve(_ path: String) throws -> String {
    let files = FileManager.default
    guard files.fileExists(atPath: path) else {
      throw TrainingError.file(
        path: path, reason: "no such folder", remedy: "name the folder of a model or of a run")
    }
    guard files.fileExists(atPath: path + "/" + ModelFiles.configuration) else {
      return try newestCheckpoint(of: RunFolder(path)).path
    }
    guard Manifest.isThere(in: path) else { return path }
    if let damage = Checkpoint(path: path).damageOfModel() {
      throw TrainingError.file(
        path: path, reason: damage,
        remedy: "restore it, or delete \(Manifest.file) if the change was wanted")
    }
    return path
  }

  /// The newest checkpoint of a run; one whose model is damaged is an error, so that nobody takes an
  /// older network for the newest.
  private static func newestCheckpoint(of run: RunFolder) throws -> Checkpoint {
    guard !run.steps.isEmpty else {
      throw TrainingError.file(
        path: run.path,
        reason: "it has neither a \(ModelFiles.configuration) nor a checkpoint",
        remedy: "name the folder of a model or of a run that has saved one")
    }
    let (checkpoint, notes) = run.newest { $0.damageOfModel() }
    guard let checkpoint else {
      throw TrainingError.file(
        path: run.path, reason: notes.first ?? "no checkpoint is complete",
        remedy: "restore a checkpoint")
    }
    if let note = notes.first {
      throw TrainingError.file(
        path: run.path, reason: note, remedy: "name a checkpoint, such as \(checkpoint.path)")
    }
    return checkpoint
  }
}
