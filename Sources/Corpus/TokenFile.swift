import Foundation
import ParablePlatform

/// Token ids on disk: little-endian numbers of 16 bits, or 32 for larger vocabularies, and nothing
/// else; mapped for reading.
package final class TokenFile: Sendable {
  /// The width of an id in a file.
  package enum Width: Int, Sendable, Codable {
    /// Up to 65,536 ids.
    case u16 = 2
    /// More.
    case u32 = 4

    /// The width that a vocabulary needs.
    package init(vocabularyCount: Int) { self = vocabularyCount <= 1 << 16 ? .u16 : .u32 }

    /// The name that files end in.
    package var name: String { self == .u16 ? "u16" : "u32" }
  }

  /// How wide its ids are.
  package let width: Width
  /// How many ids it holds.
  package let count: Int
  private let file: MappedFile

  /// Maps a file.
  package init(path: String, width: Width) throws {
    file = try MappedFile(path: path)
    guard file.byteCount.isMultiple(of: width.rawValue) else {
      throw FileError(
        path,
        SystemFailure(
          reason: "it holds no whole \(width.name) numbers",
          remedy: "make it again by encoding the text"))
    }
    self.width = width
    count = file.byteCount / width.rawValue
  }

  /// Where the file is.
  package var path: String { file.path }

  /// Reads as many ids as `ids` holds, from number `offset` on.
  package func read(at offset: Int, into ids: UnsafeMutableBufferPointer<Int32>) {
    precondition(offset >= 0 && offset + ids.count <= count, "ids beyond the end of the file")
    file.withBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      switch width {
      case .u16:
        let source = (start + offset * 2).assumingMemoryBound(to: UInt16.self)
        for i in 0..<ids.count { ids[i] = Int32(UInt16(littleEndian: source[i])) }
      case .u32:
        let source = (start + offset * 4).assumingMemoryBound(to: Int32.self)
        for i in 0..<ids.count { ids[i] = Int32(littleEndian: source[i]) }
      }
    }
  }

  /// The largest id of a range; nil where the range is empty.
  package func largestID(_ range: Range<Int>) -> Int? {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "ids beyond the end of the file")
    return file.withBytes { bytes -> Int? in
      guard let start = bytes.baseAddress, !range.isEmpty else { return nil }
      switch width {
      case .u16:
        let ids = start.assumingMemoryBound(to: UInt16.self)
        return Int(range.reduce(0) { max($0, UInt16(littleEndian: ids[$1])) })
      case .u32:
        let ids = start.assumingMemoryBound(to: UInt32.self)
        return Int(range.reduce(0) { max($0, UInt32(littleEndian: ids[$1])) })
      }
    }
  }

  /// The ids of a range.
  package func ids(_ range: Range<Int>) -> [Int32] {
    [Int32](unsafeUninitializedCapacity: range.count) { buffer, filled in
      read(at: range.lowerBound, into: UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]))
      filled = range.count
    }
  }
}

/// Writes a token file, or one rank's part of it.
package final class TokenFileWriter {
  private static let bufferSize = 1 << 18

  /// How many ids were appended.
  package private(set) var count = 0
  private let path: String
  private let width: TokenFile.Width
  private let descriptor: Int32
  private let memory = OwnedBuffer<UInt8>(uninitializedCount: TokenFileWriter.bufferSize)
  private var filled = 0
  private var written = 0

  private var buffer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(memory.base) }

  /// Makes a file, or empties it; errors name it `shownPath` where it is only there for now.
  package init(path: String, width: TokenFile.Width, shownPath: String? = nil) throws {
    self.path = shownPath ?? path
    self.width = width
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.writing(self.path) }
  }

  deinit { close(descriptor) }

  /// Appends ids.
  package func append(_ ids: UnsafeBufferPointer<Int32>) throws {
    var rest = ids
    while !rest.isEmpty {
      if filled == Self.bufferSize { try flush() }
      let part = min(rest.count, (Self.bufferSize - filled) / width.rawValue)
      let target = buffer + filled
      switch width {
      case .u16:
        let numbers = target.bindMemory(to: UInt16.self, capacity: part)
        for i in 0..<part { numbers[i] = UInt16(truncatingIfNeeded: rest[i]).littleEndian }
      case .u32:
        let numbers = target.bindMemory(to: Int32.self, capacity: part)
        for i in 0..<part { numbers[i] = rest[i].littleEndian }
      }
      filled += part * width.rawValue
      rest = UnsafeBufferPointer(rebasing: rest.dropFirst(part))
    }
    count += ids.count
  }

  /// Writes what is buffered, and with `lasting` waits until it is on disk.
  package func finish(lasting: Bool = false) throws {
    try flush()
    if lasting && fsync(descriptor) != 0 { throw FileError.writing(path) }
  }

  /// Writes everything appended so far to another token file, from id number `offset` on.
  package func copy(to other: String, at offset: Int) throws {
    try flush()
    let target = open(other, O_WRONLY | O_CLOEXEC)
    guard target >= 0 else { throw FileError.writing(other) }
    defer { Foundation.close(target) }
    var done = 0
    let total = count * width.rawValue
    while done < total {
      let read = pread(descriptor, buffer, min(Self.bufferSize, total - done), off_t(done))
      if read < 0 && errno == EINTR { continue }
      guard read > 0 else {
        throw FileError.reading(path)
      }
      try Self.write(
        UnsafeRawBufferPointer(start: buffer, count: read), to: target, other,
        at: offset * width.rawValue + done)
      done += read
    }
    guard fsync(target) == 0 else { throw FileError.writing(other) }
  }

  private func flush() throws {
    try Self.write(
      UnsafeRawBufferPointer(start: buffer, count: filled), to: descriptor, path,
      at: written)
    written += filled
    filled = 0
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String, at offset: Int
  ) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError.writing(path) }
      done += count
    }
  }
}
