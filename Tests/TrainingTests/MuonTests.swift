import Foundation
import ParableKernels
import ParableModel
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

/// Muon against what PyTorch makes of the same matrices and gradients.
@Suite struct MuonTests {
  /// A case of `Tests/References/muon.json`, which the script beside it writes.
  struct Reference: Decodable, Sendable {
    let rows: Int
    let columns: Int
    let rate: Double
    let decay: Double
    let momentum: Double
    let start: [Float]
    let gradients: [[Float]]
    /// By the formula, in 64 bits.
    let formula: [Float]
    /// By torch.optim.Muon, which multiplies in bfloat16.
    let torch: [Float]
  }

  static let references: [Reference] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("References/muon.json")
    return (try? JSONDecoder().decode([Reference].self, from: Data(contentsOf: file))) ?? []
  }()

  @Test func thereAreReferences() { #expect(Self.references.count == 4) }

  @Test(arguments: references)
  func updatesAreThoseOfTheFormulaAndOfPyTorch(_ reference: Reference) throws {
    // The learning rate of AdamW is another one, and gradients are twice as large before clipping.
    let muon = Muon(
      momentum: reference.momentum, rateFactor: 4, weightDecay: reference.decay)
    func matrix(_ values: [Float]) -> MutableMatrix<Float> {
      MutableMatrix(OwnedBuffer(values), rows: reference.rows, columns: reference.columns)
    }
    let parameters = matrix(reference.start)
    let momentum = matrix(reference.start.map { _ in 0 })
    let orthogonalization = Orthogonalization()
    for gradient in reference.gradients {
      muon.update(
        parameters, gradient: matrix(gradient.map { 2 * $0 }).readOnly, momentum: momentum,
        gradientScale: 0.5, learningRate: reference.rate / 4, orthogonalization)
    }
    let found = Array(UnsafeBufferPointer(start: parameters.base, count: parameters.count))
    func distance(_ other: [Float]) -> Double {
      let (apart, moved) = zip(found.indices, other).reduce(into: (0.0, 0.0)) { sums, pair in
        sums.0 += pow(Double(found[pair.0] - pair.1), 2)
        sums.1 += pow(Double(reference.start[pair.0] - pair.1), 2)
      }
      return (apart / moved).squareRoot()
    }
    #expect(distance(reference.formula) < 1e-4)
    #expect(distance(reference.torch) < 0.02)
    // Of each element, too.
    expectClose(found, reference.formula, absolute: 1e-5, relative: 1e-4)
  }

  @Test func aMatrixOfNothingStaysAsItIs() {
    let parameters = MutableMatrix(OwnedBuffer<Float>(repeating: 3, count: 12), rows: 3, columns: 4)
    let zeros = MutableMatrix(OwnedBuffer<Float>(count: 12), rows: 3, columns: 4)
    Muon(weightDecay: 0).update(
      parameters, gradient: zeros.readOnly, momentum: zeros, gradientScale: 1, learningRate: 1,
      Orthogonalization())
    #expect((0..<12).allSatisfy { parameters.base[$0] == 3 })
  }

  /// Only the matrices of blocks; queries, keys and values each by themselves.
  @Test func itIsForTheMatricesOfBlocks() {
    let layout = ParameterLayout(
      ModelConfiguration(
        vocabulary: 29, context: 6, width: 12, layers: 2, heads: 2, hidden: 10),
      hasClassifier: true)
    let names = layout.entries.filter(Muon.updates).map(\.huggingFaceName)
    #expect(names.count == 14)
    #expect(names.allSatisfy { $0.hasPrefix("model.layers.") && !$0.contains("norm") })
    let optimizer = Optimizer(layout, muon: Muon())
    #expect(optimizer.moments[0].entries == layout.entries)
    #expect(optimizer.moments[1].entries == layout.entries.filter { !Muon.updates($0) })
    for (kind, optimizer) in [(Optimizer.Kind.muon, optimizer), (.adamw, Optimizer(layout))] {
      let counts = optimizer.moments.flatMap(\.entries).map(\.count)
      #expect(kind.momentCount(of: layout) == counts.reduce(0, +))
    }
  }
}
