import Foundation
import ParablePlatform
import Synchronization

/// The one writer of a folder where the file system knows no locks: a file with words of its own, the time
/// of which its process changes every second.
///
/// Whoever finds such a file watches it for a while: where it changes, the folder is in use, else its writer
/// is gone. Of two that take the place of one in the same moment, the first finds the other's words there
/// a moment later. A process that has stood still for so long that another took its place finds out by
/// ``isLost``.
package final class LockHeartbeat: Sendable {
  /// Seconds for which a file stands still whose writer is gone.
  package static let patience = 10.0

  private static let period = 1.0

  /// What can be seen of the file.
  private struct Sign: Equatable {
    var words: [UInt8]
    var seconds: Int
    var nanoseconds: Int

    /// Nil where there is no such file.
    init?(_ path: String) {
      // Opened each time: only then a network file system asks whether it has changed.
      guard let words = try? contents(ofFile: path) else { return nil }
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.words = words
      (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
  }

  private let path: String
  private let words: [UInt8]
  private let isReleased = Atomic(false)

  private init(_ path: String, _ words: [UInt8]) { (self.path, self.words) = (path, words) }

  /// Takes the file at `path`, or the place of one that nobody changes any more.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - words: What it is going to hold; nobody else has the same.
  ///   - patience: Seconds for which another's file is watched.
  /// - Returns: Nil where another process has it.
  /// - Throws: `FileError` where it cannot be written.
  package static func take(
    _ path: String, words: [UInt8], patience: Double = LockHeartbeat.patience
  ) throws -> LockHeartbeat? {
    guard !isAlive(path, patience: patience) else { return nil }
    try DurableFile.write(words, to: path)
    pause(period)
    let heartbeat = LockHeartbeat(path, words)
    guard heartbeat.isHeld else { return nil }
    let thread = Thread { heartbeat.beat() }
    thread.stackSize = 1 << 19
    thread.start()
    return heartbeat
  }

  /// Whether the file is this process's own.
  package var isHeld: Bool { Sign(path)?.words == words }

  /// Whether the file is another's now; one that is missing, or cannot be read for a moment, is nobody's.
  package var isLost: Bool { Sign(path).map { $0.words != words } ?? false }

  /// Ends the beating, and takes the file away where it is this process's own.
  package func release() {
    isReleased.store(true, ordering: .relaxed)
    if isHeld { unlink(path) }
  }

  /// Whether somebody changes the file; one without words was not taken.
  private static func isAlive(_ path: String, patience: Double) -> Bool {
    let start = ContinuousClock.now
    guard let first = Sign(path), !first.words.isEmpty else { return false }
    while ContinuousClock.now - start < .seconds(patience) {
      pause(period / 4)
      // Its writer has taken it away.
      guard let now = Sign(path) else { return false }
      if now != first { return true }
    }
    return false
  }

  private func beat() {
    while !isReleased.load(ordering: .relaxed), !isLost {
      utimensat(AT_FDCWD, path, nil, 0)
      Self.pause(Self.period)
    }
  }

  private static func pause(_ seconds: Double) { usleep(UInt32(seconds * 1e6)) }
}
