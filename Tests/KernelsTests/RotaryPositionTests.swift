import Kernels
import TestSupport
import Testing

extension KernelLoops {
  @Suite("Rotary position")
  struct RotaryPositionTests {
    @Test(arguments: InstructionSet.available, [2, 6, 32, 70])
    func turnsPairsByTheirPositions(set: InstructionSet, width: Int) {
      check(set, width: width, Float.self)
      check(set, width: width, BFloat16.self)
    }

    private func check<E: ActivationElement>(_ set: InstructionSet, width: Int, _ type: E.Type) {
      var generator = SeededGenerator(seed: 5)
      let (batch, sequence, heads) = (2, 3, 2)
      let values = generator.floats(batch * sequence * heads * width).rounded(to: E.self)
      let positions: [Int32] = [7, 0, 39, 2, 2, 1]
      let table = RotaryTable(headWidth: width, positions: 40, theta: 500)
      let places = Numbers<Int32>(positions)
      let x = Numbers<E>(rounding: values)
      let view = Heads(
        x.base, batchStride: sequence * heads * width, tokenStride: heads * width,
        headStride: width)
      func turn(inverse: Bool) {
        set {
          rotate(
            view, batch: batch, sequence: sequence, heads: heads, positions: places.base,
            positionsBatchStride: sequence, table: table, inverse: inverse)
        }
      }
      turn(inverse: false)
      let tolerance = Tolerance(E.self)
      expectClose(
        x.floats,
        Reference.rotate(
          values.doubles, heads: heads, width: width, theta: 500,
          positions: positions.map { Int($0) }),
        absolute: tolerance.absolute, relative: tolerance.relative)

      // The gradient is the transposed matrix's, and a rotation's transpose is its inverse.
      let upstream = generator.floats(values.count).rounded(to: E.self)
      x.base.update(from: upstream.map { E($0) }, count: values.count)
      turn(inverse: true)
      let expected = FiniteDifference.gradient(at: values.doubles) {
        let y = Reference.rotate(
          $0, heads: heads, width: width, theta: 500, positions: positions.map { Int($0) })
        return zip(y, upstream).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      expectClose(
        x.floats, expected, absolute: tolerance.absolute, relative: tolerance.relative)
    }

    @Test func countsTokensWherePositionsAreLeftOut() {
      var generator = SeededGenerator(seed: 6)
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
