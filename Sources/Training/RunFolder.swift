import Foundation
import Tokenization

/// Where the files of a run are.
package struct RunFolder: Equatable, Sendable {
  /// The folder itself.
  package let path: String

  /// Names the folder; nothing is touched.
  package init(_ path: String) { self.path = path }

  /// One JSON object a step and an evaluation.
  package var metrics: String { path + "/metrics.jsonl" }

  /// The tokenizer that was learned for this run.
  package var tokenizer: String { path + "/tokenizer" }

  /// The token files that were prepared for this run.
  package var tokens: String { path + "/tokens" }

  /// One folder a checkpoint.
  package var checkpoints: String { path + "/checkpoints" }

  /// The name of the newest complete checkpoint.
  package var latest: String { path + "/latest" }

  /// The text of the built-in stories, where the run has no other corpus.
  package var stories: String { path + "/tokens/stories.txt" }

  /// The name of the checkpoint after `step` updates.
  package static func checkpointName(step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// The names of all checkpoint folders, the newest first, whether they are complete or not.
  package var checkpointNames: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
    let steps = names.compactMap { name in Self.step(of: name).map { (step: $0, name: name) } }
    return steps.sorted { $0.step > $1.step }.map(\.name)
  }

  /// The step in the name of a checkpoint; nil where it is another name.
  static func step(of name: String) -> Int? {
    guard name.hasPrefix("step-"), let step = Int(name.dropFirst("step-".count)), step >= 0,
      name == checkpointName(step: step)
    else { return nil }
    return step
  }

  /// The first of `runs/001`, `runs/002`, … that does not exist.
  package static func nextFree(in parent: String = "runs") -> RunFolder {
    var number = 1
    while true {
      let digits = String(number)
      let name = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
      let folder = RunFolder(parent + "/" + name)
      if !FileManager.default.fileExists(atPath: folder.path) { return folder }
      number += 1
    }
  }

  /// The folder of a tokenizer: the folder itself or, where it is a run's, its tokenizer or its newest
  /// checkpoint that has one.
  package static func tokenizerFolder(at path: String) -> String {
    let run = RunFolder(path)
    let checkpoints = run.checkpointNames.map { run.checkpoints + "/" + $0 }
    return ([path, run.tokenizer] + checkpoints).first {
      Vocabulary.existingFile(in: $0) != nil
    } ?? path
  }
}

/// The path from the root of the file system, of a file that need not be there; no path stays none.
package func absolutePath(_ path: String) -> String {
  path.isEmpty || path.hasPrefix("/")
    ? path : FileManager.default.currentDirectoryPath + "/" + path
}

/// What keeps a JSON text from being what it should be: the key, and what is wrong with its value.
func decodingReason(_ error: any Error) -> String {
  func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
  switch error {
  case DecodingError.keyNotFound(let key, let context):
    return "it has no \(name(context.codingPath + [key]))"
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
    DecodingError.dataCorrupted(let context):
    let name = name(context.codingPath)
    return name.isEmpty ? "it is not the JSON that was written" : "its \(name) cannot be"
  default: return "it is not the JSON that was written"
  }
}
