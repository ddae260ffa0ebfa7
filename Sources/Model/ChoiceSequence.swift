import ParableKernels

/// A beginning and several continuations of it, the choices of a question, packed into one sequence so
/// that what they share is computed once: [beginning | continuation 0 | continuation 1 | … | padding].
///
/// The tokens of a continuation stand at the positions behind the beginning, and see the beginning
/// and their own continuation up to themselves, so that every continuation gets what it would get
/// alone. Padding sees itself and is seen by nobody.
package final class ChoiceSequence {
  /// The common beginning.
  package let beginning: [Int32]

  /// What follows it, one continuation per choice.
  package let continuations: [[Int32]]

  /// Where each continuation stands in the packed sequence.
  package let rows: [Range<Int>]

  private let ids, positions, gapFirst, gapEnd: [Int32]

  /// Shapes of products are made once each: lengths are rounded up to this, so that there are few.
  private static let roundedTo = 8

  /// How many tokens a packed sequence has, padding included.
  static func length(beginning: Int, continuations: [Int]) -> Int {
    (beginning + continuations.reduce(0, +) + roundedTo - 1) / roundedTo * roundedTo
  }

  /// How many tokens a packed sequence usually has at most in a context of so many: choices rarely
  /// take more than a quarter of the room beside the text, and a long context rarely is filled.
  package static func usualLength(context: Int) -> Int { min(context * 5 / 4, 4_096) }

  /// Packs a beginning of at least one token and continuations of at least one each.
  package init(beginning: [Int32], continuations: [[Int32]]) {
    precondition(!beginning.isEmpty && continuations.allSatisfy { !$0.isEmpty })
    self.beginning = beginning
    self.continuations = continuations
    var ids = beginning
    var positions = beginning.indices.map { Int32($0) }
    var gapFirst = [Int32](repeating: 0, count: beginning.count)
    var gapEnd = gapFirst
    var rows: [Range<Int>] = []
    for continuation in continuations {
      let start = ids.count
      ids += continuation
      rows.append(start..<ids.count)
      positions += continuation.indices.map { Int32(beginning.count + $0) }
      gapFirst += continuation.map { _ in Int32(beginning.count) }
      gapEnd += continuation.map { _ in Int32(start) }
    }
    let length = Self.length(beginning: beginning.count, continuations: continuations.map(\.count))
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
