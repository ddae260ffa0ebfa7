import ParableModel
import Testing

@Suite struct AccountingTests {
  @Test func figuresAgreeWithTheReference() {
    let base = Accounting(PresetSizes.base)
    #expect(base.forwardFLOPsPerToken == 37_250_048)
    #expect(base.parameterBytes() == 90_785_792)
    let large = Accounting(
      ModelConfiguration(
        vocabulary: 50257, context: 1024, width: 1600, layers: 48, heads: 25, hidden: 6400))
    #expect(large.parameterCount == 2_127_057_600)
    #expect(large.forwardFLOPsPerToken == 4_407_865_600)
    #expect(large.parameterBytes() == 8_508_230_400)
  }

  @Test func impossibleSizesAreNamed() {
    var configuration = PresetSizes.base
    configuration.heads = 7
    #expect {
      try configuration.validate()
    } throws: { error in
      "\(error)".contains("heads: cannot be 7")
    }
    configuration.heads = 512
    #expect(throws: ModelError.self) { try configuration.validate() }
    configuration.heads = 16
    configuration.layers = 0
    #expect(throws: ModelError.self) { try configuration.validate() }
  }

  @Test(
    arguments: [
      (\ModelConfiguration.vocabulary, SizeBounds.vocabulary), (\.context, SizeBounds.context),
      (\.width, SizeBounds.width), (\.layers, SizeBounds.layers), (\.heads, SizeBounds.heads),
      (\.hidden, SizeBounds.hidden),
    ] as [(WritableKeyPath<ModelConfiguration, Int> & Sendable, Int)])
  func sizesBeyondTheBoundsAreNamedWithThem(
    _ size: WritableKeyPath<ModelConfiguration, Int> & Sendable, _ largest: Int
  ) throws {
    for value in [largest + 1, 1 << 31, 1 << 32, 1 << 62, Int.max] {
      var configuration = PresetSizes.base
      configuration[keyPath: size] = value
      let error = #expect(throws: ModelError.self) { try configuration.validate() }
      let text = try #require(error?.description)
      #expect(text.contains("\(value)") && text.contains("give at most \(largest)"), "\(text)")
    }
  }

  /// Each size within its bound, and all of them together more than anybody trains.
  @Test func theLargestSizesOverflowNothing() throws {
    var largest = ModelConfiguration(
      vocabulary: SizeBounds.vocabulary, context: SizeBounds.context, width: SizeBounds.width,
      layers: SizeBounds.layers, heads: SizeBounds.heads, hidden: SizeBounds.hidden)
    let accounting = Accounting(largest)
    #expect(accounting.parameterCount > SizeBounds.parameters)
    #expect(accounting.trainingFLOPsPerToken > 0)
    #expect {
      try largest.validate()
    } throws: { error in
      "\(error)".contains("\(SizeBounds.parameters) parameters")
    }
    (largest.layers, largest.vocabulary) = (8, 1 << 20)
    try largest.validate()
    let memory = PassMemory(largest, .float, isTrainable: true)
    #expect(memory.packedWeights() >= 0)
    #expect(memory.activations(tokens: SizeBounds.tokensAtOnce) > 1 << 40)
  }

  @Test func numbersThatGiveNoAngleOrNormAreRefused() {
    for theta in [0, -1, Double.nan, .infinity, 1e-308] {
      var configuration = PresetSizes.base
      configuration.ropeTheta = theta
      #expect(throws: ModelError.self) { try configuration.validate() }
    }
    for epsilon in [-1, Float.nan, .infinity] {
      var configuration = PresetSizes.base
      configuration.normEpsilon = epsilon
      #expect(throws: ModelError.self) { try configuration.validate() }
    }
  }
}
