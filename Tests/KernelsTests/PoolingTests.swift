import ParableKernels
import ParablePlatform
import TestSupport
import Testing

@Suite("Pooling and embedding")
struct PoolingTests {
  /// Tokens on the right left out, tokens in the middle, all, none.
  private let mask: [UInt8] = [1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0]

  @Test(arguments: Pooling.allCases)
  func agreesWithTheFormulaAndItsGradient(pooling: Pooling) {
    let (batch, sequence, width) = (4, 4, 19)
    var generator = SplitMix64(seed: 15)
    let values = generator.floats(batch * sequence * width)
    let upstream = generator.floats(batch * width)
    let before = generator.floats(values.count)
    let hidden = Numbers<Float>(values)
    let bytes = Numbers<UInt8>(mask)
    let output = Numbers<Float>(batch * width)
    let dOutput = Numbers<Float>(upstream)
    let dHidden = Numbers<Float>(before)
    pool(
      hidden.matrix(columns: width).readOnly, mask: bytes.base, sequence: sequence,
      pooling: pooling,
      into: output.matrix(columns: width))
    poolBackward(
      dOutput.matrix(columns: width).readOnly, hidden: hidden.matrix(columns: width).readOnly,
      mask: bytes.base,
      sequence: sequence, pooling: pooling, addingTo: dHidden.matrix(columns: width))

    let mask = mask
    func reference(_ x: [Double]) -> [Double] {
      (0..<batch).flatMap { b in
        (0..<width).map { i in
          let kept = (0..<sequence).filter { mask[b * sequence + $0] != 0 }
            .map { x[(b * sequence + $0) * width + i] }
          return switch pooling {
          case .last: kept.last ?? 0
          case .mean: kept.isEmpty ? 0 : kept.reduce(0, +) / Double(kept.count)
          case .max: kept.max() ?? 0
          }
        }
      }
    }
    expectClose(output.floats, reference(values.doubles), absolute: 1e-6, relative: 1e-6)
    let gradient = FiniteDifference.gradient(at: values.doubles) {
      zip(reference($0), upstream).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    expectClose(
      dHidden.floats, zip(gradient, before.doubles).map { $0 + $1 }, absolute: 1e-6,
      relative: 1e-6)
  }

  @Test func maximumShowsWhatIsNotANumber() {
    let hidden = Numbers<Float>([1, 5, .nan, 7, 3, 2])
    let bytes = Numbers<UInt8>([1, 1, 1])
    let output = Numbers<Float>(2)
    pool(
      hidden.matrix(columns: 2).readOnly, mask: bytes.base, sequence: 3, pooling: .max,
      into: output.matrix(columns: 2))
    #expect(output.floats[0].isNaN)
    #expect(output.floats[1] == 7)
  }

  @Test func embeddingLooksUpAndAddsBack() {
    var generator = SplitMix64(seed: 16)
    let table = Numbers<Float>(generator.floats(6 * 5))
    let ids = Numbers<Int32>([2, 0, 5, 2])
    let output = Numbers<Float>(4 * 5)
    embedding(ids.buffer, table: table.matrix(columns: 5).readOnly, into: output.matrix(columns: 5))
    let rows = table.floats
    #expect(output.floats == ids.array.flatMap { rows[Int($0) * 5..<Int($0) * 5 + 5] })

    let upstream = generator.floats(4 * 5)
    let dOutput = Numbers<Float>(upstream)
    let dTable = Numbers<Float>(30, of: 1)
    embeddingBackward(
      ids.buffer, dOutput: dOutput.matrix(columns: 5).readOnly, addingTo: dTable.matrix(columns: 5))
    var expected = [Float](repeating: 1, count: 30)
    for (row, id) in ids.array.enumerated() {
      for i in 0..<5 { expected[Int(id) * 5 + i] += upstream[row * 5 + i] }
    }
    #expect(dTable.floats == expected)
  }
}
