import ParablePlatform

/// All pairs of neighbouring tokens that ever came up in training: their counts, the words that hold
/// them, and a flat hash to find them.
final class PairIndex {
  struct Pair {
    let left: Int32
    let right: Int32
    var count: UInt64
    /// The first node of the list of words; -1 where there is none.
    var words: Int32
    /// The visit to a word in which this pair was last dealt with.
    var visit: UInt32
  }

  private struct Slot {
    var pair: UInt64
    var index: Int32
  }

  private struct Node {
    var word: Int32
    var next: Int32
  }

  private(set) var count = 0
  private var pairMemory = OwnedBuffer<Pair>(uninitializedCount: 1 << 12)
  private var slots = emptySlots(1 << 13)
  private var mask: UInt64 { UInt64(slots.count - 1) }
  private var nodes = OwnedBuffer<Node>(uninitializedCount: 1 << 14)
  private var nodeCount = 0
  private var freeNode: Int32 = -1

  /// The pairs by index, to be read and changed until the next one is inserted.
  var pairs: UnsafeMutablePointer<Pair> { pairMemory.base }

  private static func emptySlots(_ count: Int) -> OwnedBuffer<Slot> {
    OwnedBuffer(repeating: Slot(pair: 0, index: -1), count: count)
  }

  @inline(__always) private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always) private static func hash(_ key: UInt64) -> UInt64 {
    let mixed = key &* 0x9E37_79B9_7F4A_7C15
    return mixed ^ mixed >> 32
  }

  /// The index of a pair that came up before.
  @inline(__always) func find(_ left: Int32, _ right: Int32) -> Int {
    let key = Self.key(left, right)
    let (slots, mask) = (slots.base, mask)
    var slot = Self.hash(key) & mask
    while slots[Int(slot)].pair != key || slots[Int(slot)].index < 0 {
      assert(slots[Int(slot)].index >= 0, "every pair of a word was counted")
      slot = (slot &+ 1) & mask
    }
    return Int(slots[Int(slot)].index)
  }

  /// Adds a pair that is new.
  func insert(_ left: Int32, _ right: Int32) -> Int {
    if count == pairMemory.count {
      pairMemory = pairMemory.resized(to: count * 2, keeping: count)
    }
    if (UInt64(count) + 1) * 2 > mask {
      slots = Self.emptySlots(slots.count * 2)
      for index in 0..<count { place(index) }
    }
    let index = count
    pairs[index] = Pair(left: left, right: right, count: 0, words: -1, visit: 0)
    count += 1
    place(index)
    return index
  }

  private func place(_ index: Int) {
    let key = Self.key(pairs[index].left, pairs[index].right)
    let (slots, mask) = (slots.base, mask)
    var slot = Self.hash(key) & mask
    while slots[Int(slot)].index >= 0 { slot = (slot &+ 1) & mask }
    slots[Int(slot)] = Slot(pair: key, index: Int32(index))
  }

  /// Notes that a word holds the pair.
  @inline(__always) func addWord(_ word: Int32, to index: Int) {
    let node: Int32
    if freeNode >= 0 {
      node = freeNode
      freeNode = nodes.base[Int(node)].next
    } else {
      if nodeCount == nodes.count { nodes = nodes.resized(to: nodeCount * 2, keeping: nodeCount) }
      node = Int32(nodeCount)
      nodeCount &+= 1
    }
    nodes.base[Int(node)] = Node(word: word, next: pairs[index].words)
    pairs[index].words = node
  }

  /// Takes one word off the list of a pair; nil where there is none left.
  @inline(__always) func takeWord(from index: Int) -> Int32? {
    let node = pairs[index].words
    guard node >= 0 else { return nil }
    let word = nodes.base[Int(node)].word
    pairs[index].words = nodes.base[Int(node)].next
    nodes.base[Int(node)].next = freeNode
    freeNode = node
    return word
  }
}
