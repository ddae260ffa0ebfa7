import Foundation

/// An allocation of plain values on a page boundary, zero at first, freed with its owner.
public final class AlignedMemory<Element: BitwiseCopyable> {
  /// The first element.
  public let base: UnsafeMutablePointer<Element>

  /// How many elements there are.
  public let count: Int

  private let byteCount: Int

  /// Reserves `count` elements, in huge pages where the system gives them.
  public init(count: Int) {
    let pageSize = count * MemoryLayout<Element>.stride >= 1 << 21 ? 1 << 21 : 4096
    byteCount = max(1, count) * MemoryLayout<Element>.stride
    var address: UnsafeMutableRawPointer?
    let status = posix_memalign(&address, pageSize, byteCount)
    guard status == 0, let address else {
      preconditionFailure("no memory for \(byteCount) bytes")
    }
    if byteCount >= 1 << 21 { madvise(address, byteCount, MADV_HUGEPAGE) }
    memset(address, 0, byteCount)
    base = address.bindMemory(to: Element.self, capacity: max(1, count))
    self.count = count
  }

  deinit { free(base) }

  /// All elements.
  public var buffer: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }
}
