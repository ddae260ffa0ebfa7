import Foundation
import ParablePlatform

/// What is left of a run, a checkpoint or a model directory, file by file.
package struct Verification {
  /// One folder with a manifest, or one that should have one.
  package struct Folder {
    /// Where it is.
    package let path: String

    /// What is wrong with its files, those without fault among them.
    package let files: [FileVerdict]

    /// Whether nothing is wrong.
    package var isWhole: Bool { files.allSatisfy { $0.fault == nil } }
  }

  /// The folders that were looked at.
  package let folders: [Folder]

  /// The checkpoint that a resumed training goes on from; nil where there is none.
  package let resumesFrom: String?

  /// Whether checkpoints were looked for, so that none is a fault.
  package let isRun: Bool

  /// What is wrong beside the folders' files.
  package let faults: [String]

  /// Whether nothing is wrong at all.
  package var isWhole: Bool { faults.isEmpty && folders.allSatisfy(\.isWhole) }

  /// Reads every file that a manifest lists: of the folder itself, and of all checkpoints where it is a
  /// run's.
  ///
  /// `report` gets each folder as soon as it is read, the newest checkpoint first.
  ///
  /// - Throws: ``TrainingError/file(path:reason:remedy:)`` where there is no such folder.
  package init(
    of path: String, report: (Folder) throws -> Void = { _ in }
  ) throws {
    guard FileManager.default.fileExists(atPath: path + "/.") else {
      throw TrainingError.file(
        path: path, reason: "no such folder",
        remedy: "name the folder of a run, a checkpoint or a model")
    }
    let run = RunFolder(path)
    isRun = FileManager.default.fileExists(atPath: run.checkpoints)
    var folders: [Folder] = []
    func add(_ path: String, _ required: [String]) throws {
      let folder = Folder(path: path, files: Self.files(of: path, requiring: required))
      folders.append(folder)
      try report(folder)
    }
    let isModel = Manifest.isThere(in: path) || Checkpoint(path: path).isModel
    if isModel || !isRun {
      let isCheckpoint = !isRun && Checkpoint(path: path).kind != nil
      try add(path, isCheckpoint ? Checkpoint.required : ModelFiles.required)
    }
    for step in run.steps { try add(run.checkpoint(step: step).path, Checkpoint.required) }
    self.folders = folders
    guard isRun else {
      (resumesFrom, faults) = (nil, [])
      return
    }
    // A damaged list of digests alone keeps nobody from resuming: this is not the newest without faults.
    resumesFrom =
      run.newest { checkpoint in
        folders.first { $0.path == checkpoint.path }?.files
          .first { $0.fault != nil && $0.file != DigestList.file }?.fault
      }.checkpoint?.path
    faults = run.faultsOfLatest + (resumesFrom == nil ? ["no checkpoint is complete"] : [])
  }

  private static func files(of path: String, requiring required: [String]) -> [FileVerdict] {
    let check = FolderCheck(path)
    let listed = check.names ?? required
    let missing = required.filter { !listed.contains($0) }.map {
      FileVerdict(file: $0, fault: "\(Manifest.file) does not list \($0)")
    }
    return check.all() + missing
  }
}
