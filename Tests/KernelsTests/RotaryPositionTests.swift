import ParableKernels
import ParablePlatform
import TestSupport
import Testing

extension KernelLoops {
  @Suite("Rotary position")
  struct RotaryPositionTests {
    @Test(arguments: [2, 6, 38])
    func turnsPairsByTheirPositions(width: Int) {
      check(width: width, Float.self)
      check(width: width, BFloat16.self)
    }

    private func check<E: ActivationElement>(width: Int, _ type: E.Type) {
      var generator = SplitMix64(seed: 5)
      let (batch, sequence, heads) = (2, 3, 2)
      let values = generator.floats(batch * sequence * heads * width).rounded(to: E.self)
      let positions: [Int32] = [7, 0, 39, 2, 2, 1]
      let table = RotaryTable(headWidth: width, positions: 40, theta: 500)
      let places = Numbers<Int32>(positions)
      let upstream = generator.floats(values.count).rounded(to: E.self)
      func reference(_ x: [Double]) -> [Double] {
        Reference.rotate(
          x, heads: heads, width: width, theta: 500, positions: positions.map { Int($0) })
      }
      let turned = reference(values.doubles)
      let gradient = FiniteDifference.gradient(at: values.doubles) {
        zip(reference($0), upstream).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      let tolerance = Tolerance(E.self)
      for set in InstructionSet.available {
        // The gradient is the transposed matrix's, and a rotation's transpose is its inverse.
        for (input, expected, inverse) in [(values, turned, false), (upstream, gradient, true)] {
          let x = Numbers<E>(rounding: input)
          set {
            rotate(
              Heads(
                x.base, batchStride: sequence * heads * width, tokenStride: heads * width,
                headStride: width),
              batch: batch, sequence: sequence, heads: heads, positions: places.base,
              positionsBatchStride: sequence, table: table, inverse: inverse)
          }
          expectClose(
            x.floats, expected, absolute: tolerance.absolute, relative: tolerance.relative,
            "\(set), \(E.self)")
        }
      }
    }

    @Test func countsTokensWherePositionsAreLeftOut() {
      var generator = SplitMix64(seed: 6)
      let values = generator.floats(2 * 5 * 8)
      let table = RotaryTable(headWidth: 8, positions: 5, theta: 10_000)
      let counted = Numbers<Float>(values)
      let named = Numbers<Float>(values)
      let places = Numbers<Int32>([0, 1, 2, 3, 4])
      func view(_ numbers: Numbers<Float>) -> Heads<Float> {
        Heads(numbers.base, batchStride: 40, tokenStride: 8, headStride: 8)
      }
      rotate(view(counted), batch: 2, sequence: 5, heads: 1, table: table)
      rotate(view(named), batch: 2, sequence: 5, heads: 1, positions: places.base, table: table)
      #expect(counted.bits == named.bits)
    }
  }
}
