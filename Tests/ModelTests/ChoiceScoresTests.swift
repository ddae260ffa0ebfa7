import Foundation
import ParableKernels
import ParableModel
import Testing

@Suite struct ChoiceScoresTests {
  private static let configuration = ModelConfiguration(
    vocabulary: 23, context: 40, width: 16, layers: 2, heads: 2, hidden: 12)
  private static let beginning: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6]
  private static let continuations: [[Int32]] = [[5, 3], [5, 8, 9, 7], [9], [3, 2, 3]]

  private func parameters() -> ParameterStorage {
    let storage = ParameterStorage(ParameterLayout(Self.configuration, hasClassifier: true))
    storage.initialize(seed: 4)
    // Embeddings as small as they are drawn make everything behind their norm steep.
    storage.update { parameters in
      let embeddings = parameters[.tokenEmbeddings]
      for index in 0..<embeddings.count { embeddings.base[index] *= 40 }
    }
    return storage
  }

  private func model(
    _ parameters: ParameterStorage, _ precision: Precision = .fp32, capacity: Int = 64
  ) -> any LanguageModel {
    precision.makeLanguageModel(parameters, capacity: capacity, trainable: true)
  }

  @Test func packedTokensStandBehindTheBeginningAndSeeTheirOwnContinuation() {
    let sequence = ChoiceSequence(beginning: Self.beginning, continuations: Self.continuations)
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
  func everyChoiceGetsWhatItWouldGetAlone(pooling: Pooling, precision: Precision) {
    let parameters = parameters()
    let model = model(parameters, precision)
    let together = ChoiceSequence(beginning: Self.beginning, continuations: Self.continuations)
    let logits = model.choiceLogits(together, pooling: pooling)
    let likelihoods = model.logLikelihoods(together)
    let tolerance: Float = precision == .fp32 ? 1e-5 : 0.1
    for (index, continuation) in Self.continuations.enumerated() {
      let alone = ChoiceSequence(beginning: Self.beginning, continuations: [continuation])
      #expect(abs(model.choiceLogits(alone, pooling: pooling)[0] - logits[index]) < tolerance)
      let expected = model.logLikelihoods(alone)[0]
      #expect(expected.count == continuation.count)
      for (found, expected) in zip(likelihoods[index], expected) {
        #expect(abs(found - expected) < Double(tolerance))
      }
    }
    #expect(Set(logits).count == logits.count)
  }

  /// Padded to the longest, 16 choices of which one has 30 tokens need 480 rows; packed, 53 do.
  @Test func oneLongChoiceAmongManyShortOnes() {
    let parameters = parameters()
    let model = model(parameters)
    let long = (0..<30).map { Int32($0 % 23) }
    let continuations = [long] + (0..<15).map { [Int32($0)] }
    let sequence = ChoiceSequence(beginning: Self.beginning, continuations: continuations)
    let logits = model.choiceLogits(sequence, pooling: .last)
    for index in [0, 1, 15] {
      let alone = ChoiceSequence(beginning: Self.beginning, continuations: [continuations[index]])
      #expect(abs(model.choiceLogits(alone, pooling: .last)[0] - logits[index]) < 1e-5)
    }
    let gradients = MutableParameterView(zeros: parameters.view.layout)
    let cost = model.choiceCostAndGradient(
      sequence, answer: 0, pooling: .last, objective: ChoiceObjective(), scale: 1,
      addingTo: gradients)
    #expect(cost.classification.isFinite)
    #expect(gradients.values.contains { $0 != 0 })
  }

  /// Memory that was taken for a short question, for a long one or before any gives the same bits.
  @Test(arguments: Precision.allCases)
  func roomDoesNotMatter(precision: Precision) {
    let parameters = parameters()
    let sequences = [[[1]], Self.continuations, [[7, 7, 7]]].map {
      ChoiceSequence(beginning: Self.beginning, continuations: $0)
    }
    func results(_ model: any LanguageModel, _ sequence: ChoiceSequence) -> [[Double]] {
      let gradients = MutableParameterView(zeros: parameters.view.layout)
      let cost = model.choiceCostAndGradient(
        sequence, answer: 0, pooling: .mean,
        objective: ChoiceObjective(languageWeight: 1, rankingWeight: 1), scale: 1,
        addingTo: gradients)
      return model.logLikelihoods(sequence) + [
        model.choiceLogits(sequence, pooling: .max).map(Double.init),
        [cost.classification, cost.language, cost.ranking], gradients.values.map(Double.init),
      ]
    }
    let growing = model(parameters, precision, capacity: 1)
    for sequence in sequences {
      #expect(results(growing, sequence) == results(model(parameters, precision), sequence))
    }
  }

  @Test func likelihoodsAreThoseOfTheLanguageModel() {
    let parameters = parameters()
    let sequence = ChoiceSequence(beginning: Self.beginning, continuations: Self.continuations)
    let likelihoods = model(parameters).logLikelihoods(sequence)
    let language = DecoderNetwork<Float>(parameters, capacity: 40, trainable: false)
    for (continuation, found) in zip(Self.continuations, likelihoods) {
      let ids = Self.beginning + continuation
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
    var weights = ChoiceObjective(classificationWeight: 0)
    weights.rankingWeight = 1
    let sums = likelihoods.map { $0.reduce(0, +) }
    let cost = model(parameters).choiceCostAndGradient(
      sequence, answer: 2, pooling: .last, objective: weights, scale: 1,
      addingTo: MutableParameterView(zeros: parameters.view.layout))
    let expected = log(sums.reduce(0) { $0 + exp($1 - sums[2]) })
    #expect(abs(cost.ranking - expected) < 1e-6)
  }

  @Test(arguments: Pooling.allCases, LanguageScope.allCases)
  func gradientsAgreeWithDifferences(pooling: Pooling, scope: LanguageScope) {
    let parameters = parameters()
    let model = model(parameters)
    let sequence = ChoiceSequence(beginning: Self.beginning, continuations: Self.continuations)
    let objective = ChoiceObjective(
      classificationWeight: 0.7, languageWeight: 0.4, languageScope: scope, rankingWeight: 0.3)
    func cost() -> Double {
      let cost = model.choiceCostAndGradient(
        sequence, answer: 1, pooling: pooling, objective: objective, scale: 1,
        addingTo: MutableParameterView(zeros: parameters.view.layout))
      return 0.7 * cost.classification + 0.4 * cost.language + 0.3 * cost.ranking
    }
    let gradients = MutableParameterView(zeros: parameters.view.layout)
    _ = model.choiceCostAndGradient(
      sequence, answer: 1, pooling: pooling, objective: objective, scale: 1, addingTo: gradients)
    for entry in parameters.view.layout.entries {
      // Along its gradient a function changes by the gradient's square.
      let range = entry.range
      let square = gradients.values[range].reduce(0) { $0 + Double($1) * Double($1) }
      #expect(square > 0, "\(entry.name)")
      let step = 2e-3 / square.squareRoot()
      let before = Array(parameters.values[range])
      func moved(_ sign: Float) -> Double {
        parameters.update { parameters in
          for (offset, index) in range.enumerated() {
            parameters.values[index] = before[offset] + sign * Float(step) * gradients.values[index]
          }
        }
        return cost()
      }
      let slope = (moved(1) - moved(-1)) / (2 * step)
      parameters.update { parameters in
        for (offset, index) in range.enumerated() { parameters.values[index] = before[offset] }
      }
      #expect(abs(slope - square) < 0.02 * square, "\(entry.name): \(slope), not \(square)")
    }
  }

  @Test func aFrozenBackboneGetsNoGradient() {
    let parameters = parameters()
    let gradients = MutableParameterView(zeros: parameters.view.layout)
    _ = model(parameters).choiceCostAndGradient(
      ChoiceSequence(beginning: Self.beginning, continuations: Self.continuations), answer: 2,
      pooling: .last, objective: ChoiceObjective(isBackboneFrozen: true), scale: 1,
      addingTo: gradients)
    for entry in parameters.view.layout.entries {
      let isZero = gradients.values[entry.range].allSatisfy { $0 == 0 }
      #expect(isZero == (entry != parameters.view.layout.classifier), "\(entry.name)")
    }
  }
}
