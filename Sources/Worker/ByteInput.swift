import Foundation
import ParablePlatform

/// The standard input or a file, read from beginning to end in parts of a fixed size.
final class ByteInput {
  private let name: String
  private let descriptor: Int32
  private let buffer = OwnedBuffer<UInt8>(uninitializedCount: 1 << 16)

  /// Opens the file at `path`, or where that is nil the standard input.
  init(path: String?) throws {
    name = path ?? "the standard input"
    descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
    guard descriptor >= 0 else { throw FileError.reading(name) }
    if path != nil { try refuseEndless() }
  }

  deinit { if descriptor > STDIN_FILENO { close(descriptor) } }

  /// Reads the next part, which is valid until the one after it is read; nil at the end.
  func next() throws -> UnsafeRawBufferPointer? {
    while true {
      let count = read(descriptor, buffer.base, buffer.count)
      if count > 0 { return UnsafeRawBufferPointer(start: buffer.base, count: count) }
      if count == 0 { return nil }
      guard errno == EINTR else { throw FileError.reading(name) }
    }
  }

  /// Hands each part to `body`; the bytes are valid during the call.
  func forEachPart(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    while let part = try next() { try body(part) }
  }

  /// Refuses a device such as /dev/zero, which has no end; a pipe has one, and so has a terminal.
  private func refuseEndless() throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError.reading(name) }
    let isDevice = [S_IFCHR, S_IFBLK].contains(status.st_mode & S_IFMT)
    guard isDevice, isatty(descriptor) == 0 else { return }
    throw FileError(
      name, SystemFailure(reason: "it is a device", remedy: "name a file or a pipe"))
  }
}
