import ParablePlatform

/// A random-looking order of 0 ..< count that is computed place by place, in constant memory.
///
/// A Feistel network over pairs of digits below ⌈√count⌉ permutes the square of that side, and
/// values outside the range walk on along their cycle until they fall inside: the generalised
/// Feistel cipher and the cycle walking of Black and Rogaway, "Ciphers with Arbitrary Finite
/// Domains", CT-RSA 2002. The square exceeds `count` by less than 2√count + 1, so that walks are
/// rare except in the smallest ranges.
package struct KeyedPermutation: Sendable {
  private static let roundCount = 8

  package let count: Int
  private let side: UInt64
  private let keys: [UInt64]

  /// Draws the permutation of `count` values that belongs to `seed` and `epoch`.
  package init(count: Int, seed: UInt64, epoch: Int) {
    precondition(count > 0, "a permutation needs at least one value")
    self.count = count
    let values = UInt64(count)
    var side = UInt64(Double(count).squareRoot())
    while side * side < values { side += 1 }
    self.side = side
    var generator = SplitMix64(seed: seed, stream: UInt64(epoch))
    keys = (0..<Self.roundCount).map { _ in generator.next() }
  }

  /// Returns the value at a place of the permuted order.
  package subscript(place: Int) -> Int {
    precondition((0..<count).contains(place), "the place lies outside the permutation")
    var value = UInt64(place)
    repeat { value = permute(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func permute(_ value: UInt64) -> UInt64 {
    var (left, right) = (value / side, value % side)
    for key in keys {
      (left, right) = (right, (left + SplitMix64.mix(right ^ key) % side) % side)
    }
    return left * side + right
  }
}
