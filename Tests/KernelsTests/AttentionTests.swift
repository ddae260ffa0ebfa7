import ParableKernels
import ParablePlatform
import TestSupport
import Testing

extension KernelLoops {
  @Suite("Attention")
  struct AttentionTests {
    /// Below, at and above the sizes of blocks and vectors; one query; more queries than keys.
    static let shapes = [
      AttentionShape(batch: 1, heads: 1, queryLength: 1, headWidth: 1),
      AttentionShape(batch: 2, heads: 3, queryLength: 5, keyLength: 7, headWidth: 3, valueWidth: 5),
      AttentionShape(batch: 1, heads: 2, queryLength: 1, keyLength: 70, headWidth: 32),
      AttentionShape(
        batch: 1, heads: 1, queryLength: 37, keyLength: 131, headWidth: 20, valueWidth: 33),
      AttentionShape(batch: 1, heads: 1, queryLength: 67, headWidth: 32),
      AttentionShape(batch: 2, heads: 1, queryLength: 9, keyLength: 4, headWidth: 6),
    ]

    @Test(arguments: shapes)
    func agreesWithTheFormula(shape: AttentionShape) {
      for mask in SampleMask.allCases {
        check(shape, mask, Float.self)
        check(shape, mask, BFloat16.self)
      }
    }

    /// The reference's own gradient is that of its forward pass.
    @Test(arguments: SampleMask.allCases)
    func referenceGradientIsTheDifferenceQuotient(mask: SampleMask) {
      let shape = Self.shapes[1]
      let sample = AttentionSample<Float>(shape, mask, seed: 7)
      let reference = sample.reference
      let (query, key, value) = (
        sample.query.floats.doubles, sample.key.floats.doubles, sample.value.floats.doubles
      )
      let dOutput = sample.dOutput.floats.doubles
      let found = reference.backward(dOutput, query: query, key: key, value: value)
      let expected = FiniteDifference.gradient(at: query + key + value) { point in
        let output = reference.forward(
          query: Array(point[..<query.count]),
          key: Array(point[query.count..<query.count + key.count]),
          value: Array(point[(query.count + key.count)...]))
        return zip(output, dOutput).reduce(0) { $0 + $1.0 * $1.1 }
      }
      expectClose(
        found.dQuery + found.dKey + found.dValue, expected, absolute: 1e-8, relative: 1e-6)
    }

    private func check<E: ActivationElement>(
      _ shape: AttentionShape, _ mask: SampleMask, _ type: E.Type
    ) {
      let inputs = AttentionSample<E>(shape, mask, seed: 8)
      let (query, key, value) = (
        inputs.query.floats.doubles, inputs.key.floats.doubles, inputs.value.floats.doubles
      )
      let output = inputs.reference.forward(query: query, key: key, value: value)
      let gradients = inputs.reference.backward(
        inputs.dOutput.floats.doubles, query: query, key: key, value: value)
      let tolerance = Tolerance(E.self, roundings: 2)
      for set in InstructionSet.available {
        let sample = AttentionSample<E>(shape, mask, seed: 8)
        set { sample.run() }
        let place = "\(set), \(E.self), \(mask), \(shape)"
        expectClose(
          sample.output.floats, output, absolute: tolerance.absolute, relative: tolerance.relative,
          "output, \(place)")
        // Sums over many queries of numbers that the rounded output entered.
        for (name, found, expected) in [
          ("dQuery", sample.dQuery, gradients.dQuery), ("dKey", sample.dKey, gradients.dKey),
          ("dValue", sample.dValue, gradients.dValue),
        ] {
          expectClose(
            found.floats, expected, absolute: 4 * tolerance.absolute,
            relative: 4 * tolerance.relative, "\(name), \(place)")
        }
      }
    }

    @Test(arguments: InstructionSet.available)
    func queriesThatSeeNothingGiveZerosAndNoGradient(set: InstructionSet) {
      let shape = AttentionShape(batch: 1, heads: 2, queryLength: 40, keyLength: 66, headWidth: 8)
      let sample = AttentionSample<Float>(shape, .nothing, seed: 9)
      set { sample.run() }
      for numbers in [sample.output, sample.dQuery, sample.dKey, sample.dValue] {
        #expect(numbers.floats.allSatisfy { $0 == 0 })
      }
      #expect(sample.logSumExp.floats.allSatisfy { $0 == -.infinity })
    }

