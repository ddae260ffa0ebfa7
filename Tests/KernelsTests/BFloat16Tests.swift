import ParableKernels
import ParablePlatform
import Testing

/// Rounding stands once for numbers and for vectors of every instruction set: all upper halves, with
/// lower halves around the ties, against distances in Double.
extension KernelLoops {
  @Suite("BFloat16") struct BFloat16Tests {
    private static let samples = (UInt32(0)...0xFFFF).flatMap { upper in
      [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF].map { upper << 16 | $0 }
    }

    private static func nearest(_ bits: UInt32) -> UInt16 {
      let value = Float(bitPattern: bits)
      let below = UInt16(bits >> 16)
      if value.isNaN { return below | 0x40 }
      if bits & 0xFFFF == 0 { return below }
      let down = Double(value.magnitude) - Double(Float(bitPattern: UInt32(below & 0x7FFF) << 16))
      // Above the largest number comes what would be 2¹²⁸, which is an infinity.
      let next = UInt32(below & 0x7FFF) + 1
      let limit = next == 0x7F80 ? 0x1p128 : Double(Float(bitPattern: next << 16))
      let up = limit - Double(value.magnitude)
      return up < down || up == down && below % 2 == 1 ? below + 1 : below
    }

    @Test("A number is rounded to the nearest, ties to even, and comes back") func numbers() {
      for bits in Self.samples {
        let rounded = BFloat16(Float(bitPattern: bits))
        guard rounded.bits == Self.nearest(bits),
          rounded.float.bitPattern == UInt32(rounded.bits) << 16
        else {
          Issue.record("\(String(bits, radix: 16)) becomes \(String(rounded.bits, radix: 16))")
          return
        }
      }
    }

    @Test("Vectors are rounded alike", arguments: InstructionSet.available)
    func vectors(set: InstructionSet) {
      let values = Self.samples.map { Float(bitPattern: $0) }
      let from = OwnedBuffer(values)
      let rounded = OwnedBuffer<BFloat16>(uninitializedCount: values.count)
      set {
        convert(
          MutableMatrix(from, rows: 1, columns: values.count).readOnly,
          into: MutableMatrix(rounded, rows: 1, columns: values.count))
      }
      for (value, result) in zip(values, rounded.buffer) {
        // The processor's own instruction takes subnormal numbers as zeros.
        let isZero = set == .avx512BFloat16 && value.isSubnormal
        let expected =
          isZero ? UInt16(value.bitPattern >> 16) & 0x8000 : Self.nearest(value.bitPattern)
        guard result.bits == expected else {
          Issue.record("\(value) becomes \(String(result.bits, radix: 16))")
          return
        }
      }
    }
  }
}
