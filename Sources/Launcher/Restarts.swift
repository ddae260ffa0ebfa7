import Foundation
import ParableCommandLineInterface

/// Starts a training again after a crash, from its newest checkpoint.
struct Restarts {
  /// A start after the first.
  struct Start: Equatable {
    /// The worker's command line.
    var command: [String]

    /// What has happened, and where it goes on, in one line.
    var note: String
  }

  private let limit: Int
  private let command: [String]
  private let folder: String
  private var done = 0

  /// Allows so many starts after the first; the folder of the training has to be named, so that it is
  /// known what to go on with.
  init(limit: Int, command: [String]) throws(LaunchError) {
    self.limit = limit
    self.command = command
    let option = Self.folderOption(of: command)
    let folder = option.flatMap { CommandWords(command).value(of: $0) }
    if limit > 0 {
      guard let option else { throw .restartsOfNoTraining(command: command[0]) }
      guard folder != nil else { throw .restartsWithoutFolder(option: "--\(option)") }
    }
    self.folder = folder ?? ""
  }

  private static func folderOption(of command: [String]) -> String? {
    ["pretrain": "run", "finetune": "output"][command[0]]
  }

  /// What mpirun ends with where it fails itself, as MPICH's may when a rank of several hosts is killed;
  /// other ranks may have said meanwhile that MPI has failed.
  private static let mpirunHasFailed: Int32 = 255

  /// Whether a job has crashed, rather than ended by an error that its worker has reported, or by
  /// somebody's wish.
  static func isCrash(_ end: Job.End) -> Bool {
    let code = end.exitCode
    guard end.signal == nil, ![0, ExitCode.toBeContinued].contains(code) else { return false }
    return (129..<160).contains(code) || [ExitCode.lostRank, mpirunHasFailed].contains(code)
      || !end.hasWorkerSpoken
  }

  /// The start to follow a job's end; nil where none does.
  mutating func next(after end: Job.End) -> Start? {
    guard done < limit, Self.isCrash(end) else { return nil }
    done += 1
    let cause =
      (129..<160).contains(end.exitCode)
      ? "a rank was ended by signal \(end.exitCode - 128) "
        + "(\(String(cString: strsignal(end.exitCode - 128))))"
      : end.exitCode == ExitCode.lostRank
        ? "a rank was lost"
        : "mpirun ended with \(end.exitCode) (\(end.explanation ?? "and said nothing"))"
    let checkpoint = newestCheckpoint
    return Start(
      command: checkpoint == nil ? command : Self.resuming(command),
      note: "the job: \(cause); restart \(done) of \(limit), "
        + (checkpoint.map { "from \($0)" } ?? "from the beginning"))
  }

  private var newestCheckpoint: String? {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder + "/checkpoints")
    return names?.filter { $0.hasPrefix("step-") }.max()
  }

  /// The command line that goes on with the training of another one: a resumed training has its
  /// settings, and takes the rest alone.
  static func resuming(_ command: [String]) -> [String] {
    guard !command.contains("--resume") else { return command }
    let words = CommandWords(command).words(ofOptions: CommandRanks.optionsOfResumed)
    return [command[0]] + words + ["--resume"]
  }
}

/// The words of a worker's command line, as far as the launcher reads them.
private struct CommandWords {
  private var options: [(name: String, words: [String])] = []

  init(_ command: [String]) {
    for word in command.dropFirst() {
      if word.hasPrefix("--") {
        let name = word.dropFirst(2).prefix { $0 != "=" }
        options.append((String(name), [word]))
      } else if !options.isEmpty {
        options[options.count - 1].words.append(word)
      }
    }
  }

  func value(of name: String) -> String? {
    guard let words = options.last(where: { $0.name == name })?.words else { return nil }
    if words.count > 1 { return words[1] }
    let attached = words[0].split(separator: "=", maxSplits: 1)
    return attached.count == 2 ? String(attached[1]) : nil
  }

  func words(ofOptions names: Set<String>) -> [String] {
    options.filter { names.contains($0.name) }.flatMap(\.words)
  }
}
