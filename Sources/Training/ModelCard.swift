import Foundation
import ParableFormats
import ParableModel
import ParableSettings

/// `README.md` of a model: what it is, what it learned from, and how to train it again, in the form of a model
/// card of Hugging Face (https://huggingface.co/docs/hub/model-cards).
///
/// The same training gives the same text on any ranks. It is in no manifest: whoever passes a model on adds
/// a licence and what else there is to say.
struct ModelCard {
  /// What the file is called.
  static let file = "README.md"

  /// How the model was trained.
  let kind: TrainingKind

  /// By how many updates.
  let step: Int

  /// The sizes of its network.
  let layout: ParameterLayout

  /// What the training was started with.
  let settings: any TaskSettings

  /// The digests of what it learned from, by their paths.
  let inputs: [String: String]

  /// What it was trained on.
  let environment: TrainingEnvironment?

  /// How well it does.
  let evaluation: (any EvaluationRecord)?

  /// The SHA-256 of `model.safetensors`.
  let sha256: String

  /// Files are named without their folders, which are nobody else's business.
  private static func name(_ path: String) -> String {
    URL(fileURLWithPath: path).lastPathComponent
  }

  /// What decides the result, by its JSON keys.
  private static func deciding<Settings: TaskSettings>(
    _ settings: Settings
  ) -> [String: SettingValue] {
    var settings = settings
    settings.mapPaths { $0.isEmpty ? $0 : name($0) }
    let values = Settings.settings.filter(\.decidesResult).map { ($0.key, $0.value(in: settings)) }
    return Dictionary(uniqueKeysWithValues: values).compactMapValues(\.self)
  }

  /// The whole file.
  func text() throws -> String {
    let json = String(
      decoding: try JSONEncoder.pretty.encode(Self.deciding(settings)), as: UTF8.self)
    let sizes = layout.configuration
    let isFineTuned = kind == .fineTuning
    let facts = [
      ("parameters", layout.elementCount.formatted(.number.locale(Locale(identifier: "en_US")))),
      ("layers, width, heads", "\(sizes.layers), \(sizes.width), \(sizes.heads)"),
      ("feed-forward width", "\(sizes.hidden)"),
      ("context", "\(sizes.context) tokens"),
      ("vocabulary", "\(sizes.vocabulary) ids"),
      ("evaluation", evaluation?.summary ?? "none"),
      (
        "trained on",
        environment.map { "\($0.products), \($0.instructions), \($0.precision.rawValue)" }
          ?? "unknown"
      ),
      ("SHA-256 of `\(ModelFiles.weights)`", "`\(sha256)`"),
    ]
    let files = inputs.map { (Self.name($0.key), $0.value) }.sorted { $0 < $1 }
    return """
      ---
      library_name: transformers
      pipeline_tag: \(isFineTuned ? "multiple-choice" : "text-generation")
      tags:
      - llama
      - parable
      ---

      # A Llama network, \(isFineTuned ? "fine-tuned to answer multiple-choice questions" : "trained from nothing")

      Trained by Parable \(environment?.version ?? "of an unknown version") \
      (commit \(environment?.commit ?? "unknown")) in \(step) \(step == 1 ? "step" : "steps").

      | | |
      | --- | --- |
      \(facts.map { "| \($0) | \($1) |" }.joined(separator: "\n"))

      ## What it learned from

      | file | digest |
      | --- | --- |
      \(files.map { "| \($0) | `\($1)` |" }.joined(separator: "\n"))

      ## Settings

      ```json
      \(json)
      ```

      ## Training it again

      With these files in one folder, on any number of ranks, this ends with the SHA-256 above or names the first \
      step that differs:

      ```
      worker reproduce MODEL --data FOLDER
      ```

      """
  }
}
