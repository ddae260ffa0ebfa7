import Foundation

/// Files that are there in full or not at all, also after a crash.
///
/// Written aside, synced, renamed over the old one; then the folder is synced, so that the new
/// name is on disk too. What goes wrong on the way leaves the old file as it was and nothing else.
package enum DurableFile {
  /// Replaces the file at `path` by `bytes`, once these were read back from the disk.
  package static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
    try write(to: path, requiring: bytes) { try $0.write(bytes) }
  }

  /// Replaces the file at `path` by `bytes`.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    try bytes.withUnsafeBytes { try write($0, to: path) }
  }

  /// Replaces the file at `path` by `text` as UTF-8.
  package static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// Replaces the file at `path` by what `body` writes, part by part.
  package static func write(to path: String, _ body: (Output) throws -> Void) throws {
    try write(to: path, requiring: nil, body)
  }

  private static func write(
    to path: String, requiring bytes: UnsafeRawBufferPointer?, _ body: (Output) throws -> Void
  ) throws {
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR {
      throw FileError(path, SystemFailure(.writing, code: EISDIR))
    }
    if exists, status.st_mode & S_IFMT != S_IFREG {
      // A device or a pipe is written to, never replaced.
      guard let output = Output(path: path, shownPath: path, flags: 0) else {
        throw FileError.writing(path)
      }
      try body(output)
      return
    }
    let target = resolved(path)
    let output = try aside(target, shownPath: path)
    do {
      try body(output)
      try output.synchronize()
      if let bytes { try require(bytes, in: output.path, shownPath: path) }
      guard rename(output.path, target) == 0 else {
        throw FileError.writing(path)
      }
    } catch {
      unlink(output.path)
      throw error
    }
    try synchronize(folder: folder(of: target))
  }

  /// Disks that fail without a word are told as those that say so.
  private static func require(
    _ bytes: UnsafeRawBufferPointer, in path: String, shownPath: String
  ) throws {
    let memory = OwnedBuffer<UInt8>(count: 1 << 16)
    try readBack(path) { file in
      var isWhole = file.byteCount == bytes.count
      for start in stride(from: 0, to: bytes.count, by: memory.buffer.count) where isWhole {
        let expected = UnsafeRawBufferPointer(
          rebasing: bytes[start..<min(start + memory.buffer.count, bytes.count)])
        let found = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(memory.buffer)[..<expected.count])
        isWhole = try file.read(into: found) && checksum(of: .init(found)) == checksum(of: expected)
      }
      guard isWhole else { throw FileError(shownPath, SystemFailure(.writing, code: EIO)) }
    }
  }

  /// Makes a file of so many zero bytes, which processes then fill by ``fill(_:_:)``.
  package static func reserve(byteCount: Int, at path: String) throws {
    guard let output = Output(path: path, shownPath: path, flags: O_CREAT | O_EXCL) else {
      throw FileError.writing(path)
    }
    try output.resize(to: byteCount)
  }

  /// Has `body` write bytes at their places in a file that is there, and syncs it.
  package static func fill(_ path: String, _ body: (Output) throws -> Void) throws {
    guard let output = Output(path: path, shownPath: path, flags: 0) else {
      throw FileError.writing(path)
    }
    try body(output)
    try output.synchronize()
  }

  /// Lends the start of a synced file to `body`, to be read anew from the disk: what the system has in
  /// memory of it is given up before, where the file system can.
  package static func readBack(_ path: String, _ body: (Input) throws -> Void) throws {
    let (descriptor, byteCount) = try openRegularFile(path)
    defer { close(descriptor) }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    try body(Input(path: path, byteCount: byteCount, descriptor: descriptor))
  }

  /// A file that is being read.
  package struct Input {
    private let path: String
    /// How many bytes it has.
    package let byteCount: Int
    private let descriptor: Int32

    fileprivate init(path: String, byteCount: Int, descriptor: Int32) {
      (self.path, self.byteCount, self.descriptor) = (path, byteCount, descriptor)
    }

    /// Reads the bytes that follow; false where there are fewer.
    package func read(into bytes: UnsafeMutableRawBufferPointer) throws -> Bool {
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeMutableRawBufferPointer(rebasing: rest)
        let count = Foundation.read(descriptor, part.baseAddress, part.count)
        guard count >= 0 || errno == EINTR else { throw FileError.reading(path) }
        if count == 0 { return false }
        rest = rest.dropFirst(max(count, 0))
      }
      return true
    }
  }

  /// Renames the folder `staged`, whose files are written, to `path`, and makes both names last.
  package static func commit(folder staged: String, as path: String) throws {
    try synchronize(folder: staged)
    guard rename(staged, path) == 0 else {
      throw FileError.writing(path)
    }
    try synchronize(folder: folder(of: path))
  }

  /// Makes the names in `folder` last.
  package static func synchronize(folder: String) throws {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError.writing(folder)
    }
    defer { close(descriptor) }
    // EINVAL: a file system without a sync of folders.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw FileError.writing(folder)
    }
  }

  /// A file that is being written.
  package final class Output {
    /// Where it is for now.
    package let path: String
    private let shownPath: String
    private let descriptor: Int32

    /// Nil where the system refuses, with its reason in `errno`.
    fileprivate init?(path: String, shownPath: String, flags: Int32) {
      descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o666)
      guard descriptor >= 0 else { return nil }
      self.path = path
      self.shownPath = shownPath
    }

    deinit { close(descriptor) }

    /// Appends `bytes`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws { try write(bytes, from: nil) }

    /// Writes `bytes` at their place.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
      try write(bytes, from: offset)
    }

    private func write(_ bytes: UnsafeRawBufferPointer, from offset: Int?) throws {
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let count =
          offset.map { pwrite(descriptor, part.baseAddress, part.count, $0 + rest.startIndex) }
          ?? Foundation.write(descriptor, part.baseAddress, part.count)
        guard count >= 0 || errno == EINTR else {
          throw FileError.writing(shownPath)
        }
        rest = rest.dropFirst(max(count, 0))
      }
    }

    fileprivate func resize(to byteCount: Int) throws {
      guard ftruncate(descriptor, byteCount) == 0 else {
        throw FileError.writing(shownPath)
      }
    }

    fileprivate func synchronize() throws {
      guard fsync(descriptor) == 0 else {
        throw FileError.writing(shownPath)
      }
    }
  }

  /// A new file beside `path` that nobody else writes.
  static func aside(_ path: String, shownPath: String) throws -> Output {
    var attempt = 0
    while true {
      let name = "\(path).\(getpid())-\(attempt).partial"
      if let output = Output(path: name, shownPath: shownPath, flags: O_CREAT | O_EXCL) {
        return output
      }
      guard errno == EEXIST else {
        throw FileError.writing(shownPath)
      }
      attempt += 1
    }
  }

  /// `path` itself, or where the link that it is leads.
  static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// The folder that a path's last part is in.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
