import CParableNumerics
import Foundation
import ParablePlatform

/// The cosines and sines of rotary position embedding for positions from 0 on.
///
/// Pair i of a head is turned by position · θ^(−2i / headWidth), computed in `Double` and stored as
/// `Float` [positions, headWidth / 2].
package final class RotaryTable {
  /// How many elements a head has.
  package let headWidth: Int
  /// How many positions there are.
  package let count: Int
  private let cosines: OwnedBuffer<Float>
  private let sines: OwnedBuffer<Float>

  /// Makes the table for heads of an even width.
  package init(headWidth: Int, positions count: Int, theta: Double) {
    precondition(headWidth > 0 && headWidth % 2 == 0, "rotary heads have an even width")
    precondition(count >= 0)
    self.headWidth = headWidth
    self.count = count
    let half = headWidth / 2
    cosines = OwnedBuffer(count: count * half)
    sines = OwnedBuffer(count: count * half)
    for i in 0..<half {
      let frequency = pow(theta, -2 * Double(i) / Double(headWidth))
      for position in 0..<count {
        let angle = Double(position) * frequency
        cosines.base[position * half + i] = Float(cos(angle))
        sines.base[position * half + i] = Float(sin(angle))
      }
    }
  }

  func withRotation<Result>(
    positions: UnsafePointer<Int32>?, batchStride: Int, batch: Int, sequence: Int,
    _ body: (parable_rotation) -> Result
  ) -> Result {
    if let positions {
      for b in 0..<(batchStride == 0 ? min(batch, 1) : batch) {
        for t in 0..<sequence {
          let position = positions[b * batchStride + t]
          precondition(position >= 0 && Int(position) < count, "position outside of the table")
        }
      }
    } else {
      precondition(sequence <= count, "more tokens than the table has positions")
    }
    return withExtendedLifetime(self) {
      body(
        parable_rotation(
          cosines: cosines.base, sines: sines.base, positions: positions,
          positions_batch_stride: batchStride))
    }
  }
}

/// Turns the heads of queries or keys by their tokens' positions, in place.
///
/// With half = headWidth / 2 and the angle a of pair i at the token's position,
/// (x[i], x[i + half]) becomes (x[i] cos a − x[i + half] sin a, x[i + half] cos a + x[i] sin a).
/// The gradient is turned back: the same with `inverse`. Nothing is saved.
///
/// `positions` is [sequence], or [batch, sequence] with `positionsBatchStride` elements between
/// batches; left out, token t has position t.
///
/// Su, Lu, Pan, Murtadha, Wen and Liu, RoFormer, 2021.
@_specialize(where E == Float)
@_specialize(where E == BFloat16)
package func rotate<E: ActivationElement>(
  _ x: Heads<E>, batch: Int, sequence: Int, heads: Int, positions: UnsafePointer<Int32>? = nil,
  positionsBatchStride: Int = 0, table: RotaryTable, inverse: Bool = false
) {
  table.withRotation(
    positions: positions, batchStride: positionsBatchStride, batch: batch, sequence: sequence
  ) {
    rotation in
    timed(.rotary) {
      parable_rotate(
        x.view, batch, sequence, heads, table.headWidth / 2, rotation, inverse ? 1 : 0)
    }
  }
}
