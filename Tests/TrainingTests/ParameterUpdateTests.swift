import Collective
import Kernels
import Model
import TensorFiles
import TestSupport
import Testing
import Training

/// A training on made-up tokens, on ranks that are threads.
private struct Toy {
  static let configuration = ModelConfiguration(
    vocabulary: 29, context: 6, width: 12, layers: 2, heads: 2, hidden: 10)
  var ranks = 1
  var microBatch = 2
  var microBatchCount = 5
  var steps = 3
  var precision = Precision.fp32
  var collective: CollectiveTransport?

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
      let context = Self.configuration.context
      let model = precision.makeLanguageModel(
        parameters, capacity: microBatch * context, trainable: true)
      let update = try ParameterUpdate(
        communicator: communicator, parameters: parameters, optimizer: optimizer,
        gradientClipping: 0.5, microBatchCount: microBatchCount, collective: collective,
        checkEvery: 2)
      let tokens = microBatchCount * microBatch * context
      var result = Result(parameters: 0, moments: [], losses: [], norms: [])
      for step in 1...steps {
        poison(communicator.rank, step, parameters)
        model.loadWeights()
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
      result.parameters = parameters.checksum
      result.moments = [optimizer.firstMoment.checksum, optimizer.secondMoment.checksum]
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
      let gradients = try begin()
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
  @Test(arguments: Precision.allCases)
  func everyRankCountGivesTheSameBits(precision: Precision) throws {
    var toy = Toy()
    toy.precision = precision
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

  @Test func anotherCutIntoMicroBatchesIsAnotherOrderOfSummation() throws {
    let pairs = try Toy(microBatch: 2, microBatchCount: 6).run()
    let single = try Toy(microBatch: 1, microBatchCount: 12).run()
    #expect(abs(pairs[0].losses[2] - single[0].losses[2]) < 1e-5)
    #expect(pairs[0].parameters != single[0].parameters)
  }

  /// Invariant 3: replicas that have come apart are noticed, and named.
  @Test func aRankWithOtherParametersIsNamed() throws {
    let toy = Toy(ranks: 3, steps: 5)
    #expect {
      try toy.run { rank, step, parameters in
        if rank == 2 && step == 3 { parameters.values[0] += 1e-3 }
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
        if rank == 1 && step == 3 { parameters.values[parameters.values.count - 1] = .nan }
      }
    } throws: { error in
      "\(error)".contains("step 3")
    }
  }

  @Test(
    .enabled(if: SharedFixtures.isAvailable, SharedFixtures.comment), arguments: [1, 2, 3])
  func twelveStepsAgreeWithPyTorch(ranks: Int) throws {
    let file = try SafetensorsFile(
      path: SharedFixtures.path("fixtures/components/45-pretraining_steps.safetensors"))
    let metadata = file.metadata.compactMapValues(Double.init)
    func number(_ key: String) throws -> Double { try #require(metadata[key], "\(key)") }
    func size(_ key: String) throws -> Int { Int(try number(key)) }
    let configuration = ModelConfiguration(
      vocabulary: try size("vocab_size"), context: try size("context_length"),
      width: try size("d_model"), layers: try size("num_layers"), heads: try size("num_heads"),
      hidden: try size("d_ff"), normEpsilon: Float(try number("eps")),
      ropeTheta: try number("rope_theta"))
    let constants = AdamW.Constants(
      beta1: try number("beta1"), beta2: try number("beta2"), epsilon: try number("adam_eps"),
      weightDecay: try number("weight_decay"))
    let schedule = LearningRateSchedule(
      maximum: try number("max_learning_rate"), minimum: try number("min_learning_rate"),
      warmupSteps: try size("warmup_steps"), totalSteps: try size("total_steps"))
    let gradientClipping = try number("max_norm")
    let batches = try file.int64s("batches").map { Int32($0) }
    let shape = try file.info("batches").shape
    let row = configuration.context + 1

    let results = try ThreadedCommunicator.run(ranks: ranks) { communicator in
      let parameters = ParameterStorage(ParameterLayout(configuration))
      for entry in parameters.view.layout.entries {
        try file.readFloats(
          entry.name, shape: entry.shape,
          into: UnsafeMutableBufferPointer(rebasing: parameters.values[entry.range]))
      }
      let optimizer = AdamW(parameters.view.layout, constants: constants)
      let model = Precision.fp32.makeLanguageModel(
        parameters, capacity: configuration.context, trainable: true)
      let update = try ParameterUpdate(
        communicator: communicator, parameters: parameters, optimizer: optimizer,
        gradientClipping: gradientClipping, microBatchCount: shape[1])
      let tokens = shape[1] * configuration.context
      let outcomes = try (1...shape[0]).map { step in
        let outcome = try update.run(
          model, step: step, learningRate: schedule.rate(at: step), tokens: tokens
        ) { microBatch in
          let start = ((step - 1) * shape[1] + microBatch) * row
          return (
            Array(batches[start..<start + row - 1]), Array(batches[start + 1..<start + row])
          )
        }
        model.loadWeights()
        return (loss: outcome.sums.loss / Double(tokens), norm: outcome.gradientNorm)
      }
      return (outcomes, parameters.values.map { $0 })
    }
    let absolute = Float(try number("atol"))
    let relative = Float(try number("rtol"))
    func expect(_ actual: [Float], _ name: String) throws {
      let expected = try file.floats("expected." + name)
      try #require(actual.count == expected.count)
      let isClose = zip(actual, expected).allSatisfy {
        abs($0 - $1) <= absolute + relative * abs($1)
      }
      #expect(isClose, "\(name)")
    }
    for (outcomes, parameters) in results {
      try expect(outcomes.map { Float($0.loss) }, "losses")
      try expect(outcomes.map { Float($0.norm) }, "gradient_norms")
      for entry in ParameterLayout(configuration).entries {
        try expect(Array(parameters[entry.range]), "final." + entry.name)
      }
    }
  }
}
