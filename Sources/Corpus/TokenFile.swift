import Foundation

/// How token ids are stored: raw, little-endian, one after the other, without a header.
public enum TokenWidth: Int, Codable, Sendable {
  /// Two bytes an id, for vocabularies of up to 65,536.
  case u16 = 2

  /// Four bytes an id.
  case u32 = 4

  /// The narrowest that holds the ids of a vocabulary.
  public init(vocabulary: Int) { self = vocabulary <= 1 << 16 ? .u16 : .u32 }

  /// What file names end in.
  public var name: String { self == .u16 ? "u16" : "u32" }
}

/// A file of token ids, mapped into memory, so that a corpus larger than memory can be read at any
/// place.
public final class TokenFile {
  /// How ids are stored.
  public let width: TokenWidth

  /// How many ids there are.
  public let count: Int

  private let bytes: UnsafeRawPointer?
  private let byteCount: Int

  /// Maps a file of ids.
  public init(path: String, width: TokenWidth) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      throw CorpusError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    byteCount = Int(status.st_size)
    guard byteCount.isMultiple(of: width.rawValue) else {
      throw CorpusError.unreadable(path: path, reason: "it ends within a \(width.name) id")
    }
    self.width = width
    count = byteCount / width.rawValue
    guard byteCount > 0 else {
      bytes = nil
      return
    }
    let address = mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
    guard address != MAP_FAILED, let address else {
      throw CorpusError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    bytes = UnsafeRawPointer(address)
  }

  deinit {
    if let bytes { munmap(UnsafeMutableRawPointer(mutating: bytes), byteCount) }
  }

  /// Copies ids from place `offset` on.
  public func read(at offset: Int, into ids: UnsafeMutableBufferPointer<Int32>) {
    precondition(offset >= 0 && offset + ids.count <= count, "the file has no such ids")
    guard let bytes else { return }
    for index in ids.indices {
      let place = (offset + index) * width.rawValue
      ids[index] =
        switch width {
        case .u16:
          Int32(UInt16(littleEndian: bytes.load(fromByteOffset: place, as: UInt16.self)))
        case .u32:
          Int32(
            truncatingIfNeeded: UInt32(
              littleEndian: bytes.load(fromByteOffset: place, as: UInt32.self)))
        }
    }
  }
}

/// Writes token ids to a file, from a place of it on.
public final class TokenFileWriter {
  /// How many ids were written.
  public private(set) var count = 0

  private let path: String
  private let width: TokenWidth
  private let descriptor: Int32
  private var place: Int

  /// Opens a file, replacing what it held where `truncating`, to write from id number `offset` on.
  public init(path: String, width: TokenWidth, at offset: Int = 0, truncating: Bool = true) throws {
    self.path = path
    self.width = width
    place = offset * width.rawValue
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (truncating ? O_TRUNC : 0), 0o644)
    guard descriptor >= 0 else { throw failure }
  }

  deinit { close(descriptor) }

  /// Writes ids behind those written before.
  public func append(_ ids: UnsafeBufferPointer<Int32>) throws {
    switch width {
    case .u16: try append(ids.map { UInt16(truncatingIfNeeded: $0).littleEndian })
    case .u32: try append(ids.map { UInt32(truncatingIfNeeded: $0).littleEndian })
    }
    count += ids.count
  }

  /// Writes all ids of another file behind those written before.
  public func append(contentsOf other: TokenFile) throws {
    var ids = [Int32](repeating: 0, count: 1 << 18)
    for start in stride(from: 0, to: other.count, by: ids.count) {
      try ids.withUnsafeMutableBufferPointer { buffer in
        let part = UnsafeMutableBufferPointer(
          rebasing: buffer[..<min(buffer.count, other.count - start)])
        other.read(at: start, into: part)
        try append(UnsafeBufferPointer(part))
      }
    }
  }

  /// Returns when everything is on disk.
  public func synchronize() throws {
    guard fsync(descriptor) == 0 else { throw failure }
  }

  private func append(_ values: [some FixedWidthInteger]) throws {
    try values.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let written = pwrite(descriptor, part.baseAddress, part.count, off_t(place))
        if written < 0 && errno == EINTR { continue }
        guard written >= 0 else { throw failure }
        place += written
        rest = rest.dropFirst(written)
      }
    }
  }

  private var failure: CorpusError {
    .unwritable(path: path, reason: String(cString: strerror(errno)))
  }
}
