import Foundation
import Platform

/// The standard input or a file, read from beginning to end in parts of a fixed size.
struct ByteInput {
  /// Nil is the standard input.
  let path: String?

  /// Hands each part to `body`; the bytes are valid during the call.
  func forEachPart(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let name = path ?? "the standard input"
    let descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
    guard descriptor >= 0 else { throw FileError.reading(name) }
    defer { if path != nil { close(descriptor) } }
    if path != nil { try refuseEndless(descriptor, name) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError.reading(name) }
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Refuses a device such as /dev/zero, which has no end; a pipe has one, and so has a terminal.
  private func refuseEndless(_ descriptor: Int32, _ name: String) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError.reading(name) }
    let isDevice = [S_IFCHR, S_IFBLK].contains(status.st_mode & S_IFMT)
    guard isDevice, isatty(descriptor) == 0 else { return }
    throw FileError(
      name, SystemFailure(reason: "it is a device", remedy: "name a file or a pipe"))
  }
}
