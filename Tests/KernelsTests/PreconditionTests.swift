import ParableKernels
import Testing

/// Numbers outside of a table end the program instead of reading what lies beside it, which is there
/// to be read in these tests.
@Suite("Preconditions of kernels")
struct PreconditionTests {
  @Test func targetsLieInTheVocabulary() async {
    await #expect(processExitsWith: .failure) {
      let logits = Numbers<Float>(6, of: 0, shift: 8)
      let targets = Numbers<Int32>([0, 3])
      _ = crossEntropy(logits.matrix(columns: 3).readOnly, targets: targets.base)
    }
    await #expect(processExitsWith: .failure) {
      let logits = Numbers<Float>(6, of: 0, shift: 8)
      let targets = Numbers<Int32>([0, -100])
      _ = crossEntropy(logits.matrix(columns: 3).readOnly, targets: targets.base, ignoring: -1)
    }
  }

  @Test func idsLieInTheTable() async {
    await #expect(processExitsWith: .failure) {
      let table = Numbers<Float>(6, of: 0, shift: 8)
      let ids = Numbers<Int32>([2])
      let output = Numbers<Float>(3)
      embedding(
        ids.buffer, table: table.matrix(columns: 3).readOnly, into: output.matrix(columns: 3))
    }
  }

  @Test func positionsLieInTheTable() async {
    await #expect(processExitsWith: .failure) {
      let table = RotaryTable(headWidth: 2, positions: 4, theta: 10_000)
      let positions = Numbers<Int32>([4])
      let x = Numbers<Float>(2, of: 1)
      let view = Heads(x.base, batchStride: 2, tokenStride: 2, headStride: 2)
      rotate(
        view, batch: 1, sequence: 1, heads: 1, positions: positions.base, table: table)
    }
  }
}
