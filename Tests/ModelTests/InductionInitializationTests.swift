import ParableKernels
import ParableModel
import ParablePlatform
import Testing

@Suite struct InductionInitializationTests {
  /// The mean likelihood of continuing a repetition of random tokens, before any training.
  private func repetitionLoss(_ begins: (ParameterStorage) -> Void) -> Double {
    let configuration = ModelConfiguration(
      vocabulary: 500, context: 128, width: 192, layers: 4, heads: 4, hidden: 256,
      ropeTheta: 1e6)
    let storage = ParameterStorage(ParameterLayout(configuration))
    storage.initialize(seed: 1)
    begins(storage)
    let model = DecoderNetwork<Float>(storage, capacity: 128, trainable: false)
    var random = SplitMix64(seed: 3, sequence: 0)
    let half = (0..<64).map { _ in Int32(random.next() % 500) }
    let ids = half + half
    func loss(_ count: Int) -> Double {
      Array(ids[..<count]).withUnsafeBufferPointer {
        model.loss(
          TokenBatch(ids: $0, batch: 1, sequence: count), targets: Array(ids[1...count])
        ).loss
      }
    }
    return (loss(127) - loss(64)) / 63
  }

  @Test func headsCopyWhatFollowedTheSameTokenBeforeAnyTraining() {
    let standard = repetitionLoss { _ in }
    let induction = repetitionLoss { $0.addInductionHeads(seed: 1) }
    #expect(standard - induction > 0.5, "\(induction) nats per token, standard: \(standard)")
  }

  @Test func itIsAFunctionOfTheSeed() {
    func bits(_ seed: UInt64) -> [UInt32] {
      let storage = ParameterStorage(
        ParameterLayout(
          ModelConfiguration(
            vocabulary: 50, context: 32, width: 32, layers: 2, heads: 2, hidden: 16)))
      storage.initialize(seed: 1)
      storage.addInductionHeads(seed: seed)
      return storage.values.map(\.bitPattern)
    }
    #expect(bits(1) == bits(1) && bits(1) != bits(2))
  }
}
