/// The tokens as merging sees them: numbered so that of two merges the one that makes the lower
/// number comes first.
///
/// In every vocabulary that was learned these numbers are the ids. Where a list of merges has
/// another order than the ids, the numbers are the 256 bytes, the merges in their order, and the
/// tokens that no merge makes.
final class MergeOrder: Sendable {
  /// The tokens by number.
  let store: TokenStore
  /// What merges into what, by number.
  let table: MergeTable
  /// The id of each number; nil where they are the same.
  let ids: [Int32]?
  /// Whether a pre-token that is a token as a whole is that token, whatever its merges are.
  let looksUpWords: Bool

  /// The order of the ids, from which the merges follow (as tiktoken has it): a token's priority is
  /// its id, and its parts are what merging with the lower ids leaves of its bytes.
  init(_ store: TokenStore, byteIDs: [Int32], isMergeable: (Int) -> Bool) {
    self.store = store
    table = MergeTable(store, byteIDs: byteIDs, isMergeable: isMergeable)
    ids = nil
    looksUpWords = !table.unreachable.isEmpty || !table.isAscending
  }

  /// The order of a list of merges (as Hugging Face has it), all of which are used; tokens that are
  /// `listed` are found as whole pre-tokens with `looksUpWords`.
  init(
    _ store: TokenStore, byteIDs: [Int32], list: [MergeList.Line], looksUpWords: Bool,
    isListed: (Int) -> Bool
  ) {
    self.looksUpWords = looksUpWords
    // Where the tokens that are made have ascending ids, ids and places mean the same.
    guard zip(list, list.dropFirst()).contains(where: { $0.merged >= $1.merged }) else {
      self.store = store
      table = MergeTable(tokenCount: store.count, byteIDs: byteIDs, merges: list)
      ids = nil
      return
    }
    var ids = byteIDs + list.map(\.merged)
    var numbers: [Int32: Int32] = [:]
    for (number, id) in ids.enumerated() { numbers[id] = Int32(number) }
    for id in 0..<store.count where looksUpWords && isListed(id) && numbers[Int32(id)] == nil {
      ids.append(Int32(id))
    }
    self.store = TokenStore(ids.map { Array(store[Int($0)]) }, isListed: { _ in true })
    table = MergeTable(
      tokenCount: ids.count, byteIDs: (0...255).map { Int32($0) },
      merges: list.compactMap { line in
        guard let left = numbers[line.left], let right = numbers[line.right],
          let merged = numbers[line.merged]
        else { return nil }
        return (left, right, merged)
      })
    self.ids = ids
  }

  /// The merges in their order, by id.
  var merges: [MergeList.Line] {
    table.parts.enumerated().filter { $0.element.left >= 0 }.map { number, parts in
      (id(parts.left), id(parts.right), id(Int32(number)))
    }
  }

  private func id(_ number: Int32) -> Int32 { ids.map { $0[Int(number)] } ?? number }
}
