import Foundation

/// Passes what comes out of a pipe on to a descriptor, at once.
struct OutputRelay {
  /// The pipe's reading end; −1 once it ended.
  private(set) var source: Int32

  /// Why nothing more can be passed on: the system's number of the error.
  private(set) var failure: Int32?

  private let destination: Int32

  /// Makes the relay, which never waits for its source.
  init(from source: Int32, to destination: Int32) {
    self.source = source
    self.destination = destination
    _ = fcntl(source, F_SETFL, O_NONBLOCK)
  }

  /// What is in the pipe now; nil where nothing is.
  mutating func next() -> [UInt8]? {
    guard source >= 0 else { return nil }
    var result = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      result = read(source, buffer.baseAddress, buffer.count)
      count = max(0, result)
    }
    if result == 0 { source = -1 }
    return bytes.isEmpty ? nil : bytes
  }

  /// Passes bytes on; where that fails, they and all later ones are dropped.
  mutating func passOn(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty, failure == nil {
      let count = rest.withUnsafeBytes { write(destination, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        failure = errno
      }
    }
  }
}
