import Foundation
import ParableKernels
import ParablePlatform
import TestSupport
import Testing

extension KernelLoops {
  @Suite("Gradient norm")
  struct GradientNormTests {
    @Test(arguments: InstructionSet.available, [0, 1, 15, 33, 70_001])
    func sumOfSquaresIsThatOfDoubles(set: InstructionSet, count: Int) {
      var generator = SplitMix64(seed: 12)
      let values = generator.floats(count)
      let numbers = Numbers<Float>(values)
      let shifted = Numbers<Float>(values, shift: 3)
      let sum = set { sumOfSquares(numbers.buffer) }
      let expected = values.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(abs(sum - expected) <= 1e-12 * expected)
      #expect(sum == set { sumOfSquares(shifted.buffer) })

      // Owners of whole chunks find the same bits.
      let chunks = stride(from: 0, to: count, by: sumOfSquaresChunk).map { start in
        set {
          sumOfSquares(
            UnsafeBufferPointer(
              rebasing: numbers.buffer[start..<min(start + sumOfSquaresChunk, count)]))
        }
      }
      #expect(chunks.reduce(0, +) == sum)
    }

    @Test(arguments: InstructionSet.available)
    func extremesAreSeen(set: InstructionSet) {
      func sum(_ values: [Float]) -> Double {
        let numbers = Numbers<Float>(values)
        return set { sumOfSquares(numbers.buffer) }
      }
      #expect(sum([Float](repeating: 1e-30, count: 50)) > 4.9e-59)
      #expect(sum([Float](repeating: 3e38, count: 50)).isFinite)
      #expect(sum([Float](repeating: 1, count: 50) + [.infinity]) == .infinity)
      #expect(sum([Float](repeating: 1, count: 50) + [.nan]).isNaN)
    }

    @Test func clippingScalesDownAndNeverUp() {
      #expect(clippingScale(norm: 0.5, maximum: 1) == 1)
      #expect(clippingScale(norm: 0, maximum: 1e-6) == 1)
      #expect(abs(clippingScale(norm: 10, maximum: 1) - 0.1) < 1e-7)
      #expect(abs(clippingScale(norm: 1e3, maximum: 1e-6) - 1e-9) < 1e-17)
      #expect(clippingScale(norm: .nan, maximum: 1).isNaN)
      #expect(clippingScale(norm: .infinity, maximum: 1) == 0)
    }

    @Test(arguments: InstructionSet.available)
    func scalingIsInPlace(set: InstructionSet) {
      let numbers = Numbers<Float>((0..<37).map { Float($0) })
      set { scale(UnsafeMutableBufferPointer(start: numbers.base, count: 37), by: 0.5) }
      #expect(numbers.floats == (0..<37).map { Float($0) / 2 })
    }
  }

  @Suite("AdamW")
  struct AdamWTests {
    @Test(arguments: InstructionSet.available, [1, 35, 64])
    func followsTheFormula(set: InstructionSet, count: Int) {
      var generator = SplitMix64(seed: 13)
      let start = generator.floats(count)
      let parameters = Numbers<Float>(start)
      let first = Numbers<Float>(count, of: 0)
      let second = Numbers<Float>(count, of: 0)
      var expected = start.doubles
      var m = [Double](repeating: 0, count: count)
      var v = m
      for step in 1...6 {
        let gradients = generator.floats(count, in: -8...8)
        let numbers = Numbers<Float>(gradients)
        set {
          adamW(
            parameters: parameters.base, gradients: numbers.base, firstMoment: first.base,
            secondMoment: second.base, count: count, learningRate: 0.01, beta1: 0.9, beta2: 0.95,
            epsilon: 1e-8, weightDecay: 0.1, step: step, gradientScale: 0.125)
        }
        for i in 0..<count {
          let g = Double(gradients[i]) * 0.125
          m[i] = 0.9 * m[i] + 0.1 * g
          v[i] = 0.95 * v[i] + 0.05 * g * g
          let mean = m[i] / (1 - pow(0.9, Double(step)))
          let square = v[i] / (1 - pow(0.95, Double(step)))
          expected[i] -= 0.01 * 0.1 * expected[i]
          expected[i] -= 0.01 * mean / (square.squareRoot() + 1e-8)
        }
      }
      expectClose(parameters.floats, expected, absolute: 2e-7, relative: 2e-6)
      expectClose(first.floats, m, absolute: 1e-7, relative: 2e-6)
      expectClose(second.floats, v, absolute: 1e-9, relative: 2e-6)
    }

    @Test(arguments: InstructionSet.available)
    func slicesGiveTheBitsOfTheWhole(set: InstructionSet) {
      var generator = SplitMix64(seed: 14)
      let (p, g, m) = (generator.floats(101), generator.floats(101), generator.floats(101))
      let v = generator.floats(101, in: 0...1)
      func stepped(_ cuts: [Int]) -> [UInt32] {
        let all = [p, m, v].map { Numbers<Float>($0, shift: cuts.count) }
        let gradients = Numbers<Float>(g)
        for (from, to) in zip([0] + cuts, cuts + [101]) {
          set {
            adamW(
              parameters: all[0].base + from, gradients: gradients.base + from,
              firstMoment: all[1].base + from, secondMoment: all[2].base + from,
              count: to - from, learningRate: 3e-4, beta1: 0.9, beta2: 0.95, epsilon: 1e-8,
              weightDecay: 0.1, step: 3)
          }
        }
        return all.flatMap(\.bits)
      }
      let whole = stepped([])
      #expect(stepped([50]) == whole)
      #expect(stepped([1, 18, 19, 77]) == whole)
    }
  }
}
