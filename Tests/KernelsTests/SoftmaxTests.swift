import ParableKernels
import ParablePlatform
import TestSupport
import Testing

extension KernelLoops {
  @Suite("Softmax")
  struct SoftmaxTests {
    @Test(
      arguments: InstructionSet.available,
      [(1, 1, 1), (3, 9, 1), (2, 33, 1), (4, 6, 5), (1, 3, 40), (2, 1, 3)])
    func alongAnyDimension(set: InstructionSet, shape: (Int, Int, Int)) {
      let (before, along, after) = shape
      var generator = SplitMix64(seed: 7)
      for range in [Float(-3)...3, -1000...1000, 990...1000, -1000 ... -999] {
        let values = generator.floats(before * along * after, in: range)
        let upstream = generator.floats(values.count)
        let x = Numbers<Float>(values)
        let y = Numbers<Float>(values.count)
        let dy = Numbers<Float>(upstream)
        let dx = Numbers<Float>(values.count)
        set {
          softmax(x.base, before: before, along: along, after: after, into: y.base)
          softmaxBackward(
            dy.base, y: y.base, before: before, along: along, after: after, into: dx.base)
        }
        expectClose(
          y.floats, Reference.softmax(values.doubles, along: along, after: after),
          absolute: 1e-7, relative: 1e-6)
        let expected = FiniteDifference.gradient(at: values.doubles) {
          zip(Reference.softmax($0, along: along, after: after), upstream)
            .reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        expectClose(dx.floats, expected, absolute: 1e-6, relative: 1e-5)
      }
    }

    @Test(arguments: InstructionSet.available)
    func inputMayBeOverwritten(set: InstructionSet) {
      var generator = SplitMix64(seed: 8)
      let values = generator.floats(3 * 17)
      let x = Numbers<Float>(values)
      set { softmax(x.base, before: 3, along: 17, after: 1, into: x.base) }
      expectClose(
        x.floats, Reference.softmax(values.doubles, along: 17), absolute: 1e-7, relative: 1e-6)
    }

    /// The exponential itself: e^(x − 0) over a maximum of 0 and a sum that is known.
    @Test(arguments: InstructionSet.available)
    func exponentialIsWithinTwoUnits(set: InstructionSet) {
      var generator = SplitMix64(seed: 9)
      let values: [Float] = generator.floats(3000, in: -80...0).flatMap { [0, $0] }
      let x = Numbers<Float>(values)
      let y = Numbers<Float>(values.count)
      set { softmax(x.base, before: 3000, along: 2, after: 1, into: y.base) }
      expectClose(
        y.floats, Reference.softmax(values.doubles, along: 2), absolute: 0, relative: 4e-7)
    }

    @Test(arguments: InstructionSet.available)
    func whatIsNotANumberSpreadsOverItsRow(set: InstructionSet) {
      for place in [0, 5, 31, 34] {
        var values = [Float](repeating: 1, count: 70)
        values[place] = .nan
        let x = Numbers<Float>(values)
        let y = Numbers<Float>(70)
        set { softmax(x.base, before: 2, along: 35, after: 1, into: y.base) }
        #expect(y.floats[..<35].allSatisfy { $0.isNaN })
        #expect(y.floats[35...].allSatisfy { $0.isFinite })
      }
    }
  }

  @Suite("Cross-entropy")
  struct CrossEntropyTests {
    @Test(arguments: InstructionSet.available, [(1, 1), (5, 17), (3, 50), (2, 64)])
    func lossAndGradient(set: InstructionSet, shape: (Int, Int)) {
      check(set, rows: shape.0, vocabulary: shape.1, Float.self)
      check(set, rows: shape.0, vocabulary: shape.1, BFloat16.self)
    }

