import ParableCollective
import ParableModel
import ParableTraining
import TestSupport
import Testing

/// A training on made-up tokens, on ranks that are threads.
private struct Toy {
  static let configuration = ModelConfiguration(
    vocabulary: 29, context: 6, width: 12, layers: 2, heads: 2, hidden: 10)
  var ranks = 1
  var microBatch = 2
  var microBatchCount = 5
  var steps = 3
  var precision = Precision.fp32
  var optimizer = Optimizer.Kind.adamw
  var collective: CollectiveTransport?
  var sharesMemory = true
  var hosts: [Int]?

  /// The state after all steps, on every rank.
  struct Result: Equatable, Sendable {
    var parameters: [UInt32]
    var moments: [[Float]]
    var losses: [Double]
    var norms: [Double]
  }

  /// Trains; `poison` may spoil the parameters of a rank before a step.
  func run(
    poison: @escaping @Sendable (_ rank: Int, _ step: Int, ParameterStorage) -> Void = { _, _, _ in
    }
  ) throws -> [Result] {
    try ThreadedCommunicator.run(ranks: ranks, hosts: hosts, sharesMemory: sharesMemory) {
      communicator in
      let layout = ParameterLayout(Self.configuration)
      let parameters = try TrainedParameters(
        layout, communicator: communicator, microBatchCount: microBatchCount,
        optimizer: optimizer, collective: collective)
      try parameters.fill { $0.initialize(seed: 7) }
      let optimizer = Optimizer(
        layout, muon: optimizer == .muon ? Muon() : nil, owned: parameters.parallel.owned)
      let context = Self.configuration.context
      let model = precision.makeLanguageModel(
        parameters.storage, capacity: microBatch * context, trainable: true)
      let update = ParameterUpdate(
        communicator: communicator, parameters: parameters, optimizer: optimizer,
        gradientClipping: 0.5, checkEvery: 2)
      let tokens = microBatchCount * microBatch * context
      var result = Result(parameters: [], moments: [], losses: [], norms: [])
      for step in 1...steps {
        poison(communicator.rank, step, parameters.storage)
        let outcome = try update.run(
          model, step: step, learningRate: 0.01, tokens: tokens
        ) { number in
          let places = (0..<microBatch * context).map { index in
            (number * microBatch + index / context) * 31 + index % context * 7 + step * 13
          }
          return (places.map { Int32($0 % 29) }, places.map { Int32(($0 * $0) % 29) })
        }
        result.losses.append(outcome.sums.loss / Double(tokens))
        result.norms.append(outcome.gradientNorm)
      }
      result.parameters = parameters.storage.values.map(\.bitPattern)
      // Those of all owners, in the order of the layout.
      let order = parameters.parallel.order
      result.moments = try optimizer.moments.map { moment in
        let own = moment.entries.flatMap { entry in
          entry.range.clamped(to: optimizer.owned).map {
            moment.values.buffer[$0 - optimizer.owned.lowerBound]
          }
        }
        let all = try communicator.allGather(values: own)
        return order.flatMap { all[$0] }
      }
      return result
    }
  }
}

extension ParameterUpdate {
  /// One update of a language model, whose micro-batches `sequences` gives: ids and targets.
  fileprivate func run(
    _ model: any LanguageModel, step: Int, learningRate: Double, tokens: Int,
    sequences: (_ microBatch: Int) -> (ids: [Int32], targets: [Int32])
  ) throws -> Outcome {
    var sums: [StepSums] = []
    for microBatch in microBatches {
      let (ids, targets) = sequences(microBatch)
      let context = model.configuration.context
      let gradients = begin()
      var sum = StepSums()
      sum.loss = ids.withUnsafeBufferPointer {
        model.lossAndGradient(
          TokenBatch(ids: $0, batch: ids.count / context, sequence: context), targets: targets,
          gradientScale: 1 / Float(tokens), addingTo: gradients
        ).loss
      }
      sums.append(sum)
      end()
    }
    return try finish(sums, step: step, learningRate: learningRate)
  }
}

@Suite struct ParameterUpdateTests {
  /// Invariant 1: the result does not depend on the number of ranks.
  @Test(arguments: Precision.allCases, Optimizer.Kind.allCases)
  func everyRankCountGivesTheSameBits(_ precision: Precision, _ optimizer: Optimizer.Kind) throws {
    var toy = Toy()
    (toy.precision, toy.optimizer) = (precision, optimizer)
    let alone = try #require(try toy.run().first)
    for ranks in [2, 3, 4, 8] {
      for collective in CollectiveTransport.allCases {
        toy.ranks = ranks
        toy.collective = collective
        let results = try toy.run()
        #expect(results.count == ranks)
        #expect(results.allSatisfy { $0 == alone }, "\(ranks) ranks, \(collective)")
      }
    }
  }

  /// And not on which of them are on one host.
  @Test(arguments: [
    [0, 1], [0, 0, 1, 1], [0, 0, 0, 1], [0, 1, 2, 0], [0, 0, 0, 0, 1, 1, 1, 1],
  ])
  func hostsGiveTheSameBits(hosts: [Int]) throws {
    for optimizer in Optimizer.Kind.allCases {
      let alone = try #require(try Toy(optimizer: optimizer).run().first)
      let results = try Toy(ranks: hosts.count, optimizer: optimizer, hosts: hosts).run()
      #expect(results.count == hosts.count && results.allSatisfy { $0 == alone }, "\(optimizer)")
    }
  }

  @Test func anotherCutIntoMicroBatchesIsAnotherOrderOfSummation() throws {
    let pairs = try Toy(microBatch: 2, microBatchCount: 6).run()
    let single = try Toy(microBatch: 1, microBatchCount: 12).run()
    #expect(abs(pairs[0].losses[2] - single[0].losses[2]) < 1e-5)
    #expect(pairs[0].parameters != single[0].parameters)
  }

  /// Invariant 3: replicas that have come apart are noticed, and named; where it is known what they
  /// were, the one that has changed.
  @Test(arguments: [false, true])
  func aRankWithOtherParametersIsNamed(isKnown: Bool) throws {
    for (hosts, spoiled) in [([0, 1, 2], 2), ([0, 0, 1], 0), ([0, 1, 1], 1)] {
      #expect {
        try ThreadedCommunicator.run(ranks: 3, hosts: hosts) { communicator in
          let layout = ParameterLayout(Toy.configuration)
          let parameters = try TrainedParameters(
            layout, communicator: communicator, microBatchCount: 3)
          let update = ParameterUpdate(
            communicator: communicator, parameters: parameters,
            optimizer: Optimizer(layout, owned: parameters.parallel.owned),
            gradientClipping: 1)
          if isKnown { try update.agree(after: 3) }
          try communicator.barrier()
          if communicator.rank == spoiled { parameters.storage.update { $0.values[0] += 1e-3 } }
          try communicator.barrier()
          try update.agree(after: 4)
        }
      } throws: { error in
        isKnown
          ? "\(error)".hasPrefix("step 4: memory has changed by itself (rank \(spoiled) on ")
          : "\(error)".contains(
            "parameters after step 4 (of model.embed_tokens.weight, elements 0 to")
            && "\(error)".contains("rank \(spoiled) param")
      }
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
