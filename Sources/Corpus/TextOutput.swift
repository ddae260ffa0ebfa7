import Foundation

/// A file that text is added to, through a buffer of bounded size.
package final class TextOutput {
  private static let bufferSize = 1 << 20

  private let path: String
  private var descriptor: Int32
  private var buffer = ""

  /// Opens a file, replacing what it held.
  package init(path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
    buffer.reserveCapacity(Self.bufferSize + Self.bufferSize / 4)
  }

  deinit {
    if descriptor >= 0 { _ = Foundation.close(descriptor) }
  }

  /// Adds a text.
  package func append(_ text: String) throws {
    buffer += text
    if buffer.utf8.count >= Self.bufferSize { try flush() }
  }

  /// Writes what is left; an error that shows only now is reported too.
  package func close() throws {
    try flush()
    let result = Foundation.close(descriptor)
    descriptor = -1
    guard result == 0 else { throw Self.failure(path) }
  }

  private func flush() throws {
    precondition(descriptor >= 0, "the file is closed")
    try buffer.withUTF8 { text in
      var rest = UnsafeRawBufferPointer(text)
      while !rest.isEmpty {
        let written = write(descriptor, rest.baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          throw Self.failure(path)
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private static func failure(_ path: String) -> CorpusError {
    .unwritable(path)
  }
}
