import Foundation

/// A file that is read at any place, without being held in memory.
final class InputFile {
  let path: String
  let byteCount: Int
  private let descriptor: Int32

  init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      throw CorpusError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CorpusError.unreadable(path: path, reason: "it is not an ordinary file")
    }
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The bytes of a range that the file has.
  func read(_ range: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while count < range.count {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[count..<range.count])
        let result = pread(
          descriptor, rest.baseAddress, rest.count, off_t(range.lowerBound + count))
        if result < 0 && errno == EINTR { continue }
        guard result > 0 else {
          let reason = result < 0 ? String(cString: strerror(errno)) : "it became shorter"
          throw CorpusError.unreadable(path: path, reason: reason)
        }
        count += result
      }
    }
  }
}
