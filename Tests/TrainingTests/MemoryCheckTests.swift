import Foundation
import ParableCollective
import ParableModel
import ParableTraining
import TestSupport
import Testing

/// Bits that change in memory, between two updates.
@Suite struct MemoryCheckTests {
  private static let configuration = ModelConfiguration(
    vocabulary: 29, context: 6, width: 16, layers: 2, heads: 2, hidden: 24)

  /// Trained parameters, and what is needed to spoil them.
  private struct Trained {
    let parameters: TrainedParameters
    let optimizer: Optimizer
    let communicator: any Communicator

    /// Flips a bit of an element, where this rank has it in its memory.
    func flip(_ memory: UnsafeBufferPointer<Float>, _ element: Int, bit: Int) {
      guard let base = memory.baseAddress, memory.indices.contains(element) else { return }
      let place = UnsafeMutablePointer(mutating: base + element)
      place.pointee = Float(bitPattern: place.pointee.bitPattern ^ 1 << bit)
    }

    /// An element of a moment, by its place in the layout.
    func flip(moment: KeyPath<Optimizer, UnsafeBufferPointer<Float>>, _ element: Int, bit: Int) {
      guard optimizer.owned.contains(element) else { return }
      flip(optimizer[keyPath: moment], element - optimizer.owned.lowerBound, bit: bit)
    }
  }

  /// Trains for three steps on these hosts; `spoil` is called before the last update.
  private func train(
    hosts: [Int], sharesMemory: Bool = true, precision: Precision = .bf16, checkEvery: Int = 2,
    spoil: @escaping @Sendable (Trained) throws -> Void
  ) throws {
    try ThreadedCommunicator.run(
      ranks: hosts.count, hosts: hosts, sharesMemory: sharesMemory
    ) { communicator in
      let layout = ParameterLayout(Self.configuration)
      let parameters = try TrainedParameters(
        layout, communicator: communicator, microBatchCount: 4, precision: precision)
      let context = Self.configuration.context
      let model = precision.makeLanguageModel(
        parameters.storage, capacity: context, trainable: true)
      try parameters.fill { $0.initialize(seed: 7) }
      let optimizer = Optimizer(
        layout, owned: parameters.parallel.owned)
      let update = ParameterUpdate(
        communicator: communicator, parameters: parameters, optimizer: optimizer,
        gradientClipping: 0.5, checkEvery: checkEvery)
      let trained = Trained(
        parameters: parameters, optimizer: optimizer, communicator: communicator)
      for step in 1...3 {
        var sums: [StepSums] = []
        for microBatch in update.microBatches {
          let ids = (0..<Int32(context)).map { ($0 * 7 + Int32(microBatch + step) * 13) % 29 }
          var sum = StepSums()
          let gradients = update.begin()
          sum.loss = ids.withUnsafeBufferPointer {
            model.lossAndGradient(
              TokenBatch(ids: $0, batch: 1, sequence: context), targets: ids.reversed(),
              gradientScale: 0.1, addingTo: gradients
            ).loss
          }
          sums.append(sum)
          update.end()
        }
        if step == 3 {
          try communicator.barrier()
          try spoil(trained)
          try communicator.barrier()
        }
        _ = try update.finish(sums, step: step, learningRate: 0.01)
      }
      try update.agree(after: 3)
      withExtendedLifetime(model) {}
    }
  }

  private func failure(
    hosts: [Int], sharesMemory: Bool = true, precision: Precision = .bf16, checkEvery: Int = 2,
    spoil: @escaping @Sendable (Trained) throws -> Void
  ) -> String {
    do {
      try train(
        hosts: hosts, sharesMemory: sharesMemory, precision: precision, checkEvery: checkEvery,
        spoil: spoil)
      return "nothing"
    } catch {
      return "\(error)"
    }
  }

  private static let hosts = [[0], [0, 0], [0, 0, 0], [0, 1], [0, 0, 1], [0, 1, 1, 0]]

  @Test(arguments: hosts)
  func whatIsLeftAloneIsTheSame(hosts: [Int]) {
    for precision in Precision.allCases {
      for sharesMemory in [true, false] {
        let failure = failure(hosts: hosts, sharesMemory: sharesMemory, precision: precision) { _ in
        }
        #expect(failure == "nothing")
      }
    }
  }

