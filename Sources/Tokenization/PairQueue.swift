/// Gives the pair with the highest count, of equal ones the last by the bytes of its parts.
///
/// A binary heap in which counts may be out of date. Counts only fall once a pair is in, so an entry
/// is never too low; one that comes out too high goes back with its present count.
struct PairQueue {
  private var heap: [(count: UInt64, pair: Int32)] = []
  /// The bytes of the tokens so far.
  private var tokens: [[UInt8]]
  /// The first eight bytes of each token, the first one highest.
  private var beginnings: [UInt64]

  init(tokens: [[UInt8]]) {
    self.tokens = tokens
    beginnings = tokens.map(Self.beginning)
  }

  private static func beginning(_ token: [UInt8]) -> UInt64 {
    (0..<8).reduce(0) { $0 << 8 | UInt64($1 < token.count ? token[$1] : 0) }
  }

  /// The bytes of two tokens together.
  func bytes(_ left: Int32, _ right: Int32) -> [UInt8] { tokens[Int(left)] + tokens[Int(right)] }

  mutating func addToken(_ left: Int32, _ right: Int32) {
    tokens.append(bytes(left, right))
    beginnings.append(Self.beginning(tokens[tokens.count - 1]))
  }

  mutating func push(_ pair: Int, in index: PairIndex) {
    heap.append((index.pairs[pair].count, Int32(pair)))
    var child = heap.count - 1
    let entry = heap[child]
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(entry, heap[parent], index) else { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = entry
  }

  /// Takes the best pair out; nil where no pair is left.
  mutating func pop(from index: PairIndex) -> Int? {
    while let best = heap.first {
      let count = index.pairs[Int(best.pair)].count
      if count == best.count && count > 0 {
        replaceFirst(with: heap.removeLast(), index)
        return Int(best.pair)
      }
      replaceFirst(with: count > 0 ? (count, best.pair) : heap.removeLast(), index)
    }
    return nil
  }

  private mutating func replaceFirst(with entry: (count: UInt64, pair: Int32), _ index: PairIndex) {
    guard !heap.isEmpty else { return }
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, precedes(heap[child + 1], heap[child], index) { child += 1 }
      guard precedes(heap[child], entry, index) else { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = entry
  }

  @inline(__always)
  private func precedes(
    _ a: (count: UInt64, pair: Int32), _ b: (count: UInt64, pair: Int32), _ index: PairIndex
  ) -> Bool {
    if a.count != b.count { return a.count > b.count }
    let first = index.pairs[Int(a.pair)]
    let second = index.pairs[Int(b.pair)]
    let order = compare(first.left, second.left)
    return order != 0 ? order > 0 : compare(first.right, second.right) > 0
  }

  @inline(__always) private func compare(_ a: Int32, _ b: Int32) -> Int {
    if a == b { return 0 }
    let first = beginnings[Int(a)]
    let second = beginnings[Int(b)]
    if first != second { return first > second ? 1 : -1 }
    return tokens[Int(a)].lexicographicallyPrecedes(tokens[Int(b)]) ? -1 : 1
  }
}
