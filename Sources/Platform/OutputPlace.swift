import Foundation

/// Whether results can be written where they are to go, to be asked before the work that makes them.
///
/// A file is begun there and taken away again. A disk that fills up meanwhile nobody can foresee.
package enum OutputPlace {
  /// Throws ``FileError`` where no file could be written at `path`.
  package static func check(file path: String) throws {
    switch kind(of: path) {
    case S_IFDIR: throw FileError(path, SystemFailure(.writing, code: EISDIR))
    case nil, S_IFREG: try begin(DurableFile.resolved(path), shownPath: path)
    default:
      guard access(path, W_OK) == 0 else {
        throw FileError.writing(path)
      }
    }
  }

  /// The same for files in the folder `path`, which may still have to be made.
  package static func check(folder path: String) throws {
    guard !path.isEmpty else {
      throw FileError(
        path, SystemFailure(reason: "the name is empty", remedy: "give it a name"))
    }
    var existing = path
    while kind(of: existing) == nil {
      guard errno == ENOENT, existing != "/", existing != "." else {
        throw FileError.writing(path)
      }
      while existing.hasSuffix("/"), existing != "/" { existing.removeLast() }
      existing = DurableFile.folder(of: existing)
    }
    try begin(existing + "/place", shownPath: path)
  }

  private static func begin(_ path: String, shownPath: String) throws {
    let file = try DurableFile.aside(path, shownPath: shownPath)
    unlink(file.path)
  }

  /// What is there, a link followed; nil where nothing is, with the reason in `errno`.
  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}
