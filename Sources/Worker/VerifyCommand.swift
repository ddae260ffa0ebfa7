import ParableCommandLineInterface
import ParableSettings
import ParableTraining

/// `worker verify`: whether files are what was written.
enum VerifyCommand: Command {
  static let name = "verify"
  static let summary = "compare a run, a checkpoint or a model with what was written"
  static let discussion = [
    "Every file that a manifest.json lists is read and its SHA-256 compared; of a damaged safetensors "
      + "file the tensor is named. Of a run all checkpoints are looked at, the newest first, and it is "
      + "said which one --resume would take.",
    "It ends with 0 where nothing is wrong and with 1 otherwise. sha256sum -c SHA256SUMS in the same "
      + "folder says the same.",
  ]
  static let positionals = [
    PositionalArgument("DIR", "a run, a checkpoint or the folder of a model")
  ]

  struct Options: JSONOptions {
    var json = false

    static var settings: [Setting<Options>] { Setting.json(\.json) }
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    struct File: Encodable {
      var file: String
      var whole: Bool
      var fault: String?
    }

    struct Folder: Encodable {
      var path: String
      var whole: Bool
      var files: [File]
    }

    var whole: Bool
    var folders: [Folder]
    var faults: [String]
    var resumesFrom: String?

    enum CodingKeys: String, CodingKey {
      case whole, folders, faults
      case resumesFrom = "resumes_from"
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let path = invocation.arguments.positionals[0]
    let output = invocation.output
    let found = try Verification(of: path) { folder in
      for file in folder.files {
        let name = "\(folder.path)/\(file.file)"
        try output.line(
          singleLine(file.fault.map { "damaged  \(name): \($0)" } ?? "ok       \(name)"))
      }
    }
    for fault in found.faults { try output.line(singleLine("damaged  \(fault)")) }
    if let resumesFrom = found.resumesFrom { try output.line("--resume takes \(resumesFrom)") }
    if invocation.options.json { try output.object(report(found)) }
    guard found.isWhole else {
      let count = found.folders.flatMap(\.files).count { $0.fault != nil }
      let what =
        count == 0
        ? found.faults.joined(separator: ", ")
        : "\(count) damaged or missing \(count == 1 ? "file" : "files")"
      let remedy =
        found.resumesFrom.map { "--resume goes on from \($0)" } ?? "restore it from a copy"
      throw CommandFailure(description: "\(path): \(what); \(remedy)")
    }
  }

  private static func report(_ found: Verification) -> Report {
    Report(
      whole: found.isWhole,
      folders: found.folders.map { folder in
        Report.Folder(
          path: folder.path, whole: folder.isWhole,
          files: folder.files.map {
            Report.File(file: $0.file, whole: $0.fault == nil, fault: $0.fault)
          })
      }, faults: found.faults, resumesFrom: found.resumesFrom)
  }
}
