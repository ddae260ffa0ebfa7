/// The merges of a list, as Hugging Face reads it: a merge's place in the list is its priority, of
/// merges of the same pair the last counts.
///
/// Where bytes are merged depends on nothing beyond them as long as no merge crosses their ends, so
/// a token always comes to be from the same two parts: what the list leaves of its bytes before the
/// last merge. At most one line of each token is ever used; this finds those lines.
struct MergeList {
  typealias Line = (left: Int32, right: Int32, merged: Int32)

  /// The lines that are ever used, in their order; the ids of three tokens each.
  let lines: [Line]

  /// Looks for the lines that are used; `store` has the bytes of each token.
  init(_ lines: [Line], store: TokenStore, byteIDs: [Int32]) {
    self.lines = Self.used(lines, byteIDs) ?? Self.tried(lines, store, byteIDs)
  }

  /// The lines that are used, where each token is made by one line, after its parts.
  ///
  /// A line is used if its parts can stand side by side under the lines before it. Nil for other
  /// lists.
  private static func used(_ lines: [Line], _ byteIDs: [Int32]) -> [Line]? {
    var numbers: [Int32: Int32] = [:]
    for (byte, id) in byteIDs.enumerated() { numbers[id] = Int32(byte) }
    var pairs: Set<UInt64> = []
    pairs.reserveCapacity(lines.count)
    let table = MergeTable(
      tokenCount: 256 + lines.count, byteIDs: (0...255).map { Int32($0) }, merges: [])
    var used: [Line] = []
    for (place, line) in lines.enumerated() {
      guard let left = numbers[line.left], let right = numbers[line.right],
        pairs.insert(MergeTable.pair(left, right)).inserted,
        numbers.updateValue(Int32(256 + place), forKey: line.merged) == nil
      else { return nil }
      guard table.isMade(left), table.isMade(right), table.canNeighbour(left, right) else {
        continue
      }
      table.insert(left, right, Int32(256 + place))
      used.append(line)
    }
    return used
  }

  /// The lines that are used in any list: those that merging a token's bytes ends with.
  private static func tried(_ lines: [Line], _ store: TokenStore, _ byteIDs: [Int32]) -> [Line] {
    let law = ListLaw(lines, store: store, byteIDs: byteIDs)
    var heap = WordHeap(law)
    var places: Set<Int32> = []
    for token in Set(lines.map(\.merged)) where heap.merge(store[Int(token)]) == [token] {
      if heap.lastPriority != .max { places.insert(heap.lastPriority) }
    }
    return places.sorted().map { lines[Int($0)] }
  }

  /// The law as the list says it.
  private struct ListLaw: MergeLaw {
    private let lines: [Line]
    private let places: [UInt64: Int32]
    private let store: TokenStore
    private let byteIDs: [Int32]

    init(_ lines: [Line], store: TokenStore, byteIDs: [Int32]) {
      self.lines = lines
      self.store = store
      self.byteIDs = byteIDs
      var places: [UInt64: Int32] = [:]
      for (place, line) in lines.enumerated() {
        places[MergeTable.pair(line.left, line.right)] = Int32(place)
      }
      self.places = places
    }

    func token(of byte: UInt8) -> Int32 { byteIDs[Int(byte)] }
    func length(_ token: Int32) -> Int { store.length(token) }
    func priority(_ left: Int32, _ right: Int32) -> Int32 {
      places[MergeTable.pair(left, right)] ?? .max
    }
    func merged(_ priority: Int32) -> Int32 { lines[Int(priority)].merged }
  }
}
