import Foundation
import ParableFormats
import ParableLaunchEnvironment

/// What the launcher finds out about a training from its command line: how much there is to share
/// out, and what a host takes.
struct TrainingWork {
  /// The batch and its micro-batches.
  var share: WorkShare

  /// The memory of the busiest host in bytes, where that can be computed.
  var bytesPerHost: Int?

  /// The batch of a fine-tuning that says none, and its micro-batch.
  static let fineTuning = WorkShare(batch: 32, microBatch: 4)

  /// The options that size a pre-training, which `worker estimate` has as well; each has a value.
  static let sizes = [
    "preset", "config", "vocabulary-size", "vocab-size", "width", "layers", "heads", "hidden",
    "context", "context-length", "batch", "batch-size", "micro-batch", "grain", "precision",
  ]

  /// Finds out what it can; nil for what is no training, or cannot be known before it begins.
  ///
  /// What is wrong with the command line is for the worker to say.
  ///
  /// - Parameters:
  ///   - command: The worker's command line.
  ///   - worker: The worker's path.
  ///   - ranks: All ranks.
  ///   - hosts: The hosts that they are on.
  ///   - environment: The variables of this process.
  init?(
    command: [String], worker: String, ranks: Int, hosts: Int = 1, environment: [String: String]
  ) {
    let options = Self.options(of: command)
    func number(_ names: String...) -> Int? {
      names.lazy.compactMap { options[$0] }.first.flatMap { Int($0) }
    }
    let resumes = command.contains("--resume")
    switch command.first {
    case "pretrain" where resumes:
      guard let run = options["run"], let share = Self.share(ofRun: run) else { return nil }
      self.share = share
    case "pretrain":
      let arguments =
        Self.estimate(for: command) + ["--ranks", "\(ranks)", "--hosts", "\(hosts)", "--json"]
      let answer = Question.answers(
        to: [[worker] + arguments], environment: environment.merging(["PARABLE_ALONE": "1"]) { $1 },
        within: 20)[0]
      guard
        let report = try? JSONDecoder.snakeCase.decode(
          Estimate.self, from: Data(answer.output.utf8))
      else { return nil }
      share = WorkShare(batch: report.batch, microBatch: report.microBatch)
      bytesPerHost = report.trainingBytes
    case "finetune" where !resumes && options["config"] == nil:
      let batch = number("batch", "batch-size") ?? Self.fineTuning.batch
      let microBatch =
        number("micro-batch", "grain")
        ?? (1...Self.fineTuning.microBatch).last { batch.isMultiple(of: $0) } ?? 1
      share = WorkShare(batch: batch, microBatch: microBatch)
    default: return nil
    }
  }

  /// What `worker estimate --json` prints, as far as it is used.
  private struct Estimate: Decodable {
    var batch: Int
    var microBatch: Int
    var trainingBytes: Int
  }

  /// The command line of `worker estimate` for the training of another one.
  static func estimate(for command: [String]) -> [String] {
    let options = options(of: command).filter { sizes.contains($0.key) }
    return ["estimate"] + options.sorted { $0.key < $1.key }.map { "--\($0.key)=\($0.value)" }
  }

  /// The options that have a value, whether they are written `--name value` or `--name=value`.
  ///
  /// A flag before a word that is no option's would be taken for an option with that value, but the
  /// worker's training commands have no such words.
  private static func options(of command: [String]) -> [String: String] {
    var options: [String: String] = [:]
    for (word, next) in zip(command, command.dropFirst() + ["--"]) where word.hasPrefix("--") {
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = parts.first else { continue }
      if parts.count == 2 {
        options[name] = parts[1]
      } else if !next.hasPrefix("--") {
        options[name] = next
      }
    }
    return options
  }

  /// What the newest checkpoint of a run says.
  private static func share(ofRun folder: String) -> WorkShare? {
    struct Record: Decodable {
      struct Settings: Decodable {
        var batch: Int
        var microBatch: Int
      }
      var settings: Settings
    }
    guard let latest = try? String(contentsOfFile: folder + "/latest", encoding: .utf8) else {
      return nil
    }
    let name = latest.trimmingCharacters(in: .whitespacesAndNewlines)
    let file = URL(fileURLWithPath: "\(folder)/checkpoints/\(name)/training.json")
    guard let data = try? Data(contentsOf: file),
      let record = try? JSONDecoder().decode(Record.self, untrusted: data)
    else { return nil }
    return WorkShare(batch: record.settings.batch, microBatch: record.settings.microBatch)
  }
}

extension JSONDecoder {
  fileprivate static var snakeCase: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }
}
