import Foundation

/// Passes what comes out of a pipe on to standard output, at once and byte for byte.
struct OutputRelay {
  /// The pipe's reading end; −1 once it ended.
  private(set) var source: Int32

  /// Whether somebody still reads what is passed on.
  private(set) var isRead = true

  /// Makes the relay, which never waits for its source.
  init(from source: Int32) {
    self.source = source
    _ = fcntl(source, F_SETFL, O_NONBLOCK)
  }

  /// Passes on what is there; false where the reader was found to be gone just now.
  mutating func passOn() -> Bool {
    guard let bytes = next(), isRead else { return true }
    isRead = write(bytes)
    return isRead
  }

  /// Passes on all that is still in the pipe.
  mutating func passOnRest() {
    while let bytes = next(), isRead { isRead = write(bytes) }
  }

  private mutating func next() -> [UInt8]? {
    var result = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      result = read(source, buffer.baseAddress, buffer.count)
      count = max(0, result)
    }
    if result == 0 { source = -1 }
    return bytes.isEmpty ? nil : bytes
  }

  private func write(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
