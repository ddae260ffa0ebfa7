import ParableKernels
import ParablePlatform
import TestSupport
import Testing

extension KernelLoops {
  @Suite("Residual, conversion, SiLU, SwiGLU")
  struct ElementwiseTests {
    private static let shapes = [(1, 1), (3, 17), (2, 33), (5, 64)]

    @Test(arguments: InstructionSet.available, shapes)
    func siluAndItsGradient(set: InstructionSet, shape: (Int, Int)) {
      check(set, shape, Float.self)
      check(set, shape, BFloat16.self)

      func check<E: ActivationElement>(
        _ set: InstructionSet, _ shape: (rows: Int, columns: Int), _ type: E.Type
      ) {
        var generator = SplitMix64(seed: 1)
        let count = shape.rows * shape.columns
        let values = generator.floats(count, in: -9...9).rounded(to: E.self)
        let upstream = generator.floats(count).rounded(to: E.self)
        let x = Numbers<E>(rounding: values)
        let dy = Numbers<E>(rounding: upstream)
        let y = Numbers<E>(count)
        let dx = Numbers<E>(count)
        set {
          silu(x.matrix(columns: shape.columns).readOnly, into: y.matrix(columns: shape.columns))
          siluBackward(
            dy.matrix(columns: shape.columns).readOnly,
            x: x.matrix(columns: shape.columns).readOnly,
            into: dx.matrix(columns: shape.columns))
        }
        let tolerance = Tolerance(E.self)
        expectClose(
          y.floats, Reference.silu(values.doubles), absolute: tolerance.absolute,
          relative: tolerance.relative)
        let expected = FiniteDifference.gradient(at: values.doubles) {
          zip(Reference.silu($0), upstream).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        expectClose(
          dx.floats, expected, absolute: tolerance.absolute, relative: tolerance.relative)
      }
    }

    @Test(arguments: InstructionSet.available)
    func siluOfExtremes(set: InstructionSet) {
      let values: [Float] = [
        -1e4, 1e4, -88, 88, -104, 104, 0, -0.0, 3e38, -3e38, .leastNonzeroMagnitude,
      ]
      let x = Numbers<Float>(values)
      let ones = Numbers<Float>(values.count, of: 1)
      let y = Numbers<Float>(values.count)
      let dx = Numbers<Float>(values.count)
      let columns = values.count
      set {
        silu(x.matrix(columns: columns).readOnly, into: y.matrix(columns: columns))
        siluBackward(
          ones.matrix(columns: columns).readOnly, x: x.matrix(columns: columns).readOnly,
          into: dx.matrix(columns: columns))
      }
      expectClose(
        y.floats, [0, 1e4, -5.3e-37, 88, 0, 104, 0, 0, 3e38, 0, 0],
        absolute: 1e-30, relative: 1e-6)
      expectClose(
        dx.floats, [0, 1, -5e-37, 1, 0, 1, 0.5, 0.5, 1, 0, 0.5], absolute: 1e-30, relative: 1e-6)
    }

    @Test(arguments: InstructionSet.available, shapes)
    func swiGLUAndItsGradients(set: InstructionSet, shape: (Int, Int)) {
      check(set, shape, Float.self)
      check(set, shape, BFloat16.self)

      func check<E: ActivationElement>(
        _ set: InstructionSet, _ shape: (rows: Int, columns: Int), _ type: E.Type
      ) {
        var generator = SplitMix64(seed: 2)
        let count = shape.rows * shape.columns
        let gates = generator.floats(count, in: -6...6).rounded(to: E.self)
        let ups = generator.floats(count).rounded(to: E.self)
        let upstream = generator.floats(count).rounded(to: E.self)
        // Gate and up lie side by side in the rows of one product.
        let both = Numbers<E>(
          rounding: (0..<shape.rows).flatMap { row in
            let range = row * shape.columns..<(row + 1) * shape.columns
            return gates[range] + ups[range]
          })
        let matrix = both.matrix(columns: 2 * shape.columns)
        let gate = matrix.columns(0..<shape.columns)
        let up = matrix.columns(shape.columns..<2 * shape.columns)
        let hidden = Numbers<E>(count)
        let dHidden = Numbers<E>(rounding: upstream)
        let dGate = Numbers<E>(count)
        let dUp = Numbers<E>(count)
        set {
          swiGLU(gate: gate.readOnly, up: up.readOnly, into: hidden.matrix(columns: shape.columns))
          swiGLUBackward(
            dHidden.matrix(columns: shape.columns).readOnly, gate: gate.readOnly, up: up.readOnly,
            into: dGate.matrix(columns: shape.columns), into: dUp.matrix(columns: shape.columns))
        }
        let tolerance = Tolerance(E.self)
        expectClose(
          hidden.floats, Reference.swiGLU(gate: gates.doubles, up: ups.doubles),
          absolute: tolerance.absolute, relative: tolerance.relative)
        let expected = FiniteDifference.gradient(at: (gates + ups).doubles) { point in
          let result = Reference.swiGLU(
            gate: Array(point[..<count]), up: Array(point[count...]))
          return zip(result, upstream).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        expectClose(
          dGate.floats + dUp.floats, expected, absolute: tolerance.absolute,
          relative: tolerance.relative)
      }
    }

    @Test(arguments: InstructionSet.available)
    func addingRoundsOnce(set: InstructionSet) {
      var generator = SplitMix64(seed: 3)
      let values = generator.floats(3 * 19)
      let deltas = generator.floats(3 * 19).rounded(to: BFloat16.self)
      let x = Numbers<Float>(values)
      let delta = Numbers<BFloat16>(rounding: deltas)
      set { add(delta.matrix(columns: 19).readOnly, addingTo: x.matrix(columns: 19)) }
      #expect(x.floats == zip(values, deltas).map { $0 + $1 })
    }

    @Test(arguments: InstructionSet.available)
    func conversionRoundsToEvenAndKeepsWhatIsNotANumber(set: InstructionSet) {
      var generator = SplitMix64(seed: 4)
      // Ties, carries into the exponent, subnormal numbers, overflow to infinity, NaN of all kinds.
      let special: [UInt32] = [
        0x3F80_8000, 0x3F81_8000, 0x3F80_8001, 0x3FFF_FFFF, 0x0000_0001, 0x0000_8000, 0x0001_8000,
        0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000, 0x7F80_0001, 0xFFFF_FFFF, 0x7FC0_0000, 0x8000_0000,
      ]
      let values =
        special.map { Float(bitPattern: $0) }
        + (0..<500).map { _ in
          Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
        }
      let x = Numbers<Float>(values)
      let y = Numbers<BFloat16>(values.count)
      let back = Numbers<Float>(values.count)
      set {
        convert(x.matrix(columns: x.count).readOnly, into: y.matrix(columns: y.count))
        convert(y.matrix(columns: y.count).readOnly, into: back.matrix(columns: back.count))
      }
      // The processor's own conversion takes subnormal numbers as zeros.
      let expected = values.map { value -> Float in
        guard set == .avx512BFloat16 && value.isSubnormal else { return value }
        return value.sign == .minus ? -0.0 : 0
      }
      #expect(y.array.map(\.bits) == expected.map { BFloat16($0).bits })
      #expect(back.bits == y.bits)
      for (value, rounded) in zip(expected, back.floats) {
        guard !value.isNaN else {
          #expect(rounded.isNaN)
          continue
        }
        // Of the two neighbours in the upper 16 bits none is nearer.
        let below = Float(bitPattern: value.bitPattern & 0xFFFF_0000)
        let above = Float(bitPattern: (value.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
        guard above.isFinite else { continue }
        let error = abs(Double(rounded) - Double(value))
        #expect(error <= abs(Double(below) - Double(value)))
        #expect(error <= abs(Double(above) - Double(value)))
      }
    }
  }
}
