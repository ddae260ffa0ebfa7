import Foundation
import ParableFormats
import ParablePlatform

/// The one writer of a folder: an advisory lock that this process holds.
///
/// The lock is the system's (`flock`), so it ends with the process, however that ends; a file `lock`
/// that was left behind locks nothing. While it is held, the file says who holds it. No program that
/// this one starts inherits it. Where the file system knows no locks, a ``LockHeartbeat`` takes its place.
package final class RunLock {
  /// Who holds a lock, as the file tells.
  private struct Holder: Codable {
    var process: Int32
    var host: String
    var started: String
    /// Makes the words of each holder its own.
    var key: UInt32?

    static var own: Holder {
      Holder(
        process: getpid(), host: CoreBinding.thisHost, started: Date.now.formatted(.iso8601),
        key: .random(in: 0...UInt32.max))
    }

    var words: [UInt8] {
      // Numbers and plain strings always are JSON.
      ((try? JSONEncoder.line.encode(self)).map { [UInt8]($0) } ?? []) + [UInt8(ascii: "\n")]
    }
  }

  private let path: String
  private let option: String
  /// That of the locked file; -1 once the lock is given back, and where there is a heartbeat instead.
  private var descriptor: Int32
  private var heartbeat: LockHeartbeat?
  private var madeFolders: [String] = []

  private init(path: String, option: String, descriptor: Int32, heartbeat: LockHeartbeat? = nil) {
    self.path = path
    self.option = option
    self.descriptor = descriptor
    self.heartbeat = heartbeat
  }

  deinit { release() }

  /// Makes `folder` and those above it where they are missing, and locks it for this process.
  ///
  /// - Parameters:
  ///   - folder: What only one process may write into.
  ///   - option: The option that names it, for the message.
  ///   - note: Gets a line where the file system knows no locks: a heartbeat takes their place.
  /// - Returns: The lock; it is given back at the latest when it is let go.
  /// - Throws: ``TrainingError/inUse(path:holder:option:)`` where another process holds it, and
  ///   ``TrainingError/file(path:reason:remedy:)``.
  package static func take(
    _ folder: String, option: String, note: (String) -> Void
  ) throws -> RunLock {
    guard !folder.isEmpty else {
      throw TrainingError.file(path: option, reason: "no folder is named", remedy: "give it a name")
    }
    let made = try makeFolders(folder)
    let lock: RunLock
    do {
      lock = try take(existing: folder, option: option, note: note)
    } catch {
      removeEmpty(made)
      throw error
    }
    lock.madeFolders = made
    return lock
  }

  /// Makes the first of `parent/001`, `parent/002`, … that does not exist, and locks it: two that
  /// do so in the same moment get two folders.
  package static func takeNextFree(
    in parent: String, option: String, note: (String) -> Void
  ) throws -> (folder: RunFolder, lock: RunLock) {
    let above = try makeFolders(parent)
    while true {
      let folder = nextFree(in: parent)
      guard mkdir(folder.path, 0o777) == 0 else {
        if errno == EEXIST { continue }
        throw FileError.writing(folder.path)
      }
      let lock = try take(existing: folder.path, option: option, note: note)
      lock.madeFolders = above + [folder.path]
      return (folder, lock)
    }
  }

  /// The first of `parent/001`, `parent/002`, … that does not exist.
  private static func nextFree(in parent: String) -> RunFolder {
    var number = 1
    while true {
      let digits = String(number)
      let name = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
      let folder = RunFolder(parent + "/" + name)
      if !FileManager.default.fileExists(atPath: folder.path) { return folder }
      number += 1
    }
  }

  /// Makes a folder within the locked one, which goes with the lock where nothing was put into it.
  package func makeFolder(_ folder: String) throws {
    madeFolders += try Self.makeFolders(folder)
  }

  /// Lets the folders that were made for the lock stay, whether anything is put into them or not.
  func keepFolders() { madeFolders = [] }

  /// Throws where another process has taken the folder since, as this one stood still for too long.
  ///
  /// It can where the file system knows no locks; a lock of the system's is never lost.
  func requireHeld() throws {
    guard let heartbeat, heartbeat.isLost else { return }
    throw TrainingError.inUse(
      path: DurableFile.folder(of: path), holder: Self.holder(of: path), option: option)
  }

  /// Gives the lock back, and removes the folders that were made for it and stayed empty.
  package func release() {
    guard descriptor >= 0 || heartbeat != nil else { return }
    if let heartbeat {
      heartbeat.release()
    } else {
      // Unlinked while it is locked: whoever has opened this file meanwhile finds that it is another.
      unlink(path)
      close(descriptor)
    }
    (descriptor, heartbeat) = (-1, nil)
    Self.removeEmpty(madeFolders)
  }

  private static func take(
    existing folder: String, option: String, note: (String) -> Void
  ) throws -> RunLock {
    let path = RunFolder(folder).lock
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard descriptor >= 0 else {
        throw FileError.writing(path)
      }
      let lock = RunLock(path: path, option: option, descriptor: descriptor)
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        let reason = errno
        guard reason != EINTR else {
          lock.forget()
          continue
        }
        lock.forget()
        if reason != EWOULDBLOCK {
          note(
            "\(folder): its file system knows no locks (\(String(cString: strerror(reason)))); "
              + "the time of \(path), changed every second, keeps others away")
          if let heartbeat = try LockHeartbeat.take(path, words: Holder.own.words) {
            return RunLock(path: path, option: option, descriptor: -1, heartbeat: heartbeat)
          }
        }
        throw TrainingError.inUse(path: folder, holder: holder(of: path), option: option)
      }
      // The one who held it before may have removed the file between the opening and the locking.
      guard isSame(descriptor, path) else {
        lock.forget()
        continue
      }
      // It holds without these words too.
      ftruncate(descriptor, 0)
      _ = Holder.own.words.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
      return lock
    }
  }

  /// Closes the file of somebody else's lock.
  private func forget() {
    close(descriptor)
    descriptor = -1
  }

  /// Who holds the lock, in words; the file is written a moment after the lock was taken.
  private static func holder(of path: String) -> String {
    for _ in 0..<20 {
      if let text = FileManager.default.contents(atPath: path),
        let holder = try? JSONDecoder().decode(Holder.self, untrusted: text)
      {
        return "process \(holder.process) on host \(holder.host) since \(holder.started)"
      }
      usleep(50_000)
    }
    return "another process"
  }

  private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  /// Makes the folder and those above it; returns the ones that were missing, the uppermost first.
  private static func makeFolders(_ folder: String) throws -> [String] {
    var made: [String] = []
    let ends = folder.indices.dropFirst().filter { folder[$0] == "/" } + [folder.endIndex]
    for path in ends.map({ String(folder[..<$0]) }) {
      if mkdir(path, 0o777) == 0 {
        made.append(path)
      } else if case let reason = errno, reason != EEXIST, access(path, F_OK) != 0 {
        removeEmpty(made)
        throw FileError(path, SystemFailure(.writing, code: reason))
      }
    }
    return made
  }

  private static func removeEmpty(_ folders: [String]) {
    for folder in folders.reversed() { rmdir(folder) }
  }
}
