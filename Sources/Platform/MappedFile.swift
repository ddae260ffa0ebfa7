import Foundation

/// A regular file's bytes, mapped for reading for as long as this object lives.
package final class MappedFile: Sendable {
  /// Where the file was found.
  package let path: String
  /// How many bytes it has.
  package let byteCount: Int

  /// Lends the whole file to `body`, which must not keep it.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(
      UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: byteCount))
  }

  private let address: UInt

  /// Maps the file at `path`; folders, devices and pipes are refused.
  package init(path: String) throws {
    self.path = path
    let (descriptor, length) = try openRegularFile(path)
    defer { close(descriptor) }
    byteCount = length
    guard byteCount > 0 else {
      address = 0
      return
    }
    guard let start = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { throw FileError.reading(path) }
    address = UInt(bitPattern: start)
  }

  deinit {
    if byteCount > 0 { munmap(UnsafeMutableRawPointer(bitPattern: address), byteCount) }
  }
}
