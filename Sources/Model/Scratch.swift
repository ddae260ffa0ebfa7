import ParableKernels
import ParablePlatform

/// Memory that every pass uses again: hands out matrices one after another, from the beginning again
/// after `reset`, and grows where one does not fit.
final class Scratch {
  private var allocations: [OwnedBuffer<UInt8>] = []
  private var next = 0

  /// Bytes of the matrices handed out since the last `reset`.
  private(set) var byteCount = 0

  private let onlyCounts: Bool

  /// Begins without any memory; one that only counts hands out matrices without rows.
  init(onlyCounts: Bool = false) { self.onlyCounts = onlyCounts }

  /// Lets the next matrices take the place of those handed out so far.
  func reset() {
    next = 0
    byteCount = 0
  }

  /// A matrix of whatever its memory held before.
  func matrix<Element>(_ rows: Int, _ columns: Int) -> MutableMatrix<Element> {
    let needed = rows * columns * MemoryLayout<Element>.stride
    byteCount += needed
    let memory = memory(of: onlyCounts ? 0 : needed)
    return MutableMatrix(
      UnsafeMutableRawPointer(memory.base).assumingMemoryBound(to: Element.self),
      rows: onlyCounts ? 0 : rows, columns: columns, owner: memory)
  }

  /// The next allocation, made anew where it is too small, then with room to grow.
  private func memory(of needed: Int) -> OwnedBuffer<UInt8> {
    defer { next += 1 }
    if next == allocations.count {
      allocations.append(OwnedBuffer(count: needed))
    } else if allocations[next].count < needed {
      allocations[next] = OwnedBuffer(count: needed + needed / 4)
    }
    return allocations[next]
  }
}
