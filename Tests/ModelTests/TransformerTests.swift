import Formats
import Kernels
import Model
import Platform
import TestSupport
import Testing

@Suite struct TransformerTests {
  @Test(
    .enabled(if: SharedFixtures.isAvailable, SharedFixtures.comment),
    arguments: ["15-transformer_lm.safetensors", "16-transformer-lm-truncated.safetensors"])
  func logitsAndGradientsAgreeWithPyTorch(name: String) throws {
    let reference = try ReferenceCase(name)
    let parameters = try reference.parameters()
    let ids = try reference.ids("token_ids")
    let shape = try reference.file.info("token_ids").shape
    let model = DecoderLanguageModel<Float>(
      parameters, capacity: ids.count, trainable: true)
    let gradients = ParameterStorage(parameters.view.layout)
    var dLogits = try reference.file.floats("grad_output")
    ids.withUnsafeBufferPointer { ids in
      dLogits.withUnsafeMutableBufferPointer { dLogits in
        guard let base = dLogits.baseAddress else { return }
        let batch = TokenBatch(ids: ids, batch: shape[0], sequence: shape[1])
        let hidden = model.transformer.forward(batch)
        let logits = model.head.logits(hidden)
        #expect(throws: Never.self) {
          try reference.expect(
            UnsafeBufferPointer(start: logits.base, count: logits.count), equals: "output")
        }
        let dHidden = OwnedBuffer<Float>(count: hidden.count)
        let flow = Matrix(dHidden.base, rows: hidden.rows, columns: hidden.columns)
        model.head.accumulate(
          Matrix(base, rows: logits.rows, columns: logits.columns), hidden: hidden, into: flow,
          addingTo: gradients.view)
        model.transformer.backward(flow, batch, addingTo: gradients.view)
      }
    }
    for entry in gradients.view.layout.entries {
      try reference.expect(gradients.values[entry.range], equals: "grad." + entry.name)
    }
  }

  @Test(.enabled(if: SharedFixtures.isAvailable, SharedFixtures.comment))
  func lossAndGradientsAgreeWithPyTorch() throws {
    let reference = try ReferenceCase("17-transformer-lm-loss-and-gradients.safetensors")
    let parameters = try reference.parameters()
    let ids = try reference.ids("token_ids")
    let targets = try reference.ids("targets")
    let shape = try reference.file.info("token_ids").shape
    let model = Precision.fp32.makeLanguageModel(
      parameters, capacity: ids.count, trainable: true)
    let gradients = ParameterStorage(parameters.view.layout)
    let sum = ids.withUnsafeBufferPointer { ids in
      targets.withPointer { targets in
        model.lossAndGradient(
          TokenBatch(ids: ids, batch: shape[0], sequence: shape[1]), targets: targets,
          gradientScale: 1 / Float(ids.count), addingTo: gradients.view)
      }
    }
    #expect(sum.counted == ids.count)
    try reference.expect([Float(sum.loss / Double(sum.counted))], equals: "loss")
    for entry in gradients.view.layout.entries {
      try reference.expect(gradients.values[entry.range], equals: "grad." + entry.name)
    }
  }

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
        return row.withPointer { model.loss(batch, targets: $0) }.loss
      }
    }
    let first = loss(5)
    let longer = loss(9)
    #expect(first.isFinite && longer > first)
    #expect(loss(5) == first)
  }
}

extension Array where Element == Int32 {
  /// The elements as the kernels take targets.
  func withPointer<Result>(_ body: (UnsafePointer<Int32>) -> Result) -> Result {
    withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("an empty array") }
      return body(base)
    }
  }
}