    @Test(arguments: InstructionSet.available)
    func scoresOfAThousandStayFinite(set: InstructionSet) {
      let shape = AttentionShape(batch: 1, heads: 1, queryLength: 35, headWidth: 4)
      let sample = AttentionSample<Float>(shape, .causal, seed: 10, scale: 60)
      set { sample.run() }
      let reference = sample.reference.forward(
        query: sample.query.floats.doubles, key: sample.key.floats.doubles,
        value: sample.value.floats.doubles)
      expectClose(sample.output.floats, reference, absolute: 0.05, relative: 1e-3)
      #expect(sample.dQuery.floats.allSatisfy { $0.isFinite })
    }

    @Test(arguments: InstructionSet.available)
    func whatIsNotANumberIsSeenByThoseWhoSeeIt(set: InstructionSet) {
      let shape = AttentionShape(batch: 1, heads: 1, queryLength: 40, headWidth: 8)
      let sample = AttentionSample<Float>(shape, .causal, seed: 11)
      sample.key.base[20 * 8 + 3] = .nan
      set { sample.run() }
      let output = sample.output.floats
      #expect(output[..<(20 * 8)].allSatisfy { $0.isFinite })
      #expect(output[(20 * 8)...].allSatisfy { $0.isNaN })
      #expect(sample.dQuery.floats[(20 * 8)...].contains { $0.isNaN })
    }

    @Test(arguments: InstructionSet.available)
    func bitsDependNeitherOnPlaceNorOnCompany(set: InstructionSet) {
      let shape = AttentionShape(batch: 2, heads: 2, queryLength: 45, headWidth: 32)
      let whole = AttentionSample<Float>(shape, .causal, seed: 12)
      let shifted = AttentionSample<Float>(shape, .causal, seed: 12, shift: 5)
      set {
        whole.run()
        shifted.run()
      }
      #expect(whole.resultBits == shifted.resultBits)

      // The first or the last queries of the second sequence, without the first sequence.
      let (start, row) = (whole.query.count / 2, 2 * 32)
      for queries in [45, 44, 13, 3, 1] {
        let first = part(queries: 0..<queries, keys: queries)
        #expect(first == Array(whole.output.bits[start..<start + queries * row]))
        let last = part(queries: 45 - queries..<45, keys: 45)
        #expect(last == Array(whole.output.bits[(start + (45 - queries) * row)...]))
      }

      func part(queries: Range<Int>, keys: Int) -> [UInt32] {
        let sample = AttentionSample<Float>(
          AttentionShape(
            batch: 1, heads: 2, queryLength: queries.count, keyLength: keys, headWidth: 32),
          .causal, seed: 0)
        sample.query.base.update(
          from: whole.query.base + start + queries.lowerBound * row, count: sample.query.count)
        sample.key.base.update(from: whole.key.base + start, count: sample.key.count)
        sample.value.base.update(from: whole.value.base + start, count: sample.value.count)
        set { sample.run() }
        return sample.output.bits
      }
    }

    @Test(arguments: InstructionSet.available)
    func variantsAgreeAtTheUsualShape(set: InstructionSet) {
      let shape = AttentionShape(batch: 1, heads: 1, queryLength: 256, headWidth: 32)
      let plain = AttentionSample<Float>(shape, .causal, seed: 13)
      let fast = AttentionSample<Float>(shape, .causal, seed: 13)
      InstructionSet.baseline { plain.run() }
      set { fast.run() }
      for (found, expected) in zip(fast.results, plain.results) {
        expectClose(found.floats, expected.floats, absolute: 5e-6, relative: 5e-5)
      }
    }
  }
}

/// The masks of the tests.
enum SampleMask: CaseIterable, Sendable {
  case all
  case causal
  case branches
  case scattered
  case scatteredForAllHeads
  case nothing
}

/// The inputs and results of one attention, heads side by side in rows.
final class AttentionSample<E: ActivationElement> {
  let shape: AttentionShape
  let query, key, value, dOutput, output, dQuery, dKey, dValue: Numbers<E>
  let logSumExp: Numbers<Float>
  private let mask: SampleMask
  private let bytes: Numbers<UInt8>
  private let gapFirst, gapEnd: Numbers<Int32>

