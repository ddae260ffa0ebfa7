import Foundation
import ParablePlatform

/// One parser that is fed with bytes which nobody has checked.
///
/// Whatever the bytes are, it returns or throws. A trap, a crash, an endless loop and an allocation that
/// the process may not have are what fuzzing looks for.
package struct FuzzTarget: Sendable {
  /// What it is called on the command line, and the folder of its corpus.
  package let name: String

  /// Feeds it; files are written into the folder.
  package let feed: @Sendable ([UInt8], FuzzFolder) throws -> Void

  init(_ name: String, _ feed: @escaping @Sendable ([UInt8], FuzzFolder) throws -> Void) {
    self.name = name
    self.feed = feed
  }

  /// All of them, each with a name of its own.
  package static let all = formats + tokenizers + corpora + trainings + commands

  /// The one of this name.
  package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// A folder for the files that a target reads, in memory where the system has such a place.
package final class FuzzFolder: Sendable {
  package let path: String

  package init() throws {
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    path = "\(parent)/parable-fuzz-\(getpid())"
    try makeFolder(path)
  }

  /// Writes a file and returns its path.
  package func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = path + "/" + name
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError.writing(file) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw FileError.writing(file) }
      rest = rest.dropFirst(count)
    }
    return file
  }

  /// Takes everything away.
  package func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// What has to hold for every input; where it does not, the process ends.
func require(_ isTrue: Bool, _ what: @autoclosure () -> String) {
  if !isTrue { fatalError(what()) }
}
