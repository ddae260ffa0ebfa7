import Foundation

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

  /// Starts one of 2⁶⁴ unrelated sequences of the same seed, others than those of
  /// ``init(seed:stream:)``: the numbers of weights and samples.
  package init(seed: UInt64, sequence: UInt64) {
    let mixed = Self.mix(seed &+ Self.increment) ^ sequence &* 0xD1B5_4A32_D192_ED03
    state = mixed &+ Self.increment
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

  /// Returns a number in [0, 1), in steps of 2⁻⁵³.
  package mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Returns a number of the normal distribution with mean 0 and deviation 1 (Box and Muller 1958).
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// Scrambles 64 bits so that every bit of the result depends on every bit of the value.
  package static func mix(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
