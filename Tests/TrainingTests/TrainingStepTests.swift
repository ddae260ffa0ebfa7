import Collective
import Model
import TestSupport
import Testing
import Training

/// A training on made-up tokens, on ranks that are threads.
private struct Toy {
  static let configuration = ModelConfiguration(
    vocabulary: 29, context: 6, width: 12, layers: 2, heads: 2, hidden: 10)
  var ranks = 1
  var grain = 2
  var grainCount = 5
  var steps = 3
  var precision = Precision.fp32
  var transport: CollectiveTransport?

  /// The state after all steps, on every rank.
  struct Result: Equatable, Sendable {
    var parameters: UInt64
    var moments: [UInt64]
    var losses: [Double]
    var norms: [Double]
  }

  /// Trains; `poison` may spoil the parameters of a rank before a step.
  func run(
    poison: @escaping @Sendable (_ rank: Int, _ step: Int, ParameterStorage) -> Void = { _, _, _ in
    }
  ) throws -> [Result] {
    try ThreadedCommunicator.run(ranks: ranks) { communicator in
      let parameters = ParameterStorage(ParameterLayout(Self.configuration))
      parameters.initialize(seed: 7)
      let optimizer = AdamW(parameters.view.layout, constants: AdamW.Constants())
      let model = precision.makeLanguageModel(
        parameters, capacity: grain * Self.configuration.context, trainable: true)
      let step = try TrainingStep(
        communicator: communicator, model: model, parameters: parameters, optimizer: optimizer,
        maximumNorm: 0.5, grain: grain, grainCount: grainCount, transport: transport,
        checkEvery: 2)
      var result = Result(parameters: 0, moments: [], losses: [], norms: [])
      for number in 1...steps {
        poison(communicator.rank, number, parameters)
        let outcome = try step.run(step: number, learningRate: 0.01) { windows, ids, targets in
          for (row, window) in windows.enumerated() {
            for position in 0..<Self.configuration.context {
              let index = row * Self.configuration.context + position
              let place = window * 31 + position * 7 + number * 13
              ids[index] = Int32(place % 29)
              targets[index] = Int32((place * place) % 29)
            }
          }
        }
        result.losses.append(outcome.loss)
        result.norms.append(outcome.gradientNorm)
      }
      result.parameters = parameters.checksum
      result.moments = [optimizer.firstMoment.checksum, optimizer.secondMoment.checksum]
      return result
    }
  }
}

@Suite struct TrainingStepTests {
  /// Invariant 1: the result does not depend on the number of ranks.
  @Test(arguments: Precision.allCases)
  func everyRankCountGivesTheSameBits(precision: Precision) throws {
    var toy = Toy()
    toy.precision = precision
    let alone = try #require(try toy.run().first)
    for ranks in [2, 3, 4, 8] {
      for transport in CollectiveTransport.allCases {
        toy.ranks = ranks
        toy.transport = transport
        let results = try toy.run()
        #expect(results.count == ranks)
        #expect(results.allSatisfy { $0 == alone }, "\(ranks) ranks, \(transport)")
      }
    }
  }

  @Test func anotherCutIntoGrainsIsAnotherOrderOfSummation() throws {
    let grains = try Toy(grain: 2, grainCount: 6).run()
    let windows = try Toy(grain: 1, grainCount: 12).run()
    #expect(abs(grains[0].losses[2] - windows[0].losses[2]) < 1e-5)
    #expect(grains[0].parameters != windows[0].parameters)
  }

  /// Invariant 3: replicas that have come apart are noticed, and named.
  @Test func aRankWithOtherParametersIsNamed() throws {
    let toy = Toy(ranks: 3, steps: 5)
    #expect {
      try toy.run { rank, step, parameters in
        if rank == 2 && step == 3 { parameters.update { $0.values[0] += 1e-3 } }
      }
    } throws: { error in
      "\(error)".contains("parameters after step 4") && "\(error)".contains("rank 2")
    }
  }

  /// Invariant 4: a NaN on one rank is seen by everybody in the same step.
  @Test func aNaNOnOneRankEndsTheStepOnAll() throws {
    let toy = Toy(ranks: 3, steps: 5)
    #expect {
      try toy.run { rank, step, parameters in
        guard rank == 1 && step == 3 else { return }
        parameters.update { $0.values[$0.values.count - 1] = .nan }
      }
    } throws: { error in
      "\(error)".contains("step 3")
    }
  }
}
