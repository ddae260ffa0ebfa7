import Kernels

/// A beginning and several continuations of it, packed into one sequence so that what they share is
/// computed once: [beginning | branch 0 | branch 1 | … | padding].
///
/// The tokens of a branch stand at the positions behind the beginning, and see the beginning and
/// their own branch up to themselves, so that every branch gets what it would get alone. Padding
/// sees itself and is seen by nobody.
package final class BranchedSequence {
  /// The common beginning.
  package let beginning: [Int32]

  /// What follows it, one continuation a branch.
  package let branches: [[Int32]]

  /// Where each branch stands in the packed sequence.
  package let rows: [Range<Int>]

  private let ids, positions, gapFirst, gapEnd: [Int32]

  /// Shapes of products are made once each: lengths are rounded up to this, so that there are few.
  private static let roundedTo = 8

  /// How many tokens a packed sequence has, padding included.
  package static func length(beginning: Int, branches: [Int]) -> Int {
    (beginning + branches.reduce(0, +) + roundedTo - 1) / roundedTo * roundedTo
  }

  /// Packs a beginning of at least one token and branches of at least one each.
  package init(beginning: [Int32], branches: [[Int32]]) {
    precondition(!beginning.isEmpty && branches.allSatisfy { !$0.isEmpty })
    self.beginning = beginning
    self.branches = branches
    var ids = beginning
    var positions = beginning.indices.map { Int32($0) }
    var gapFirst = [Int32](repeating: 0, count: beginning.count)
    var gapEnd = gapFirst
    var rows: [Range<Int>] = []
    for branch in branches {
      let start = ids.count
      ids += branch
      rows.append(start..<ids.count)
      positions += branch.indices.map { Int32(beginning.count + $0) }
      gapFirst += branch.map { _ in Int32(beginning.count) }
      gapEnd += branch.map { _ in Int32(start) }
    }
    let length = Self.length(beginning: beginning.count, branches: branches.map(\.count))
    for place in ids.count..<length {
      ids.append(0)
      positions.append(0)
      gapFirst.append(0)
      gapEnd.append(Int32(place))
    }
    self.rows = rows
    (self.ids, self.positions) = (ids, positions)
    (self.gapFirst, self.gapEnd) = (gapFirst, gapEnd)
  }

  /// How many tokens the packed sequence has, padding included.
  package var length: Int { ids.count }

  /// The packed sequence as a batch of one, valid within `body`.
  package func withBatch<Result>(_ body: (TokenBatch) throws -> Result) rethrows -> Result {
    try ids.withUnsafeBufferPointer { ids in
      try positions.withUnsafeBufferPointer { positions in
        try gapFirst.withUnsafeBufferPointer { first in
          try gapEnd.withUnsafeBufferPointer { end in
            guard let first = first.baseAddress, let end = end.baseAddress else {
              preconditionFailure("a sequence has at least one token")
            }
            return try body(
              TokenBatch(
                ids: ids, batch: 1, sequence: ids.count, positions: positions.baseAddress,
                mask: .causalWithGaps(gapFirst: first, gapEnd: end)))
          }
        }
      }
    }
  }
}
