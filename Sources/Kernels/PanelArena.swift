/// Memory in which packed weights lie one after the other, at the same places for every process that
/// maps it and takes the same weights in the same order.
package final class PanelArena {
  private let memory: UnsafeMutableRawBufferPointer?
  private let owner: AnyObject?

  /// The bytes that were taken, with those to the next page.
  package private(set) var byteCount = 0

  /// Hands out parts of memory of zeros that is freed with `owner`.
  package init(_ memory: UnsafeMutableRawBufferPointer, owner: AnyObject) {
    self.memory = memory
    self.owner = owner
  }

  /// Only counts: what it hands out is not to be touched.
  package init() { (memory, owner) = (nil, nil) }

  func take(_ count: Int) -> UnsafeMutableRawPointer {
    defer { byteCount += (count + 4095) & ~4095 }
    guard let memory else { return UnsafeMutableRawPointer(bitPattern: 4096).unsafelyUnwrapped }
    precondition(byteCount + count <= memory.count, "the arena was made for these weights")
    guard let base = memory.baseAddress else { preconditionFailure("there is memory") }
    return base + byteCount
  }
}
