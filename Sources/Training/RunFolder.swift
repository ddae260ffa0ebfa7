import Foundation
import ParablePlatform
import ParableTokenization

/// Where the files of a run are: the names alone, and which of its checkpoints is the newest.
package struct RunFolder: Equatable, Sendable {
  /// The folder itself.
  package let path: String

  /// Names the folder; nothing is touched.
  package init(_ path: String) { self.path = path }

  /// Locked by the job that uses the folder, and says which that is.
  package var lock: String { path + "/lock" }

  /// One JSON object per step, evaluation and start.
  package var metrics: String { path + "/metrics.jsonl" }

  /// The tokenizer that was learned for this run.
  package var tokenizer: String { path + "/tokenizer" }

  /// The token files that were prepared for this run.
  package var tokens: String { path + "/tokens" }

  /// One folder per checkpoint.
  package var checkpoints: String { path + "/checkpoints" }

  /// The name of the newest complete checkpoint.
  package var latest: String { path + "/latest" }

  /// What is there while a training is stopped, to be continued.
  package var stopped: String { path + "/stopped" }

  /// The text of the built-in stories, where the run has no other corpus.
  package var stories: String { path + "/tokens/stories.txt" }

  /// The checkpoint after `step` updates, whether it is there or not.
  package func checkpoint(step: Int) -> Checkpoint {
    Checkpoint(path: checkpoints + "/" + Self.checkpointName(step: step))
  }

  /// The name of the checkpoint after `step` updates.
  package static func checkpointName(step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// The steps of all checkpoint folders, the newest first, whether they are complete or not.
  package var steps: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
    return names.compactMap(Self.step).sorted(by: >)
  }

  /// The step in the name of a checkpoint; nil where it is another name.
  private static func step(of name: String) -> Int? {
    guard name.hasPrefix("step-"), let step = Int(name.dropFirst("step-".count)), step >= 0,
      name == checkpointName(step: step)
    else { return nil }
    return step
  }

  /// The newest complete checkpoint, if there is one, and what speaks against any newer one.
  ///
  /// What is wrong with a checkpoint is for `damage` to say; nil where it is complete.
  package func newest(
    damage: (Checkpoint) -> String? = { $0.damage() }
  ) -> (checkpoint: Checkpoint?, notes: [String]) {
    var notes = faultsOfLatest
    for step in steps {
      let checkpoint = checkpoint(step: step)
      guard let damage = damage(checkpoint) else { return (checkpoint, notes) }
      notes.append("checkpoint \(checkpoint.name) is not complete: \(damage)")
    }
    return (nil, notes)
  }

  /// What is wrong with the file that names the newest checkpoint, where it is there.
  var faultsOfLatest: [String] {
    guard let bytes = try? contents(ofFile: latest) else { return [] }
    let name = String(decoding: bytes, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard let step = Self.step(of: name) else { return ["\(latest) names no checkpoint"] }
    return steps.contains(step)
      ? [] : ["\(latest) names checkpoint \(name), which is missing"]
  }

  /// The folder of a tokenizer: the folder itself or, where it is a run's, its tokenizer or its newest
  /// checkpoint that has one.
  package static func tokenizerFolder(at path: String) -> String {
    let run = RunFolder(path)
    let checkpoints = run.steps.map { run.checkpoint(step: $0).path }
    return ([path, run.tokenizer] + checkpoints).first {
      Vocabulary.existingFile(in: $0) != nil
    } ?? path
  }

  /// Deletes what a process that was ended has left half written.
  ///
  /// Only whoever holds the run's lock may: another process may be writing the same names. Files
  /// that were not written by this program stay.
  package func deleteLeftovers() {
    for (folder, isLeftover) in [
      (path, { Self.isPartial($0) || $0 == Self.asideModel }), (tokens, Self.isPartial),
      (tokenizer, Self.isPartial),
      (
        checkpoints,
        { $0.hasPrefix(Self.aside) && Self.step(of: String($0.dropFirst(Self.aside.count))) != nil }
      ),
    ] as [(String, (String) -> Bool)] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where isLeftover(name) {
        try? FileManager.default.removeItem(atPath: folder + "/" + name)
      }
    }
  }

  /// What the name of a checkpoint begins with while it is written.
  static let aside = ".writing-"

  /// Where the model of the folder itself is written before it is in place.
  static let asideModel = aside + "model"

  /// Whether a file of this name is one that was to be renamed when it is whole: `latest.12-0.partial`
  /// of a durable file, `training.u16.partial` and `training.u16.partial-3` of the ranks' tokens.
  private static func isPartial(_ name: String) -> Bool {
    let durable = /.+\.[0-9]+-[0-9]+\.partial/
    let tokens = /(training|validation)\.u(16|32)\.partial(-[0-9]+)?/
    return name == "stories.txt.writing" || name.wholeMatch(of: durable) != nil
      || name.wholeMatch(of: tokens) != nil
  }
}

extension RunFolder {
  /// Complete checkpoints but for the newest `count`, and what is left of damaged ones that are older:
  /// all that need not be kept.
  ///
  /// The one of step `written`, which was just written, always stays, and so do damaged folders that
  /// are newer: they are not what this run has written. Checkpoints that `isTrusted` knows to be
  /// complete are not read again.
  package func outdated(
    keeping count: Int, beside written: Int, trusting isTrusted: (Int) -> Bool = { _ in false }
  ) -> [Checkpoint] {
    var kept = 1
    return steps.filter { $0 != written }.compactMap { step in
      let checkpoint = checkpoint(step: step)
      if kept < count && (isTrusted(step) || checkpoint.damage() == nil) {
        kept += 1
        return nil
      }
      return step < written ? checkpoint : nil
    }
  }

  /// What is in a checkpoint's folder; nothing where that is a link, which goes alone, or a file.
  package static func ownFiles(ofCheckpoint path: String) throws -> [String] {
    let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    guard type == .typeDirectory else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: path).map { path + "/" + $0 }
  }
}

/// The path from the root of the file system, of a file that need not be there; no path stays none.
package func absolutePath(_ path: String) -> String {
  path.isEmpty || path.hasPrefix("/")
    ? path : FileManager.default.currentDirectoryPath + "/" + path
}
