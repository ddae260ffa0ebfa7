/// A small seeded generator whose numbers never change between versions, machines or ranks.
///
/// SplitMix64 of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
/// 2014. The standard library's `random(in:using:)` and `shuffle(using:)` may change how they use a
/// generator; what must stay equal for ever draws through `below(_:)` instead.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var state: UInt64

  /// Starts the sequence that the reference implementation gives for `seed`.
  package init(seed: UInt64) {
    state = seed
  }

  /// Starts one of 2⁶⁴ unrelated sequences of the same seed.
  package init(seed: UInt64, stream: UInt64) {
    state = Self.mix(Self.mix(seed &+ Self.increment) ^ Self.mix(stream))
  }

  /// Returns the next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }

  /// Returns a number from zero up to, but not including, `bound`.
  ///
  /// The high half of a full product, biased by less than `bound` / 2⁶⁴.
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a number is drawn below a positive bound")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Scrambles 64 bits so that every bit of the result depends on every bit of the value.
  package static func mix(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
