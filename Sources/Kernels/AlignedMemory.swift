import Foundation

/// An allocation of plain values on a page boundary, zero at first, freed with its owner.
///
/// Where the system has no memory left, ``OutOfMemory`` ends the process.
package final class AlignedMemory<Element: BitwiseCopyable> {
  /// The first element.
  package let base: UnsafeMutablePointer<Element>

  /// How many elements there are.
  package let count: Int

  /// Reserves `count` elements, in huge pages where the system gives them.
  package init(count: Int) {
    precondition(count >= 0, "a count is not negative")
    // By a function of its own: where it fails, there is no object yet that would free a pointer.
    base = Self.allocate(max(1, count))
    self.count = count
  }

  deinit {
    free(base)
    OutOfMemory.giveBack(byteCount: max(1, count) * MemoryLayout<Element>.stride)
  }

  /// All elements.
  package var buffer: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
    let hugePage = 1 << 21
    let (byteCount, overflows) = count.multipliedReportingOverflow(
      by: MemoryLayout<Element>.stride)
    var address: UnsafeMutableRawPointer?
    guard !overflows, OutOfMemory.take(byteCount: byteCount),
      posix_memalign(&address, byteCount >= hugePage ? hugePage : 4096, byteCount) == 0,
      let address
    else { OutOfMemory.end(byteCount: overflows ? .max : byteCount) }
    if byteCount >= hugePage { madvise(address, byteCount, MADV_HUGEPAGE) }
    memset(address, 0, byteCount)
    return address.bindMemory(to: Element.self, capacity: count)
  }
}
