import Foundation

/// Memory for plain values that is freed with its owner.
///
/// It begins on a cache line, and from 2 MiB on lies in huge pages where the system gives them. Smaller
/// ones do not begin on pages: copies between two places at the same offset of their pages, which
/// the C library makes by one instruction, are several times as slow on some processors. Where the system has no memory left, ``OutOfMemory`` ends the process.
///
/// Loops read ``base`` once and go on with the pointer: it is valid as long as somebody holds the
/// object, which a mention of its pointer alone does not do.
package final class OwnedBuffer<Element: BitwiseCopyable> {
  /// The first element.
  package let base: UnsafeMutablePointer<Element>

  /// How many elements there are.
  package let count: Int

  /// Reserves `count` elements whose values are anything until they are written.
  package init(uninitializedCount count: Int) {
    precondition(count >= 0, "a count is not negative")
    // By a function of its own: where it fails, there is no object yet that would free a pointer.
    base = Self.allocate(max(1, count))
    self.count = count
  }

  /// Reserves `count` elements all of whose bytes are zero.
  package convenience init(count: Int) {
    self.init(uninitializedCount: count)
    memset(base, 0, count * MemoryLayout<Element>.stride)
  }

  /// Reserves `count` elements that are all `value`.
  package convenience init(repeating value: Element, count: Int) {
    self.init(uninitializedCount: count)
    base.initialize(repeating: value, count: count)
  }

  /// Reserves as many elements as `elements` has and copies them.
  package convenience init(_ elements: some Collection<Element>) {
    self.init(uninitializedCount: elements.count)
    _ = buffer.initialize(fromContentsOf: elements)
  }

  deinit {
    free(base)
    OutOfMemory.giveBack(byteCount: max(1, count) * MemoryLayout<Element>.stride)
  }

  /// All elements.
  package var buffer: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  /// A buffer of `count` elements that begins with the first `kept` of this one; the values of the
  /// others are anything.
  package func resized(to count: Int, keeping kept: Int) -> OwnedBuffer {
    precondition(0...min(count, self.count) ~= kept, "what is kept is here and fits")
    let copy = OwnedBuffer(uninitializedCount: count)
    copy.base.update(from: base, count: kept)
    return copy
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
    let hugePage = 1 << 21
    let (byteCount, overflows) = count.multipliedReportingOverflow(
      by: MemoryLayout<Element>.stride)
    let alignment = byteCount >= hugePage ? hugePage : 64
    var address: UnsafeMutableRawPointer?
    guard !overflows, OutOfMemory.take(byteCount: byteCount),
      posix_memalign(&address, alignment, byteCount) == 0, let address
    else { OutOfMemory.end(byteCount: overflows ? .max : byteCount) }
    if byteCount >= hugePage { madvise(address, byteCount, MADV_HUGEPAGE) }
    return address.bindMemory(to: Element.self, capacity: count)
  }
}
