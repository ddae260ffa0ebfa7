import CParableNumerics

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
    bits = parable_to_bfloat16(value)
  }

  /// The same value as a `Float`, without any rounding.
  package var float: Float {
    parable_from_bfloat16(bits)
  }
}
