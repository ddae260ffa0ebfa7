import Foundation
import ParableFormats
import ParableModel
import ParablePlatform
import ParableTokenization

/// The files of a network and its tokenizer, as Hugging Face's Llama has them: what they are called,
/// and how they are written.
package enum ModelFiles {
  static let configuration = "config.json"
  static let weights = "model.safetensors"

  /// What a model that was written here cannot do without.
  package static let required = [configuration, "tokenizer.json", weights]

  /// The sizes of the network in a folder.
  static func configuration(in folder: String) throws -> ModelConfiguration {
    let file = folder + "/" + configuration
    func unusable(_ reason: String) -> TrainingError {
      .file(path: file, reason: reason, remedy: "give the configuration of a Llama network")
    }
    let data = Data(try contents(ofFile: file))
    let configuration: ModelConfiguration
    do {
      configuration = try JSONDecoder().decode(HuggingFaceConfiguration.self, untrusted: data)
        .modelConfiguration()
    } catch let error as HuggingFaceConfiguration.UnsupportedModel {
      throw unusable(error.reason)
    } catch {
      throw unusable("it is not a JSON object")
    }
    do {
      try configuration.validate()
    } catch let error as ModelError {
      throw TrainingError.unusable(configuration: file, error)
    }
    return configuration
  }

  /// Writes all files of a model into an existing folder.
  package static func write(
    to folder: String, parameters: ParameterView, vocabulary: Vocabulary
  ) throws {
    try writeDescription(to: folder, parameters.layout.configuration, vocabulary)
    try SafetensorsWriter.write(
      to: folder + "/" + weights, metadata: ["format": "pt"],
      tensors: tensors(parameters))
  }

  /// Writes all files but the weights.
  static func writeDescription(
    to folder: String, _ sizes: ModelConfiguration, _ vocabulary: Vocabulary
  ) throws {
    let endOfText = vocabulary.endOfText
    let encoder = JSONEncoder.huggingFace
    // First: the tokenizer's configuration is told the context below.
    try vocabulary.save(to: folder)
    try DurableFile.write(
      [UInt8](encoder.encode(HuggingFaceModelDescription(sizes, endOfText: endOfText))),
      to: folder + "/" + configuration)
    try DurableFile.write(
      [UInt8](encoder.encode(HuggingFaceGenerationConfiguration(endOfText: endOfText))),
      to: folder + "/generation_config.json")
    try DurableFile.write(
      [UInt8](
        encoder.encode(
          HuggingFaceTokenizerConfiguration(
            endOfText: endOfText == nil ? nil : Vocabulary.endOfTextToken,
            context: sizes.context))),
      to: folder + "/tokenizer_config.json")
  }

  /// The tensors of a view as files name them.
  private static func tensors(_ view: ParameterView) -> [SafetensorsWriter.Tensor] {
    view.layout.entries.map { entry in
      (
        name: entry.huggingFaceName, elementType: .f32, shape: entry.shape,
        bytes: UnsafeRawBufferPointer(
          UnsafeBufferPointer(rebasing: view.values[entry.range]))
      )
    }
  }
}
