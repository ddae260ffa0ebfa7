import ParablePlatform

/// Token ids on their way out, in memory that is kept.
final class TokenBuffer {
  /// Ids that may be written beyond `count + reserve`, so that short groups are stored whole.
  static let slack = 8

  private var memory: OwnedBuffer<Int32>
  /// How many ids there are.
  var count = 0

  init(capacity: Int) {
    memory = OwnedBuffer(uninitializedCount: capacity + Self.slack)
  }

  /// The first id.
  var start: UnsafeMutablePointer<Int32> { memory.base }

  var ids: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: start, count: count) }

  /// Makes room for this many more ids.
  func reserve(_ more: Int) {
    let needed = count + more + Self.slack
    guard needed > memory.count else { return }
    memory = memory.resized(to: max(needed, 2 * memory.count), keeping: count)
  }

  /// Appends as many ids.
  func append(_ ids: UnsafePointer<Int32>, count more: Int) {
    reserve(more)
    (start + count).update(from: ids, count: more)
    count += more
  }

  func append(_ id: Int32) {
    reserve(1)
    start[count] = id
    count += 1
  }
}
