import Model
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
}
