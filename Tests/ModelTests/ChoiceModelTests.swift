import Foundation
import Kernels
import Model
import Testing

@Suite struct ChoiceModelTests {
  private static let configuration = ModelConfiguration(
    vocabulary: 23, context: 40, width: 16, layers: 2, heads: 2, hidden: 12)
  private static let beginning: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6]
  private static let branches: [[Int32]] = [[5, 3], [5, 8, 9, 7], [9], [3, 2, 3]]

  private func parameters() -> ParameterStorage {
    let storage = ParameterStorage(ParameterLayout(Self.configuration, hasClassifier: true))
    storage.initialize(seed: 4)
    // Embeddings as small as they are drawn make everything behind their norm steep.
    let embeddings = storage.view.tokenEmbeddings
    for index in 0..<embeddings.count { embeddings.base[index] *= 40 }
    return storage
  }

  private func model(
    _ parameters: ParameterStorage, _ pooling: Pooling = .last, _ precision: Precision = .fp32
  ) -> any ChoiceModel {
    precision.makeChoiceModel(parameters, pooling: pooling, capacity: 64, trainable: true)
  }

  @Test func packedTokensStandBehindTheBeginningAndSeeTheirOwnBranch() {
    let sequence = BranchedSequence(beginning: Self.beginning, branches: Self.branches)
    #expect(sequence.length == 24)
    #expect(sequence.rows == [8..<10, 10..<14, 14..<15, 15..<18])
    sequence.withBatch { batch in
      #expect(batch.batch == 1 && batch.sequence == 24)
      #expect((8..<18).map { batch.positions?[$0] } == [8, 9, 8, 9, 10, 11, 8, 8, 9, 10])
      guard case .causalWithGaps(let first, let end) = batch.mask else {
        Issue.record("the mask has no gaps")
        return
      }
      #expect((6..<20).map { first[$0] } == [0, 0] + [Int32](repeating: 8, count: 10) + [0, 0])
      #expect(
        (6..<20).map { end[$0] } == [0, 0, 8, 8, 10, 10, 10, 10, 14, 15, 15, 15, 18, 19])
    }
  }

  @Test(arguments: Pooling.allCases, Precision.allCases)
  func everyBranchGetsWhatItWouldGetAlone(pooling: Pooling, precision: Precision) {
    let parameters = parameters()
    let model = model(parameters, pooling, precision)
    let together = BranchedSequence(beginning: Self.beginning, branches: Self.branches)
    let logits = model.logits(together)
    let likelihoods = model.logLikelihoods(together)
    let tolerance: Float = precision == .fp32 ? 1e-5 : 0.1
    for (index, branch) in Self.branches.enumerated() {
      let alone = BranchedSequence(beginning: Self.beginning, branches: [branch])
      #expect(abs(model.logits(alone)[0] - logits[index]) < tolerance)
      let expected = model.logLikelihoods(alone)[0]
      #expect(expected.count == branch.count)
      for (found, expected) in zip(likelihoods[index], expected) {
        #expect(abs(found - expected) < Double(tolerance))
      }
    }
    #expect(Set(logits).count == logits.count)
  }

  /// Padded to the longest, 16 branches of which one has 30 tokens need 480 rows; packed, 53 do.
  @Test func oneLongBranchAmongManyShortOnes() {
    let parameters = parameters()
    let model = model(parameters)
    let long = (0..<30).map { Int32($0 % 23) }
    let branches = [long] + (0..<15).map { [Int32($0)] }
    let sequence = BranchedSequence(beginning: Self.beginning, branches: branches)
    let logits = model.logits(sequence)
    for index in [0, 1, 15] {
      let alone = BranchedSequence(beginning: Self.beginning, branches: [branches[index]])
      #expect(abs(model.logits(alone)[0] - logits[index]) < 1e-5)
    }
    let gradients = ParameterStorage(parameters.view.layout)
    let cost = model.costAndGradient(
      sequence, answer: 0, objective: ChoiceObjective(), scale: 1, addingTo: gradients.view)
    #expect(cost.classification.isFinite)
    #expect(gradients.view.values.contains { $0 != 0 })
  }

  @Test func likelihoodsAreThoseOfTheLanguageModel() {
    let parameters = parameters()
    let sequence = BranchedSequence(beginning: Self.beginning, branches: Self.branches)
    let likelihoods = model(parameters).logLikelihoods(sequence)
    let language = DecoderLanguageModel<Float>(parameters, capacity: 40, trainable: false)
    for (branch, found) in zip(Self.branches, likelihoods) {
      let ids = Self.beginning + branch
      func cost(_ count: Int) -> Double {
        Array(ids[..<count]).withUnsafeBufferPointer { read in
          language.loss(
            TokenBatch(ids: read, batch: 1, sequence: count), targets: Array(ids[1...count])
          ).loss
        }
      }
      let expected = cost(Self.beginning.count - 1) - cost(ids.count - 1)
      #expect(abs(found.reduce(0, +) - expected) < 1e-4)
    }
    let next = model(parameters).logProbabilities(sequence, of: [5, 9, 3])
    var weights = ChoiceObjective(classificationWeight: 0)
    weights.rankingWeight = 1
    let sums = likelihoods.map { $0.reduce(0, +) }
    let cost = model(parameters).costAndGradient(
      sequence, answer: 2, objective: weights, scale: 1,
      addingTo: ParameterStorage(parameters.view.layout).view)
    let expected = log(sums.reduce(0) { $0 + exp($1 - sums[2]) })
    #expect(abs(cost.ranking - expected) < 1e-6)
    #expect(abs(next[0] - likelihoods[0][0]) < 1e-6 && abs(next[1] - likelihoods[2][0]) < 1e-6)
  }

  @Test(arguments: Pooling.allCases, LanguageScope.allCases)
  func gradientsAgreeWithDifferences(pooling: Pooling, scope: LanguageScope) {
    let parameters = parameters()
    let model = model(parameters, pooling)
    let sequence = BranchedSequence(beginning: Self.beginning, branches: Self.branches)
    let objective = ChoiceObjective(
      classificationWeight: 0.7, languageWeight: 0.4, languageScope: scope, rankingWeight: 0.3)
    func cost() -> Double {
      model.loadWeights()
      let unused = ParameterStorage(parameters.view.layout)
      let cost = model.costAndGradient(
        sequence, answer: 1, objective: objective, scale: 1, addingTo: unused.view)
      return 0.7 * cost.classification + 0.4 * cost.language + 0.3 * cost.ranking
    }
    let gradients = ParameterStorage(parameters.view.layout)
    model.loadWeights()
    _ = model.costAndGradient(
      sequence, answer: 1, objective: objective, scale: 1, addingTo: gradients.view)
    for entry in parameters.view.layout.entries {
      // Along its gradient a function changes by the gradient's square.
      let range = entry.range
      let square = gradients.values[range].reduce(0) { $0 + Double($1) * Double($1) }
      #expect(square > 0, "\(entry.name)")
      let step = 2e-3 / square.squareRoot()
      let before = Array(parameters.values[range])
      func moved(_ sign: Float) -> Double {
        for (offset, index) in range.enumerated() {
          parameters.values[index] = before[offset] + sign * Float(step) * gradients.values[index]
        }
        return cost()
      }
      let slope = (moved(1) - moved(-1)) / (2 * step)
      for (offset, index) in range.enumerated() { parameters.values[index] = before[offset] }
      #expect(abs(slope - square) < 0.02 * square, "\(entry.name): \(slope), not \(square)")
    }
  }

  @Test func aFrozenBackboneGetsNoGradient() {
    let parameters = parameters()
    let gradients = ParameterStorage(parameters.view.layout)
    _ = model(parameters).costAndGradient(
      BranchedSequence(beginning: Self.beginning, branches: Self.branches), answer: 2,
      objective: ChoiceObjective(isBackboneFrozen: true), scale: 1, addingTo: gradients.view)
    for entry in parameters.view.layout.entries {
      let isZero = gradients.values[entry.range].allSatisfy { $0 == 0 }
      #expect(isZero == (entry != parameters.view.layout.classifier), "\(entry.name)")
    }
  }
}
