/// What two neighbouring tokens merge into, and how urgent that is.
protocol MergeLaw {
  /// The token of a byte.
  func token(of byte: UInt8) -> Int32
  /// How many bytes a token has.
  func length(_ token: Int32) -> Int
  /// The priority of merging two tokens, the lowest first; the largest Int32 where they do not merge.
  func priority(_ left: Int32, _ right: Int32) -> Int32
  /// The token that the merge with this priority makes.
  func merged(_ priority: Int32) -> Int32
}

/// Merges a whole word of any length: of the most urgent merges the leftmost first.
///
/// Possible merges wait in a binary heap; one that a neighbour's merge made impossible is dropped
/// when it comes out.
///
/// - Complexity: O(n log n) for n bytes, however long the tokens are, and 16 bytes of memory a byte.
struct WordHeap<Law: MergeLaw> {
  private static var positionBits: UInt64 { 43 }

  private let law: Law
  /// The token that begins at a position; -1 where none does.
  private var first: [Int32] = []
  /// The token that ends at a position, right where one does.
  private var last: [Int32] = []
  /// The priority above, the position below: the lowest is the next merge.
  private var heap: [UInt64] = []
  /// The priority of the last merge that was made.
  private(set) var lastPriority = Int32.max

  init(_ law: Law) { self.law = law }

  /// The tokens of a word.
  mutating func merge(_ word: UnsafeBufferPointer<UInt8>) -> [Int32] {
    first = word.map { law.token(of: $0) }
    last = first
    lastPriority = .max
    fill()
    while let key = pop() { merge(key) }
    return first.filter { $0 >= 0 }
  }

  private func key(_ left: Int32, _ right: Int32, at position: Int) -> UInt64? {
    let priority = law.priority(left, right)
    guard priority != .max else { return nil }
    return UInt64(UInt32(bitPattern: priority)) << Self.positionBits | UInt64(position)
  }

  private mutating func fill() {
    heap.removeAll(keepingCapacity: true)
    for position in first.indices.dropLast() {
      if let key = key(first[position], first[position + 1], at: position) { heap.append(key) }
    }
    for parent in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(from: parent) }
  }

  private mutating func merge(_ key: UInt64) {
    let position = Int(key & (1 << Self.positionBits - 1))
    let priority = Int32(truncatingIfNeeded: key >> Self.positionBits)
    let left = first[position]
    guard left >= 0 else { return }
    let next = position + law.length(left)
    guard next < first.count else { return }
    let right = first[next]
    guard law.priority(left, right) == priority else { return }
    let end = next + law.length(right)
    let token = law.merged(priority)
    first[next] = -1
    first[position] = token
    last[end - 1] = token
    lastPriority = priority
    if end < first.count, let key = self.key(token, first[end], at: position) { push(key) }
    if position > 0 {
      let before = last[position - 1]
      if let key = self.key(before, token, at: position - law.length(before)) { push(key) }
    }
  }

  private mutating func push(_ key: UInt64) {
    heap.append(key)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard key < heap[parent] else { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = key
  }

  private mutating func pop() -> UInt64? {
    guard let lowest = heap.first, let end = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = end
      sink(from: 0)
    }
    return lowest
  }

  private mutating func sink(from place: Int) {
    let key = heap[place]
    var parent = place
    while true {
      var child = parent * 2 + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < key else { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = key
  }
}

/// The law of a finished table: a merge's priority is the number of the token that it makes.
struct TableLaw: MergeLaw {
  let table: MergeTable
  let store: TokenStore

  @inline(__always) func token(of byte: UInt8) -> Int32 { table.token(of: byte) }
  @inline(__always) func length(_ token: Int32) -> Int { store.length(token) }
  @inline(__always) func priority(_ left: Int32, _ right: Int32) -> Int32 {
    table.merged(left, right)
  }
  @inline(__always) func merged(_ priority: Int32) -> Int32 { priority }
}
