import Foundation

/// Where the files of a run are.
public struct RunFolder: Equatable, Sendable {
  /// The folder itself.
  public let path: String

  /// Names the folder; nothing is touched.
  public init(_ path: String) { self.path = path }

  /// One JSON object a step and an evaluation.
  public var metrics: String { path + "/metrics.jsonl" }

  /// The tokenizer that was learned for this run.
  public var tokenizer: String { path + "/tokenizer" }

  /// The token files that were prepared for this run.
  public var tokens: String { path + "/tokens" }

  /// One folder a checkpoint.
  public var checkpoints: String { path + "/checkpoints" }

  /// The name of the newest complete checkpoint.
  public var latest: String { path + "/latest" }

  /// The text of the built-in stories, where the run has no other corpus.
  public var stories: String { path + "/tokens/stories.txt" }

  /// The name of the checkpoint after `step` updates.
  public static func checkpointName(step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// The names of all checkpoint folders, the newest first, whether they are complete or not.
  public var checkpointNames: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
    let steps = names.compactMap { name in
      name.hasPrefix("step-")
        ? Int(name.dropFirst("step-".count)).map { (step: $0, name: name) } : nil
    }
    return steps.sorted { $0.step > $1.step }.map(\.name)
  }

  /// The first of `runs/001`, `runs/002`, … that does not exist.
  public static func nextFree(in parent: String = "runs") -> RunFolder {
    var number = 1
    while true {
      let digits = String(number)
      let name = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
      let folder = RunFolder(parent + "/" + name)
      if !FileManager.default.fileExists(atPath: folder.path) { return folder }
      number += 1
    }
  }

  /// Makes the folder and those that it needs.
  public func create() throws {
    for folder in [path, tokens, checkpoints] { try createFolder(folder) }
  }
}
