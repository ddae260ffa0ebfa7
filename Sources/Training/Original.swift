import Foundation
import ParableFormats
import ParablePlatform

/// What a training has left, for another that is to repeat it.
package struct Original: Codable, Sendable {
  /// What a step cost.
  private struct Cost: Codable, Equatable {
    var loss: Double?
    var gradientNorm: Double?

    enum CodingKeys: String, CodingKey {
      case loss
      case gradientNorm = "gradient_norm"
    }
  }

  /// The folder of its weights.
  package let folder: String

  /// The name of the kind of training.
  package let kind: String

  /// Whether these are the weights that a fine-tuning has left, rather than a checkpoint's.
  package let isModel: Bool

  /// Its checkpoint, whose record says how it was trained.
  package let checkpoint: String

  /// The SHA-256 of its `model.safetensors`.
  package let sha256: String

  /// Where it says what each step cost; nil where that is not at hand.
  package let metrics: String?

  private let costs: [Int: Cost]

  /// Finds what is to be repeated: the newest checkpoint of a run, the model that a fine-tuning has left
  /// beside its newest checkpoint, or one checkpoint.
  ///
  /// - Throws: ``TrainingError/file(path:reason:remedy:)`` where it is damaged or does not say how it was
  ///   trained.
  package init(of path: String) throws {
    guard FileManager.default.fileExists(atPath: path + "/.") else {
      throw TrainingError.file(
        path: path, reason: "no such folder",
        remedy: "name the folder of a run, of a checkpoint or of a fine-tuned model")
    }
    let run = RunFolder(path)
    let checkpoint = run.steps.isEmpty ? Checkpoint(path: path) : run.newest().checkpoint
    guard let checkpoint else {
      throw TrainingError.file(
        path: path, reason: "no checkpoint is complete", remedy: "restore it from a copy")
    }
    guard let kind = checkpoint.kind else {
      throw TrainingError.file(
        path: path, reason: "it does not say how it was trained",
        remedy:
          "name the folder of a run, of a checkpoint or of a fine-tuned model with its checkpoints")
    }
    self.kind = kind
    // A fine-tuning leaves its best weights in the folder itself, once an epoch is over.
    isModel =
      kind == TrainingKind.fineTuning.name && !run.steps.isEmpty && Checkpoint(path: path).isModel
    folder = isModel ? path : checkpoint.path
    self.checkpoint = checkpoint.path
    let damage = isModel ? Checkpoint(path: path).damageOfModel() : checkpoint.damage()
    guard damage == nil, let sha256 = Manifest.digest(of: ModelFiles.weights, in: folder) else {
      throw TrainingError.file(
        path: folder, reason: damage ?? "it has no readable \(Manifest.file)",
        remedy: "restore it from a copy")
    }
    self.sha256 = sha256
    let home = run.steps.isEmpty ? Self.run(of: path) : run
    let lines = home.flatMap { try? contents(ofFile: $0.metrics) }
    metrics = lines == nil ? nil : home?.metrics
    costs = lines.map { Self.costs(of: Data($0)) } ?? [:]
  }

  /// The run that a checkpoint lies in; nil where it was passed on without, next to whatever is there.
  private static func run(of checkpoint: String) -> RunFolder? {
    let above = URL(fileURLWithPath: checkpoint).deletingLastPathComponent()
    let run = RunFolder(above.deletingLastPathComponent().path)
    return above.path == run.checkpoints ? run : nil
  }

  private struct Line: Decodable {
    var step: Int

    private enum CodingKeys: String, CodingKey { case step, seconds }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      step = try values.decode(Int.self, forKey: .step)
      // An evaluation has none.
      _ = try values.decode(Double.self, forKey: .seconds)
    }
  }

  private static func costs(of lines: Data) -> [Int: Cost] {
    lines.split(separator: UInt8(ascii: "\n")).reduce(into: [:]) { costs, line in
      guard let step = try? JSONDecoder().decode(Line.self, untrusted: line).step,
        let cost = try? JSONDecoder().decode(Cost.self, untrusted: line)
      else { return }
      costs[step] = cost
    }
  }

  /// Throws where a step did not cost what it did before; one that is not known is taken to be the same.
  package func check(_ record: StepRecord) throws {
    let now = Cost(loss: record.loss.finite, gradientNorm: record.gradientNorm.finite)
    guard let before = costs[record.step], now != before else { return }
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "no number" }
    let (name, here, there) =
      now.loss == before.loss
      ? ("gradient norm", now.gradientNorm, before.gradientNorm) : ("loss", now.loss, before.loss)
    throw TrainingError.notReproduced(
      path: folder,
      what: "step \(record.step) is the first that differs: its \(name) is \(number(here)), and "
        + "\(number(there)) in \(metrics ?? "")")
  }

  /// Throws unless the weights that a training has left are the same.
  ///
  /// - Parameters:
  ///   - run: Its folder.
  ///   - step: Its last step.
  /// - Throws: ``TrainingError/notReproduced(path:what:)``.
  package func check(weightsOf run: RunFolder, step: Int) throws {
    let here = isModel ? run.path : run.checkpoint(step: step).path
    let found = Manifest.digest(of: ModelFiles.weights, in: here)
    guard found != sha256 else { return }
    let losses = metrics == nil ? "" : "; the losses of all steps are the same"
    throw TrainingError.notReproduced(
      path: folder,
      what: "its weights are others, SHA-256 \(sha256) there and \(found ?? "none") here\(losses)")
  }
}
