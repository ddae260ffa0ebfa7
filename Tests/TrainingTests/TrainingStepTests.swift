import Collective
import Formats
import Kernels
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
        model.loadWeights()
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
    let maximumNorm = try number("max_norm")
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
      let step = try TrainingStep(
        communicator: communicator, model: model, parameters: parameters, optimizer: optimizer,
        maximumNorm: maximumNorm, grain: 1, grainCount: shape[1])
      let outcomes = try (1...shape[0]).map { number in
        try step.run(step: number, learningRate: schedule.rate(at: number)) {
          windows, ids, targets in
          let start = ((number - 1) * shape[1] + windows.lowerBound) * row
          for position in 0..<configuration.context {
            ids[position] = batches[start + position]
            targets[position] = batches[start + position + 1]
          }
        }
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
      try expect(outcomes.map { Float($0.gradientNorm) }, "gradient_norms")
      for entry in ParameterLayout(configuration).entries {
        try expect(Array(parameters[entry.range]), "final." + entry.name)
      }
    }
  }
}
