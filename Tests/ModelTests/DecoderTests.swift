import ParableKernels
import ParableModel
import Testing

@Suite struct DecoderTests {
  @Test func aPassDoesNotDependOnTheOneBefore() {
    let configuration = ModelConfiguration(
      vocabulary: 19, context: 9, width: 12, layers: 2, heads: 2, hidden: 10)
    let parameters = ParameterStorage(ParameterLayout(configuration))
    parameters.initialize(seed: 5)
    let model = Precision.fp32.makeLanguageModel(parameters, capacity: 18, trainable: true)
    let ids = (0..<18).map { Int32($0 % 19) }
    func loss(_ sequence: Int) -> Double {
      let row = Array(ids.prefix(2 * sequence))
      return row.withUnsafeBufferPointer { buffer in
        let batch = TokenBatch(ids: buffer, batch: 2, sequence: sequence)
        return model.loss(batch, targets: row).loss
      }
    }
    let first = loss(5)
    let longer = loss(9)
    #expect(first.isFinite && longer > first)
    #expect(loss(5) == first)
  }

  @Test(arguments: Precision.allCases)
  func everyChangeOfParametersReachesTheNextPass(precision: Precision) {
    let configuration = ModelConfiguration(
      vocabulary: 19, context: 9, width: 12, layers: 2, heads: 2, hidden: 10)
    let parameters = ParameterStorage(ParameterLayout(configuration))
    parameters.initialize(seed: 5)
    let model = precision.makeLanguageModel(parameters, capacity: 9, trainable: true)
    func loss(_ model: any LanguageModel) -> Double {
      let ids = (0..<9).map { Int32($0) }
      return ids.withUnsafeBufferPointer { buffer in
        model.loss(TokenBatch(ids: buffer, batch: 1, sequence: 9), targets: ids).loss
      }
    }
    var last = loss(model)
    for entry in parameters.view.layout.entries {
      parameters.update { $0[entry.parameter].base[0] += 0.5 }
      let changed = loss(model)
      #expect(changed != last, "\(entry.name)")
      let new = precision.makeLanguageModel(parameters, capacity: 9, trainable: true)
      #expect(changed == loss(new), "\(entry.name)")
      last = changed
    }
  }
}