  init(
    _ shape: AttentionShape, _ mask: SampleMask, seed: UInt64, scale: Float = 2, shift: Int = 0
  ) {
    self.shape = shape
    self.mask = mask
    var generator = SplitMix64(seed: seed)
    let queries = shape.batch * shape.queryLength * shape.heads
    let keys = shape.batch * shape.keyLength * shape.heads
    func random(_ count: Int) -> Numbers<E> {
      Numbers(rounding: generator.floats(count, in: -scale...scale), shift: shift)
    }
    query = random(queries * shape.headWidth)
    key = random(keys * shape.headWidth)
    value = random(keys * shape.valueWidth)
    dOutput = random(queries * shape.valueWidth)
    output = Numbers(queries * shape.valueWidth, shift: shift)
    dQuery = Numbers(queries * shape.headWidth, shift: shift)
    dKey = Numbers(keys * shape.headWidth, shift: shift)
    dValue = Numbers(keys * shape.valueWidth, shift: shift)
    logSumExp = Numbers(queries, shift: shift)
    // A common beginning, branches of three that see it and themselves, a key alone at the end.
    let (common, last) = (shape.keyLength / 2, shape.keyLength - 1)
    let offset = shape.keyLength - shape.queryLength
    gapFirst = Numbers(
      (0..<shape.queryLength).map { i in
        Int32(i + offset == last ? 0 : i + offset < common ? 0 : common)
      })
    gapEnd = Numbers(
      (0..<shape.queryLength).map { i in
        let place = i + offset
        return Int32(
          place == last ? max(0, last) : place < common ? 0 : common + (place - common) / 3 * 3)
      })
    let heads = mask == .scatteredForAllHeads ? 1 : shape.batch * shape.heads
    bytes = Numbers(
      (0..<heads * shape.queryLength * shape.keyLength).map { _ in
        mask == .nothing ? 0 : UInt8.random(in: 0...1, using: &generator)
      })
  }

  var attentionMask: AttentionMask {
    let size = shape.queryLength * shape.keyLength
    return switch mask {
    case .all: .all
    case .causal: .causal
    case .branches: .causalWithGaps(gapFirst: gapFirst.base, gapEnd: gapEnd.base)
    case .scattered, .nothing:
      .boolean(bytes.base, batchStride: shape.heads * size, headStride: size)
    case .scatteredForAllHeads: .boolean(bytes.base, batchStride: 0, headStride: 0)
    }
  }

  var reference: Reference.Attention {
    let (shape, mask, bytes) = (shape, mask, bytes.array)
    let (gapFirst, gapEnd) = (gapFirst.array, gapEnd.array)
    return Reference.Attention(shape: shape) { b, h, i, j in
      switch mask {
      case .all: true
      case .causal: j <= i + shape.keyLength - shape.queryLength
      case .branches:
        j <= i + shape.keyLength - shape.queryLength
          && !(gapFirst[i]..<gapEnd[i]).contains(Int32(j))
      case .scatteredForAllHeads: bytes[i * shape.keyLength + j] != 0
      case .scattered, .nothing:
        bytes[((b * shape.heads + h) * shape.queryLength + i) * shape.keyLength + j] != 0
      }
    }
  }

  func run() {
    attention(
      query: heads(query, shape.queryLength, shape.headWidth),
      key: heads(key, shape.keyLength, shape.headWidth),
      value: heads(value, shape.keyLength, shape.valueWidth), shape: shape, mask: attentionMask,
      into: heads(output, shape.queryLength, shape.valueWidth), logSumExp: logSumExp.base)
    attentionBackward(
      heads(dOutput, shape.queryLength, shape.valueWidth),
      query: heads(query, shape.queryLength, shape.headWidth),
      key: heads(key, shape.keyLength, shape.headWidth),
      value: heads(value, shape.keyLength, shape.valueWidth),
      output: heads(output, shape.queryLength, shape.valueWidth), logSumExp: logSumExp.base,
      shape: shape, mask: attentionMask,
      into: heads(dQuery, shape.queryLength, shape.headWidth),
      into: heads(dKey, shape.keyLength, shape.headWidth),
      into: heads(dValue, shape.keyLength, shape.valueWidth))
  }

  var results: [Numbers<E>] { [output, dQuery, dKey, dValue] }
  var resultBits: [[UInt32]] { results.map(\.bits) + [logSumExp.bits] }

  private func heads(_ numbers: Numbers<E>, _ length: Int, _ width: Int) -> Heads<E> {
    Heads(numbers.matrix(columns: shape.heads * width), sequence: length, headWidth: width)
  }
}