  /// Whatever the bit, wherever it is.
  @Test(arguments: hosts)
  func aBitOfAWeightIsFound(hosts: [Int]) throws {
    let layout = ParameterLayout(Self.configuration)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<6 {
      let entry = try #require(layout.entries.randomElement(using: &random))
      let element = try #require(entry.range.randomElement(using: &random))
      let (bit, rank) = (
        Int.random(in: 0..<32, using: &random), hosts.indices.randomElement(using: &random) ?? 0
      )
      let failure = failure(hosts: hosts) { trained in
        guard trained.communicator.rank == rank else { return }
        trained.flip(trained.parameters.storage.values, element, bit: bit)
      }
      let seed = "\(hosts), element \(element), bit \(bit), rank \(rank): \(failure)"
      #expect(failure.hasPrefix("step 3: memory has changed by itself (rank "), "\(seed)")
      #expect(failure.contains(": weights of \(entry.huggingFaceName), elements "), "\(seed)")
      // A rank of the host that has it in its memory, and no other host's.
      let named = failure.matches(of: /rank (\d+) on/).compactMap { Int($0.1) }
      #expect(named.map { hosts[$0] } == [hosts[rank]], "\(seed)")
      #expect(isMessage(failure), "\(seed)")
    }
  }

  @Test(arguments: hosts)
  func aBitOfAMomentIsFound(hosts: [Int]) throws {
    let layout = ParameterLayout(Self.configuration)
    var random = SystemRandomNumberGenerator()
    for (moment, name) in [(\Optimizer.firstValues, "first"), (\Optimizer.secondValues, "second")] {
      let entry = try #require(layout.entries.randomElement(using: &random))
      let element = try #require(entry.range.randomElement(using: &random))
      let bit = Int.random(in: 0..<32, using: &random)
      let failure = failure(hosts: hosts) { $0.flip(moment: moment, element, bit: bit) }
      let seed = "\(hosts), element \(element), bit \(bit): \(failure)"
      #expect(failure.hasPrefix("step 3: memory has changed by itself (rank "), "\(seed)")
      #expect(
        failure.contains(": \(name) moment of \(entry.huggingFaceName), elements "), "\(seed)")
      #expect(failure.matches(of: /rank (\d+) on/).count == 1, "\(seed)")
    }
  }

  /// Those that ranks share; what one rank has alone is found by `LinearWeights`.
  @Test(arguments: [([0, 0, 0], 1), ([0, 0, 0, 1], 1), ([0, 1, 1, 0, 1], 2)])
  func aBitOfAPackedCopyIsFound(hosts: [Int], rank: Int) throws {
    for part in 0..<8 {
      let failure = failure(hosts: hosts) { trained in
        guard trained.communicator.rank == rank else { return }
        let memory = try #require(trained.parameters.parallel.shared?.memory)
        // Zeros may stand between the copies.
        let start = memory.count * part / 8
        let place = try #require(memory[start...].firstIndex { $0 != 0 })
        memory[place] ^= 64
      }
      #expect(
        failure.firstMatch(
          of: /^step 3: memory has changed by itself \(rank (\d+) on .*: packed copy/
        )
        .flatMap { Int($0.1) }.map { hosts[$0] } == hosts[rank], "\(part): \(failure)")
    }
  }

  /// Without a check in between, nothing is known of what was there.
  @Test func nothingIsSaidOfStepsThatAreNotChecked() {
    let failure = failure(hosts: [0], checkEvery: 50) { trained in
      trained.flip(trained.parameters.storage.values, 0, bit: 5)
    }
    #expect(failure == "nothing")
  }

  /// While an evaluation runs, before the checkpoint: nothing is saved.
  @Test(arguments: [1, 3])
  func nothingOfItIsSaved(ranks: Int) throws {
    let folder = try TemporaryFolder()
    #expect {
      try ThreadedCommunicator.run(ranks: ranks) { communicator in
        var settings = ToySettings()
        // The ranks share the weight: one flips it.
        if communicator.rank == 0 { settings.faults = [4: .weight] }
        var request = Trainer<ToyTask>.Request(settings)
        request.folder = folder.file("run")
        try Trainer(request, communicator: communicator) { _ in }.train()
      }
    } throws: {
      "\($0)".contains("step 4: memory has changed by itself (rank 0 on ")
        && "\($0)".contains("weights of model.embed_tokens.weight, elements 0 to ")
    }
    #expect(RunFolder(folder.file("run")).steps == [2])
  }
}

extension Optimizer {
  fileprivate var firstValues: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(moments[0].values.buffer)
  }
  fileprivate var secondValues: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(moments[1].values.buffer)
  }
}
