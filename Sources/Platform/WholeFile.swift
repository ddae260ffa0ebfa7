import Foundation

/// Opens the regular file at `path` for reading and says how many bytes it has; folders, devices
/// and pipes are refused.
package func openRegularFile(
  _ path: String
) throws(FileError) -> (descriptor: Int32, byteCount: Int) {
  // The system takes what stands before a zero for the whole name: that of another file.
  guard !path.utf8.contains(0) else {
    throw FileError(
      path, SystemFailure(reason: "no file has a zero in its name", remedy: "name another file"))
  }
  // O_NONBLOCK: opening a pipe must not wait for a writer before it can be refused.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw FileError.reading(path) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else {
    let failure = FileError.reading(path)
    close(descriptor)
    throw failure
  }
  if status.st_mode & S_IFMT == S_IFREG { return (descriptor, Int(status.st_size)) }
  close(descriptor)
  throw FileError(
    path,
    status.st_mode & S_IFMT == S_IFDIR
      ? SystemFailure(.reading, code: EISDIR)
      : SystemFailure(reason: "it is no regular file", remedy: "name a regular file"))
}

/// The bytes of the regular file at `path`.
package func contents(ofFile path: String) throws(FileError) -> [UInt8] {
  let (descriptor, byteCount) = try openRegularFile(path)
  defer { close(descriptor) }
  // One byte more than the file has: the read after the last one then needs no growth.
  var bytes = [UInt8](repeating: 0, count: byteCount + 1)
  var filled = 0
  while true {
    if filled == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
    let count = bytes.withUnsafeMutableBytes {
      read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled)
    }
    if count == 0 { return Array(bytes[..<filled]) }
    if count > 0 { filled += count } else if errno != EINTR { throw FileError.reading(path) }
  }
}

/// Makes the folder at `path` and those above it; one that is there already is left as it is.
package func makeFolder(_ path: String) throws(FileError) {
  guard !path.isEmpty else {
    throw FileError(path, SystemFailure(reason: "the name is empty", remedy: "give it a name"))
  }
  var status = stat()
  if stat(path, &status) == 0 {
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(
        path,
        SystemFailure(reason: "there is a file of this name", remedy: "choose another place"))
    }
    return
  }
  guard errno == ENOENT else { throw FileError.writing(path) }
  let trimmed = path.last == "/" ? String(path.dropLast()) : path
  if let slash = trimmed.lastIndex(of: "/"), slash != trimmed.startIndex {
    try makeFolder(String(trimmed[..<slash]))
  }
  // Another process may have been faster.
  guard mkdir(trimmed, 0o777) == 0 || errno == EEXIST else { throw FileError.writing(path) }
}
