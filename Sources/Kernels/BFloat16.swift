/// A floating-point number of 16 bits: sign, exponent and the upper seven bits of the fraction of
/// a `Float`.
///
/// Activations and the operands of matrix products are kept in it where the processor multiplies it
/// fast; sums are always made in `Float`.
package struct BFloat16: BitwiseCopyable, Hashable, Sendable {
  /// The upper half of the bits of the `Float` of the same value.
  package var bits: UInt16

  /// Makes the number with the given bits.
  package init(bits: UInt16) {
    self.bits = bits
  }

  /// Rounds to the nearest number, ties to the even one; a NaN stays a NaN.
  package init(_ value: Float) {
    let pattern = value.bitPattern
    if value.isNaN {
      // The quiet bit keeps the fraction from becoming zero, which would be an infinity.
      bits = UInt16(truncatingIfNeeded: pattern >> 16) | 0x40
    } else {
      bits = UInt16(truncatingIfNeeded: (pattern &+ 0x7FFF &+ (pattern >> 16 & 1)) >> 16)
    }
  }

  /// The same value as a `Float`, without any rounding.
  package var float: Float {
    Float(bitPattern: UInt32(bits) << 16)
  }
}
