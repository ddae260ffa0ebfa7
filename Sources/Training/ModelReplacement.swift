import Foundation
import ParablePlatform

/// Writes a model into a folder that may have one already, over the old one's files.
///
/// It is written aside in full, with its manifest, before anything of the old one is touched. Where a file
/// cannot be written or renamed, the old model stays as it was. A process that ends while files are renamed leaves
/// whole files without a manifest: better that nothing vouches for them than that they are called damaged.
struct ModelReplacement {
  private let folder: String
  private let staged: String
  private let replaced: String
  /// The names of files that were or are being replaced, and whether `replaced` has what was there before.
  private var begun: [(name: String, isReplaced: Bool)] = []

  /// Has `body` write the files of a model, but for the manifest, into the folder that it gets.
  static func write(in folder: String, _ body: (String) throws -> Void) throws {
    var replacement = ModelReplacement(folder)
    defer { try? FileManager.default.removeItem(atPath: replacement.staged) }
    try? FileManager.default.removeItem(atPath: replacement.staged)
    guard mkdir(replacement.staged, 0o777) == 0 else {
      throw FileError.writing(replacement.staged)
    }
    try body(replacement.staged)
    try Manifest.write(in: replacement.staged)
    do {
      try replacement.commit()
    } catch {
      replacement.undo()
      throw error
    }
  }

  private init(_ folder: String) {
    self.folder = folder
    staged = folder + "/" + RunFolder.asideModel
    replaced = staged + "/replaced"
  }

  private mutating func commit() throws {
    let witnesses = [DigestList.file, Manifest.file]
    let names = try FileManager.default.contentsOfDirectory(atPath: staged)
      .filter { !witnesses.contains($0) }.sorted()
    guard mkdir(replaced, 0o777) == 0 else { throw FileError.writing(replaced) }
    for name in witnesses {
      let other = replaced + "/" + name
      let isReplaced = rename(folder + "/" + name, other) == 0
      guard isReplaced || errno == ENOENT else { throw FileError.writing(other) }
      begun.append((name, isReplaced))
    }
    try DurableFile.synchronize(folder: folder)
    for name in names { try place(name) }
    for name in witnesses.reversed() { try move(name) }
    try DurableFile.synchronize(folder: folder)
  }

  /// Replaces a file; what was there before keeps a second name, or gets another where there are no links.
  private mutating func place(_ name: String) throws {
    let (path, other) = (folder + "/" + name, replaced + "/" + name)
    begun.append((name, link(path, other) == 0 || errno != ENOENT && rename(path, other) == 0))
    try move(name)
  }

  private func move(_ name: String) throws {
    let path = folder + "/" + name
    guard rename(staged + "/" + name, path) == 0 else { throw FileError.writing(path) }
  }

  /// Puts back what was there before.
  private func undo() {
    for (name, isReplaced) in begun.reversed() {
      let path = folder + "/" + name
      if isReplaced { rename(replaced + "/" + name, path) } else { unlink(path) }
    }
    try? DurableFile.synchronize(folder: folder)
  }
}