    private func check<E: ActivationElement>(
      _ set: InstructionSet, rows: Int, vocabulary: Int, _ type: E.Type
    ) {
      var generator = SplitMix64(seed: 10)
      for range in [Float(-4)...4, -1000...1000] {
        let values = generator.floats(rows * vocabulary, in: range)
        let targets = (0..<rows).map { _ in
          Int32.random(in: 0..<Int32(vocabulary), using: &generator)
        }
        let logits = Numbers<Float>(values)
        let places = Numbers<Int32>(targets)
        let dLogits = Numbers<E>(values.count)
        let sums = set {
          crossEntropy(
            logits.matrix(columns: vocabulary).readOnly, targets: places.base, gradientScale: 0.25,
            dLogits: dLogits.matrix(columns: vocabulary))
        }
        let expected = Reference.crossEntropy(values.doubles, targets: targets)
        #expect(abs(sums.loss - expected) <= 2e-6 * (1 + abs(expected)))
        #expect(sums.counted == rows)
        let gradient = FiniteDifference.gradient(at: values.doubles) {
          0.25 * Reference.crossEntropy($0, targets: targets)
        }
        let tolerance = Tolerance(E.self)
        expectClose(
          dLogits.floats, gradient, absolute: tolerance.absolute, relative: tolerance.relative)

        // The same in the place of the logits.
        let place = Numbers<Float>(values)
        let view = place.matrix(columns: vocabulary)
        _ = set {
          crossEntropy(view.readOnly, targets: places.base, gradientScale: 0.25, dLogits: view)
        }
        #expect(place.floats.rounded(to: E.self) == dLogits.floats)
      }
    }

    @Test(arguments: InstructionSet.available)
    func rowsThatAreIgnoredCountNothing(set: InstructionSet) {
      var generator = SplitMix64(seed: 11)
      let values = generator.floats(4 * 21)
      let targets: [Int32] = [3, -100, 20, -100]
      let logits = Numbers<Float>(values)
      let places = Numbers<Int32>(targets)
      let dLogits = Numbers<Float>(values.count)
      let sums = set {
        crossEntropy(
          logits.matrix(columns: 21).readOnly, targets: places.base, ignoring: -100,
          gradientScale: 1,
          dLogits: dLogits.matrix(columns: 21))
      }
      let expected = Reference.crossEntropy(values.doubles, targets: targets, ignoring: -100)
      #expect(abs(sums.loss - expected) < 1e-5)
      #expect(sums.counted == 2)
      #expect(dLogits.floats[21..<42].allSatisfy { $0 == 0 })
      #expect(dLogits.floats[63...].allSatisfy { $0 == 0 })
      #expect(dLogits.floats[..<21].contains { $0 != 0 })
    }

    @Test(arguments: InstructionSet.available)
    func theFirstOfEqualLogitsIsTheAnswer(set: InstructionSet) {
      var rows = [[Float]](repeating: [Float](repeating: 0, count: 40), count: 4)
      rows[0][39] = 1
      rows[1][7] = 1
      rows[1][39] = 1
      rows[2][39] = 1
      let logits = Numbers<Float>(rows.flatMap { $0 })
      let places = Numbers<Int32>([39, 39, 38, 0])
      let sums = set { crossEntropy(logits.matrix(columns: 40).readOnly, targets: places.base) }
      #expect(sums.correct == 2)
      #expect(sums.counted == 4)
    }

    @Test(arguments: InstructionSet.available)
    func whatIsNotANumberIsInTheLoss(set: InstructionSet) {
      for value in [Float.nan, .infinity] {
        var values = [Float](repeating: 1, count: 40)
        values[33] = value
        let logits = Numbers<Float>(values)
        let places = Numbers<Int32>([2])
        let dLogits = Numbers<Float>(40)
        let sums = set {
          crossEntropy(
            logits.matrix(columns: 40).readOnly, targets: places.base, gradientScale: 1,
            dLogits: dLogits.matrix(columns: 40))
        }
        #expect(!sums.loss.isFinite)
        #expect(dLogits.floats.contains { $0.isNaN })
      }
    }
  }
}
