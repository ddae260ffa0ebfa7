import ParableKernels
import ParableModel
import Testing

@Suite struct TokenGeneratorTests {
  private static func model(seed: UInt64 = 3) -> DecoderNetwork<Float> {
    let configuration = ModelConfiguration(
      vocabulary: 23, context: 12, width: 12, layers: 3, heads: 2, hidden: 20)
    let parameters = ParameterStorage(ParameterLayout(configuration))
    parameters.initialize(seed: seed)
    // Larger weights than those of an untrained network, so that the choices are far apart.
    parameters.update { for index in $0.values.indices { $0.values[index] *= 2 } }
    return DecoderNetwork(parameters, capacity: 12, trainable: false)
  }

  @Test func theCacheChangesNothingPastTheContext() throws {
    let prompt: [Int32] = [1, 2, 3, 4, 5]
    let model = Self.model()
    let texts = try [true, false].map { usesCache in
      try TokenGenerator(model, usesCache: usesCache).generate(
        prompt: prompt, count: 40, sampler: Sampler(strategy: .topK(5), seed: 9))
    }
    #expect(texts[0].count == 40)
    #expect(texts[0] == texts[1])
  }

  @Test func logitsAreTheSameWithAndWithoutTheCache() throws {
    let model = Self.model()
    let ids: [Int32] = [4, 17, 2, 2, 9, 0, 21, 5]
    let cache = KeyValueCache<Float>(model.configuration)
    for (position, id) in ids.enumerated() {
      let cached = [id].withUnsafeBufferPointer { id in
        [Int32(position)].withUnsafeBufferPointer { positions in
          let hidden = model.forward(
            TokenBatch(ids: id, batch: 1, sequence: 1, positions: positions.baseAddress),
            cache: cache)
          return Array(model.logits(hidden).row(0))
        }
      }
      let whole = try TokenGenerator(model, usesCache: false)
        .scores(after: Array(ids[...position])).row(0)
      #expect(whole.contains { abs($0) > 0.1 })
      for (found, expected) in zip(cached, whole) { #expect(abs(found - expected) < 1e-4) }
    }
  }

  @Test func refusingEndsAtTheContext() throws {
    let generator = TokenGenerator(Self.model(), overflow: .refuse)
    let written = try generator.generate(
      prompt: [1, 2, 3], count: 40, sampler: Sampler(strategy: .greedy))
    #expect(written.count == 10)
    #expect(throws: ModelError.self) {
      try generator.generate(
        prompt: Array(repeating: 1, count: 13), count: 1, sampler: Sampler(strategy: .greedy))
    }
  }

  @Test func theStopTokenEndsTheTextAndIsLeftOut() throws {
    let generator = TokenGenerator(Self.model())
    let sampler = Sampler(strategy: .topK(23), seed: 2)
    let free = try generator.generate(prompt: [1], count: 30, sampler: sampler)
    let stop = try #require(free.dropFirst(3).first)
    let stopped = try generator.generate(prompt: [1], count: 30, sampler: sampler, stop: stop)
    #expect(stopped == Array(free.prefix { $0 != stop }))
  }

  @Test func idsWithoutATokenAreNeverWritten() throws {
    let model = Self.model()
    let allowed: Set<Int32> = [2, 7, 11]
    let unused = (0..<23).filter { !allowed.contains($0) }
    let generator = TokenGenerator(model, unused: unused)
    for strategy in [SamplingStrategy.greedy, .topK(1), .topK(23), .topP(0.5), .topP(1)] {
      let written = try generator.generate(
        prompt: [1], count: 60,
        sampler: Sampler(strategy: strategy, temperature: 1e6, seed: 4))
      #expect(written.count == 60 && allowed.isSuperset(of: written), "\(strategy)")
    }
  }

  @Test func roomForTheLongestTextIsEnough() throws {
    let sampler = Sampler(strategy: .topK(5), seed: 9)
    let whole = try TokenGenerator(Self.model()).generate(
      prompt: [1, 2, 3], count: 5, sampler: sampler)
    let parameters = Self.model().parameters
    let small = DecoderNetwork<Float>(parameters, capacity: 8, trainable: false)
    let written = try TokenGenerator(small, longest: 8).generate(
      prompt: [1, 2, 3], count: 5, sampler: sampler)
    #expect(written == whole)
  }

  @Test func scoresThatAreNoNumbersEndTheText() throws {
    for value in [Float.nan, .infinity] {
      let model = Self.model()
      model.parameters.update { $0[.finalNorm][0, 3] = value }
      #expect {
        try TokenGenerator(model).generate(
          prompt: [1], count: 1, sampler: Sampler(strategy: .greedy))
      } throws: { error in
        "\(error)".contains("no finite numbers")
      }
    }
  }

  @Test func unknownIdsAreNamed() {
    let generator = TokenGenerator(Self.model())
    #expect {
      try generator.generate(prompt: [1, 23], count: 1, sampler: Sampler(strategy: .greedy))
    } throws: { error in
      "\(error)".contains("23")
    }
  }
}
