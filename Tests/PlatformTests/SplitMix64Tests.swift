import ParablePlatform
import Testing

/// Numbers that must stay what they are: weights, batches and questions are drawn from them.
@Suite struct SplitMix64Tests {
  private func numbers(_ generator: SplitMix64) -> [UInt64] {
    var generator = generator
    return (0..<3).map { _ in generator.next() }
  }

  @Test func theSequenceIsThatOfTheReference() {
    #expect(
      numbers(SplitMix64(seed: 1_234_567)) == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }

  @Test func streamsAndSequencesStayWhatTheyWere() {
    #expect(
      numbers(SplitMix64(seed: 7, stream: 3)) == [
        0x610c_cf0e_704f_c5e0, 0x10a4_243f_4b22_80d1, 0x9528_3ceb_0446_f769,
      ])
    #expect(
      numbers(SplitMix64(seed: 7, sequence: 3)) == [
        0xe0e0_7297_66b6_cb60, 0xafd8_7414_3bdd_31c2, 0x96e1_20a1_a43c_c682,
      ])
  }
}
