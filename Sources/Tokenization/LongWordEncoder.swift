import ParablePlatform

/// Encodes one pre-token of any length as its bytes come, exactly, in bounded memory.
///
/// The encoding of a text ends in one token, and before that token stands the encoding of the text
/// without it; two tokens can stand side by side exactly where encoding their bytes together gives
/// the two (`MergeTable.canNeighbour`). So for each byte the last token of the text up to there
/// follows from the last tokens of earlier positions, the longest first, and the encodings of all
/// prefixes form a tree. A later text continues one of the last `maximumLength` prefixes: what all
/// of these have in common is certain and is given out.
///
/// Wants a table in which every token comes after its parts.
///
/// - Complexity: linear in the text, times the lengths together that tokens with the same ending
///   have: for vocabularies without long tokens.
final class LongWordEncoder {
  private let store: TokenStore
  private let table: MergeTable
  private let maximumLength: Int
  private let lengths: [Int]
  private let powers: [UInt64]

  /// One prefix of the text: its last token, and the prefixes that continue it.
  private struct Node {
    var hash: UInt64
    var last: Int32
    var childCount: Int32
    var childXor: Int
  }

  private var nodeMemory: OwnedBuffer<Node>
  private var textMemory: OwnedBuffer<UInt8>
  /// Position of `nodes[0]`.
  private var origin = 0
  /// Bytes so far.
  private var end = 0
  /// Up to here all tokens are given out.
  private var root = 0
  private let pairMemory: OwnedBuffer<UInt64>

  private static let pairMemorySize = 4096

  private var nodes: UnsafeMutablePointer<Node> { nodeMemory.base }
  private var text: UnsafeMutablePointer<UInt8> { textMemory.base }
  private var capacity: Int { textMemory.count }

  init(store: TokenStore, table: MergeTable) {
    self.store = store
    self.table = table
    // Tokens that only a whole pre-token can become are no parts of a longer one.
    lengths = store.lengths
    maximumLength = store.maximumLength
    powers = lengths.map { (0..<$0).reduce(1) { power, _ in power &* TokenStore.base } }
    var capacity = 1024
    while capacity < maximumLength * 4 { capacity *= 2 }
    nodeMemory = OwnedBuffer(uninitializedCount: capacity + 1)
    textMemory = OwnedBuffer(uninitializedCount: capacity)
    pairMemory = OwnedBuffer(repeating: .max, count: Self.pairMemorySize)
    reset()
  }

  private func reset() {
    origin = 0
    end = 0
    root = 0
    nodes[0] = Node(hash: 0, last: -1, childCount: 0, childXor: 0)
  }

  /// Goes on with the pre-token, and appends the tokens that are certain.
  func push(_ bytes: UnsafeBufferPointer<UInt8>, into output: TokenBuffer) {
    for byte in bytes {
      if end - origin == capacity { makeRoom() }
      append(byte)
      retire(end - maximumLength, into: output)
    }
  }

  /// Ends the pre-token, and appends the tokens that are left.
  func finish(into output: TokenBuffer) {
    var path: [Int32] = []
    var position = end
    while position > root {
      let token = nodes[position - origin].last
      path.append(token)
      position -= store.length(token)
    }
    for token in path.reversed() { output.append(token) }
    reset()
  }

  private func append(_ byte: UInt8) {
    let at = end - origin
    let (nodes, text) = (nodes, text)
    text[at] = byte
    let hash = TokenStore.extend(nodes[at].hash, byte)
    end += 1
    // Only lengths that some token with this ending has are worth a look, the longest first.
    var candidates = at > root - origin ? store.lengths(endingIn: text[at - 1], byte) : 0
    while candidates != 0 {
      let first = candidates.trailingZeroBitCount
      candidates &= candidates &- 1
      for i in first..<(first < 63 ? first + 1 : lengths.count)
      where append(tokenOf: i, hash: hash) {
        return
      }
    }
    let isFound = append(tokenOf: lengths.count - 1, hash: hash)
    precondition(isFound, "every byte is a token")
  }

  /// Takes the last bytes as the last token, if there is such a token and it can stand there.
  @inline(__always) private func append(tokenOf lengthIndex: Int, hash: UInt64) -> Bool {
    let at = end - origin
    let nodes = nodes
    let begin = at - lengths[lengthIndex]
    guard begin >= root - origin else { return false }
    let token = store.find(
      text + begin, lengths[lengthIndex],
      hash: hash &- nodes[begin].hash &* powers[lengthIndex])
    guard token >= 0 else { return false }
    let before = nodes[begin].last
    guard before < 0 ? table.isMade(token) : canNeighbour(before, token) else { return false }
    nodes[at] = Node(hash: hash, last: token, childCount: 0, childXor: 0)
    nodes[begin].childCount += 1
    nodes[begin].childXor ^= end
    return true
  }

  /// No later prefix continues the one at `position` directly; gives out what thereby is certain.
  private func retire(_ position: Int, into output: TokenBuffer) {
    guard position >= root else { return }
    var leaf = position
    while leaf > root, nodes[leaf - origin].childCount == 0 {
      let parent = leaf - store.length(nodes[leaf - origin].last)
      nodes[parent - origin].childCount -= 1
      nodes[parent - origin].childXor ^= leaf
      leaf = parent
    }
    while root <= position, nodes[root - origin].childCount == 1 {
      root = nodes[root - origin].childXor
      output.append(nodes[root - origin].last)
    }
  }

  private func makeRoom() {
    let kept = end - root
    if kept > capacity / 2 {
      nodeMemory = nodeMemory.resized(to: capacity * 2 + 1, keeping: capacity + 1)
      textMemory = textMemory.resized(to: capacity * 2, keeping: capacity)
    }
    nodes.update(from: nodes + (root - origin), count: kept + 1)
    text.update(from: text + (root - origin), count: kept)
    origin = root
  }

  private func canNeighbour(_ first: Int32, _ second: Int32) -> Bool {
    guard table.isMade(second) else { return false }
    let pair = UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
    let slot = Int((pair &* 0x9E37_79B9_7F4A_7C15) >> 52) & (Self.pairMemorySize - 1)
    // The highest bit of an id is free: there it is kept how the question was answered.
    let known = pairMemory.base[slot]
    if known & ~(1 << 63) == pair { return known >> 63 == 1 }
    let answer = table.canNeighbour(first, second)
    pairMemory.base[slot] = answer ? pair | 1 << 63 : pair
    return answer
  }
}
