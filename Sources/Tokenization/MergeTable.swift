import CParableText
import ParablePlatform

/// What two neighbouring tokens merge into: a flat hash from (left, right) to the merged token, whose
/// number is also the priority of the merge.
///
/// A token comes to be from exactly one pair (that is how byte-pair encoding leaves its bytes just
/// before the last merge), so the table has one entry for each token. Tokens are known by their
/// numbers in a `MergeOrder`, mostly their ids. Immutable once made.
final class MergeTable: @unchecked Sendable {
  /// Bits of an id: two ids that merge and the one they make fit one slot of 64 bits.
  static let idBits = UInt64(PARABLE_MERGE_ID_BITS)
  /// How many ids a vocabulary may have.
  static let maximumCount = 1 << Int(idBits)
  private static let free = UInt64.max

  /// The table as the loops take it.
  let loops: parable_merge_table
  /// A token's two parts, -1 for bytes and for tokens that no merge makes.
  private(set) var parts: [(left: Int32, right: Int32)]
  /// Tokens that no merge makes: only a whole pre-token can become one.
  private(set) var unreachable: [Int] = []
  /// Whether every token has a higher id than its parts, as in any vocabulary that was learned.
  private(set) var isAscending = true
  private let isByte: [Bool]
  private let byteIDs: OwnedBuffer<Int32>
  /// The pair above, the merged id below, so that a slot is free where all bits are set.
  private let slots: OwnedBuffer<UInt64>
  /// A bit for the hash of each pair: most questions are answered by its absence.
  private let filter: OwnedBuffer<UInt64>

  /// The table of a vocabulary whose merges are known.
  init(tokenCount: Int, byteIDs: [Int32], merges: [(left: Int32, right: Int32, merged: Int32)]) {
    precondition(tokenCount <= Self.maximumCount, "a vocabulary has at most 2,097,152 ids")
    precondition(byteIDs.count == 256, "every byte has an id")
    self.byteIDs = OwnedBuffer(byteIDs)
    parts = Array(repeating: (-1, -1), count: tokenCount)
    var isByte = [Bool](repeating: false, count: tokenCount)
    for id in byteIDs { isByte[Int(id)] = true }
    self.isByte = isByte
    var bits: UInt64 = 10
    while 1 << bits < tokenCount * 2 { bits += 1 }
    slots = OwnedBuffer(repeating: Self.free, count: 1 << Int(bits))
    filter = OwnedBuffer(count: 1 << Int(bits - 3))
    loops = parable_merge_table(
      slots: slots.base, filter: filter.base, byte_ids: self.byteIDs.base, mask: (1 << bits) - 1,
      shift: 64 - bits)
    for merge in merges { insert(merge.left, merge.right, merge.merged) }
  }

  /// Derives the merges from the ids: a token's parts are what byte-pair encoding with the lower ids
  /// leaves of its bytes.
  convenience init(_ store: TokenStore, byteIDs: [Int32], isMergeable: (Int) -> Bool) {
    self.init(tokenCount: store.count, byteIDs: byteIDs, merges: [])
    var merger = WordMerger(self, store)
    let parts = TokenBuffer(capacity: store.maximumLength)
    func derive(_ id: Int) -> Bool {
      parts.count = 0
      merger.merge(store[id], into: parts)
      guard parts.count == 2 else { return false }
      insert(parts.ids[0], parts.ids[1], Int32(id))
      return true
    }
    var pending: [Int] = []
    for id in 0..<store.count where isMergeable(id) && store[id].count > 1 {
      if !derive(id) { pending.append(id) }
    }
    // A token may need one with a higher id; such vocabularies are made by hand.
    var progress = true
    while progress && !pending.isEmpty {
      let before = pending.count
      pending.removeAll(where: derive)
      progress = pending.count < before
    }
    unreachable = pending
  }

  /// Adds a merge; only while the table is made.
  func insert(_ left: Int32, _ right: Int32, _ merged: Int32) {
    let pair = Self.pair(left, right)
    let hash = pair &* 0x9E37_79B9_7F4A_7C15
    var slot = hash >> loops.shift
    while slots.base[Int(slot)] != Self.free { slot = (slot + 1) & loops.mask }
    slots.base[Int(slot)] = pair << Self.idBits | UInt64(UInt32(bitPattern: merged))
    let bit = hash >> (loops.shift - 3)
    filter.base[Int(bit >> 6)] |= 1 << (bit & 63)
    parts[Int(merged)] = (left, right)
    for part in [left, right] where part > merged && !isByte[Int(part)] {
      isAscending = false
    }
  }

  /// The token of a byte.
  @inline(__always) func token(of byte: UInt8) -> Int32 { byteIDs.base[Int(byte)] }

  /// Whether merging makes the token from its own bytes.
  @inline(__always) func isMade(_ token: Int32) -> Bool {
    parts[Int(token)].left >= 0 || isByte[Int(token)]
  }

  @inline(__always) static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << idBits | UInt64(UInt32(bitPattern: right))
  }

  /// What the two tokens merge into; the largest Int32 where they do not.
  @inline(__always) func merged(_ left: Int32, _ right: Int32) -> Int32 {
    var table = loops
    return parable_merged(&table, left, right)
  }

  /// Whether the encoding of both tokens' bytes together is just these two.
  ///
  /// Goes back in time from the finished tokens: at each step the one that was made later is undone,
  /// and the two pieces that touched at the border must not have merged before that.
  func canNeighbour(_ first: Int32, _ second: Int32) -> Bool {
    var left = first
    var right = second
    var leftEnd = Int32.max
    var rightEnd = Int32.max
    while true {
      let merge = merged(left, right)
      // Of equal merges the one further left is done first, so the border loses a tie on its left.
      if merge != .max, merge < leftEnd, merge <= rightEnd { return false }
      let leftParts = parts[Int(left)]
      let rightParts = parts[Int(right)]
      let leftTime = leftParts.left < 0 ? -1 : left
      let rightTime = rightParts.left < 0 ? -1 : right
      if leftTime < 0 && rightTime < 0 { return true }
      if leftTime > rightTime {
        leftEnd = left
        left = leftParts.right
      } else {
        rightEnd = right
        right = rightParts.left
      }
    }
  }
}
