import Foundation
import Model
import TensorFiles
import Tokenization

/// A folder with a network and its tokenizer, laid out as Hugging Face's Llama.
public struct ModelDirectory {
  /// The folder that holds the files: a checkpoint's where a run was named.
  public let path: String

  /// The network's sizes.
  public let configuration: ModelConfiguration

  /// Its tokenizer.
  public let vocabulary: Vocabulary

  static let weightsFile = "model.safetensors"
  private static let configurationFile = "config.json"

  /// What a model that was written here cannot do without.
  package static let requiredFiles = [configurationFile, "tokenizer.json", weightsFile]

  /// Opens a model folder, or the latest checkpoint of a run folder.
  public init(path: String) throws {
    self.path = try Self.resolve(path)
    let file = self.path + "/" + Self.configurationFile
    guard let data = FileManager.default.contents(atPath: file) else {
      throw TrainingError.invalidModel(path: file, reason: "it cannot be read")
    }
    do {
      configuration = try HuggingFaceConfiguration.decoder
        .decode(HuggingFaceConfiguration.self, from: data).modelConfiguration()
    } catch let error as HuggingFaceConfiguration.UnsupportedModel {
      throw TrainingError.invalidModel(path: file, reason: error.reason)
    } catch {
      throw TrainingError.invalidModel(path: file, reason: "it does not describe a Llama network")
    }
    try configuration.validate()
    vocabulary = try Vocabulary.load(directory: self.path)
  }

  /// Reads the parameters.
  public func loadParameters() throws -> ParameterStorage {
    let storage = ParameterStorage(ParameterLayout(configuration))
    try Self.loadParameters(from: path, into: storage.view)
    return storage
  }

  /// Reads the parameters with those of a classifier, which keep what `initialize` drew where the
  /// model has none.
  package func loadParameters(
    context: Int, classifierSeed seed: UInt64
  ) throws -> (storage: ParameterStorage, hadClassifier: Bool) {
    var configuration = configuration
    configuration.context = context
    let storage = ParameterStorage(ParameterLayout(configuration, hasClassifier: true))
    storage.initialize(seed: seed)
    let file = try SafetensorsFile(path: path + "/" + Self.weightsFile)
    let hasClassifier = storage.view.layout.classifier.map {
      file.contains($0.huggingFaceName)
    }
    try Self.load(file, into: storage.view) { entry in
      entry != storage.view.layout.classifier || hasClassifier == true
    }
    return (storage, hasClassifier == true)
  }

  /// Where the model of a model folder or of a run folder is.
  private static func resolve(_ path: String) throws -> String {
    let files = FileManager.default
    guard files.fileExists(atPath: path) else {
      throw TrainingError.invalidModel(path: path, reason: "no such folder")
    }
    if files.fileExists(atPath: path + "/" + configurationFile) { return path }
    let run = RunFolder(path)
    let latest = (try? String(contentsOfFile: run.latest, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
    for name in [latest].compactMap({ $0 }) + run.checkpointNames {
      let checkpoint = run.checkpoints + "/" + name
      if files.fileExists(atPath: checkpoint + "/" + configurationFile) { return checkpoint }
    }
    throw TrainingError.invalidModel(
      path: path, reason: "it has neither a \(configurationFile) nor a checkpoint",
      remedy: "name the folder of a model or of a run")
  }

  /// Writes all files of a model into an existing folder.
  package static func write(to folder: String, parameters: ParameterView, vocabulary: Vocabulary)
    throws
  {
    let configuration = parameters.layout.configuration
    let endOfText = vocabulary.endOfText
    let encoder = HuggingFaceConfiguration.encoder
    try DurableFile.write(
      [UInt8](encoder.encode(HuggingFaceConfiguration(configuration, endOfText: endOfText))),
      to: folder + "/" + configurationFile)
    try DurableFile.write(
      [UInt8](encoder.encode(HuggingFaceGenerationConfiguration(endOfText: endOfText))),
      to: folder + "/generation_config.json")
    try DurableFile.write(
      [UInt8](
        encoder.encode(
          HuggingFaceTokenizerConfiguration(
            endOfText: endOfText == nil ? nil : Vocabulary.endOfTextToken,
            context: configuration.context))),
      to: folder + "/tokenizer_config.json")
    try vocabulary.save(to: folder)
    try SafetensorsWriter.write(
      to: folder + "/" + weightsFile, metadata: ["format": "pt"],
      tensors: Checkpoint.tensors(parameters))
  }

  static func loadParameters(from folder: String, into view: ParameterView) throws {
    try load(SafetensorsFile(path: folder + "/" + weightsFile), into: view)
  }

  /// Overwrites every tensor of `view` with the one of its name in `file`.
  static func load(
    _ file: SafetensorsFile, prefix: String = "", into view: ParameterView,
    where isWanted: (ParameterLayout.Entry) -> Bool = { _ in true }
  ) throws {
    for entry in view.layout.entries where isWanted(entry) {
      try file.readFloats(
        prefix + entry.huggingFaceName, shape: entry.shape,
        into: UnsafeMutableBufferPointer(rebasing: view.values[entry.range]))
    }
  }
}
