/// Token ids on their way out, in memory that is kept.
final class TokenBuffer {
  /// Ids that may be written beyond `count + reserve`, so that short groups are stored whole.
  static let slack = 8

  private(set) var start: UnsafeMutablePointer<Int32>
  private var capacity: Int
  /// How many ids there are.
  var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    start = .allocate(capacity: capacity + Self.slack)
  }

  deinit { start.deallocate() }

  var ids: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: start, count: count) }

  /// Makes room for this many more ids.
  func reserve(_ more: Int) {
    guard count + more > capacity else { return }
    while count + more > capacity { capacity *= 2 }
    let larger = UnsafeMutablePointer<Int32>.allocate(capacity: capacity + Self.slack)
    larger.update(from: start, count: count)
    start.deallocate()
    start = larger
  }

  func append(_ id: Int32) {
    reserve(1)
    start[count] = id
    count += 1
  }
}
