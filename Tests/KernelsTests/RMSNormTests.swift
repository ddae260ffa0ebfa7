import ParableKernels
import ParablePlatform
import TestSupport
import Testing

extension KernelLoops {
  @Suite("RMSNorm")
  struct RMSNormTests {
    private static let shapes = [(1, 1), (4, 7), (3, 33), (2, 80)]

    @Test(arguments: InstructionSet.available, shapes)
    func agreesWithTheFormulaAndItsGradient(set: InstructionSet, shape: (Int, Int)) {
      check(set, rows: shape.0, width: shape.1, Float.self)
      check(set, rows: shape.0, width: shape.1, BFloat16.self)
    }

    private func check<E: ActivationElement>(
      _ set: InstructionSet, rows: Int, width: Int, _ type: E.Type
    ) {
      var generator = SplitMix64(seed: UInt64(width))
      let values = generator.floats(rows * width, in: -3...3)
      let gains = generator.floats(width, in: 0.5...1.5)
      let upstream = generator.floats(rows * width).rounded(to: E.self)
      let before = generator.floats(rows * width)
      let gainBefore = generator.floats(width)
      let x = Numbers<Float>(values)
      let gain = Numbers<Float>(gains)
      let y = Numbers<E>(rows * width)
      let inverse = Numbers<Float>(rows)
      let dy = Numbers<E>(rounding: upstream)
      let dx = Numbers<Float>(before)
      let dGain = Numbers<Float>(gainBefore)
      set {
        rmsNorm(
          x.matrix(columns: width).readOnly, gain: gain.base, epsilon: 1e-5,
          into: y.matrix(columns: width),
          inverseRMS: inverse.base)
        rmsNormBackward(
          dy.matrix(columns: width).readOnly, x: x.matrix(columns: width).readOnly, gain: gain.base,
          inverseRMS: inverse.base, addingTo: dx.matrix(columns: width), addingTo: dGain.base)
      }
      let tolerance = Tolerance(E.self)
      expectClose(
        y.floats, Reference.rmsNorm(values.doubles, gain: gains.doubles, epsilon: 1e-5),
        absolute: tolerance.absolute, relative: tolerance.relative)
      let gradient = FiniteDifference.gradient(at: (values + gains).doubles) { point in
        let result = Reference.rmsNorm(
          Array(point[..<values.count]), gain: Array(point[values.count...]), epsilon: 1e-5)
        return zip(result, upstream).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      // The gradients are added to what is there, in Float whatever the activations are.
      expectClose(
        dx.floats + dGain.floats, zip(gradient, (before + gainBefore).doubles).map { $0 + $1 },
        absolute: 4e-6, relative: 2e-5)
    }

    @Test(arguments: InstructionSet.available)
    func residualIsAddedFirst(set: InstructionSet) {
      var generator = SplitMix64(seed: 9)
      let values = generator.floats(3 * 21)
      let deltas = generator.floats(3 * 21)
      let gain = Numbers<Float>(generator.floats(21))
      let x = Numbers<Float>(values)
      let sum = Numbers<Float>(zip(values, deltas).map { $0 + $1 })
      let delta = Numbers<Float>(deltas)
      let fused = Numbers<Float>(3 * 21)
      let apart = Numbers<Float>(3 * 21)
      let inverse = Numbers<Float>(3)
      set {
        residualRMSNorm(
          addingTo: x.matrix(columns: 21), delta.matrix(columns: 21).readOnly, gain: gain.base,
          epsilon: 1e-5, into: fused.matrix(columns: 21), inverseRMS: inverse.base)
        rmsNorm(
          sum.matrix(columns: 21).readOnly, gain: gain.base, epsilon: 1e-5,
          into: apart.matrix(columns: 21), inverseRMS: inverse.base)
      }
      #expect(x.bits == sum.bits)
      #expect(fused.bits == apart.bits)
    }

    @Test(arguments: InstructionSet.available, [Float(1e-20), 1e-30, 1e20])
    func squaresNeitherVanishNorOverflow(set: InstructionSet, scale: Float) {
      var generator = SplitMix64(seed: 10)
      let values = generator.floats(2 * 37).map { $0 * scale }
      let x = Numbers<Float>(values)
      let gain = Numbers<Float>(37, of: 1)
      let y = Numbers<Float>(2 * 37)
      let inverse = Numbers<Float>(2)
      set {
        rmsNorm(
          x.matrix(columns: 37).readOnly, gain: gain.base, epsilon: 0, into: y.matrix(columns: 37),
          inverseRMS: inverse.base)
      }
      expectClose(
        y.floats,
        Reference.rmsNorm(values.doubles, gain: gain.floats.doubles, epsilon: 0),
        absolute: 0, relative: 1e-6)
    }

    @Test(arguments: InstructionSet.available)
    func rowsDoNotKnowOfEachOtherNorOfTheirPlace(set: InstructionSet) {
      var generator = SplitMix64(seed: 11)
      let values = generator.floats(8 * 77)
      let gain = Numbers<Float>(generator.floats(77))
      let whole = normalised(values, shift: 0)
      for shift in 1..<17 { #expect(normalised(values, shift: shift) == whole) }
      #expect(normalised(Array(values[5 * 77..<6 * 77]), shift: 3) == Array(whole[5 * 77..<6 * 77]))

      func normalised(_ values: [Float], shift: Int) -> [UInt32] {
        let x = Numbers<Float>(values, shift: shift)
        let y = Numbers<Float>(values.count, shift: 2 * shift + 1)
        let inverse = Numbers<Float>(values.count / 77)
        set {
          rmsNorm(
            x.matrix(columns: 77).readOnly, gain: gain.base, epsilon: 1e-5,
            into: y.matrix(columns: 77),
            inverseRMS: inverse.base)
        }
        return y.bits
      }
    }
  }
}
