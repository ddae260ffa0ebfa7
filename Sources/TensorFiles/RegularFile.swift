import Foundation

/// Files that are read as a whole: settings, manifests, descriptions of models.
public enum RegularFile {
  /// The bytes of the file at `path`; folders, devices and pipes are refused.
  ///
  /// - Throws: ``TensorFileError/unreadable(path:reason:)``.
  public static func contents(_ path: String) throws -> Data {
    let (descriptor, byteCount) = try open(path)
    defer { close(descriptor) }
    var data = Data(count: byteCount)
    var filled = 0
    while filled < byteCount {
      let count = data.withUnsafeMutableBytes { bytes in
        read(
          descriptor, UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]).baseAddress,
          byteCount - filled)
      }
      guard count >= 0 || errno == EINTR else {
        throw TensorFileError.unreadable(path: path, reason: lastError())
      }
      if count == 0 { break }
      filled += max(count, 0)
    }
    return data.prefix(filled)
  }

  /// Opens the file at `path` for reading and says how long it is.
  static func open(_ path: String) throws -> (descriptor: Int32, byteCount: Int) {
    // O_NONBLOCK: opening a pipe must not wait for a writer before it can be refused.
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw TensorFileError.unreadable(path: path, reason: lastError()) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let isStatus = status.st_mode != 0
      let reason = isStatus ? "it is no regular file" : lastError()
      close(descriptor)
      throw TensorFileError.unreadable(path: path, reason: reason)
    }
    return (descriptor, Int(status.st_size))
  }
}
