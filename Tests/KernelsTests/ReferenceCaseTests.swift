import Formats
import Foundation
import Kernels
import TestSupport
import Testing

extension KernelLoops {
  /// The cases of the reference folder that are one kernel each, made by PyTorch.
  @Suite(
    "PyTorch's numbers", .enabled(if: SharedFixtures.isAvailable, SharedFixtures.comment))
  struct ReferenceCaseTests {
    @Test(arguments: InstructionSet.available)
    func embeddingCase(set: InstructionSet) throws {
      let test = try KernelCase("01-embedding")
      let ids = Numbers(try test.file.int64s("token_ids").map { Int32($0) })
      let table = try test.numbers("weight")
      let width = try test.shape("weight")[1]
      let output = Numbers<Float>(ids.count * width)
      let dTable = Numbers<Float>(table.count, of: 0)
      let dOutput = try test.numbers("grad_output")
      set {
        embedding(
          ids.buffer, table: table.matrix(columns: width), into: output.matrix(columns: width))
        embeddingBackward(
          ids.buffer, dOutput: dOutput.matrix(columns: width),
          addingTo: dTable.matrix(columns: width))
      }
      try test.expect(output.floats, "output")
      try test.expect(dTable.floats, "grad.weight")
    }

    @Test(arguments: InstructionSet.available)
    func rmsNormCase(set: InstructionSet) throws {
      let test = try KernelCase("02-rmsnorm")
      let x = try test.numbers("x")
      let gain = try test.numbers("weight")
      let dy = try test.numbers("grad_output")
      let (width, rows) = (gain.count, x.count / gain.count)
      let y = Numbers<Float>(x.count)
      let inverse = Numbers<Float>(rows)
      let dx = Numbers<Float>(x.count, of: 0)
      let dGain = Numbers<Float>(width, of: 0)
      let epsilon = Float(try test.number("eps"))
      set {
        rmsNorm(
          x.matrix(columns: width), gain: gain.base, epsilon: epsilon,
          into: y.matrix(columns: width), inverseRMS: inverse.base)
        rmsNormBackward(
          dy.matrix(columns: width), x: x.matrix(columns: width), gain: gain.base,
          inverseRMS: inverse.base, addingTo: dx.matrix(columns: width), addingTo: dGain.base)
      }
      try test.expect(y.floats, "output")
      try test.expect(dx.floats, "grad.x")
      try test.expect(dGain.floats, "grad.weight")
    }

    @Test(arguments: InstructionSet.available)
    func siluCase(set: InstructionSet) throws {
      let test = try KernelCase("03-silu")
      let x = try test.numbers("input")
      let dy = try test.numbers("grad_output")
      let y = Numbers<Float>(x.count)
      let dx = Numbers<Float>(x.count)
      set {
        silu(x.matrix(columns: x.count), into: y.matrix(columns: x.count))
        siluBackward(
          dy.matrix(columns: x.count), x: x.matrix(columns: x.count),
          into: dx.matrix(columns: x.count))
      }
      try test.expect(y.floats, "output")
      try test.expect(dx.floats, "grad.input")
    }

    @Test(
      arguments: InstructionSet.available, ["05-rope", "06-rope-4d-scattered-positions"])
    func rotaryCase(set: InstructionSet, name: String) throws {
      let test = try KernelCase(name)
      let shape = try test.shape("x")
      let (sequence, width) = (shape[shape.count - 2], shape[shape.count - 1])
      let heads = shape.count == 4 ? shape[1] : 1
      let positions = Numbers(try test.file.int64s("token_positions").map { Int32($0) })
      let table = RotaryTable(
        headWidth: width, positions: Int(try test.number("max_seq_len")),
        theta: try test.number("theta"))
      for (input, output, inverse) in [
        ("x", "output", false), ("grad_output", "grad.x", true),
      ] {
        let x = try test.numbers(input)
        set {
          rotate(
            Heads(
              x.base, batchStride: heads * sequence * width, tokenStride: width,
              headStride: sequence * width),
            batch: shape[0], sequence: sequence, heads: heads, positions: positions.base,
            positionsBatchStride: positions.count > sequence ? sequence : 0, table: table,
            inverse: inverse)
        }
        try test.expect(x.floats, output)
      }
    }

    @Test(arguments: InstructionSet.available, ["07-softmax", "08-softmax-middle-dim-large"])
    func softmaxCase(set: InstructionSet, name: String) throws {
      let test = try KernelCase(name)
      let shape = try test.shape("x")
      let dimension = (Int(try test.number("dim")) + shape.count) % shape.count
      let before = shape[..<dimension].reduce(1, *)
      let after = shape[(dimension + 1)...].reduce(1, *)
      let x = try test.numbers("x")
      let dy = try test.numbers("grad_output")
      let y = Numbers<Float>(x.count)
      let dx = Numbers<Float>(x.count)
      set {
        softmax(x.base, before: before, along: shape[dimension], after: after, into: y.base)
        softmaxBackward(
          dy.base, y: y.base, before: before, along: shape[dimension], after: after, into: dx.base)
      }
      try test.expect(y.floats, "output")
      try test.expect(dx.floats, "grad.x")
    }

    @Test(
      arguments: InstructionSet.available,
      [
        "09-scaled_dot_product_attention", "10-sdpa-4d-random-mask-one-empty-row",
        "11-sdpa-no-mask",
      ])
    func attentionCase(set: InstructionSet, name: String) throws {
      let test = try KernelCase(name)
      let (q, k, v) = (try test.shape("q"), try test.shape("k"), try test.shape("v"))
      // All leading dimensions together count as heads.
      let heads = q[..<(q.count - 2)].reduce(1, *)
      let shape = AttentionShape(
        batch: 1, heads: heads, queryLength: q[q.count - 2], keyLength: k[k.count - 2],
        headWidth: q[q.count - 1], valueWidth: v[v.count - 1])
      let size = shape.queryLength * shape.keyLength
      let hasMask = test.file.contains("mask")
      let bytes = Numbers(try hasMask ? test.file.bools("mask").map { $0 ? UInt8(1) : 0 } : [])
      if hasMask { try #require(bytes.count == heads * size) }
      let mask: AttentionMask =
        hasMask ? .boolean(bytes.base, batchStride: 0, headStride: size) : .all
      func view(_ numbers: Numbers<Float>, _ length: Int, _ width: Int) -> Heads<Float> {
        Heads(numbers.base, batchStride: 0, tokenStride: width, headStride: length * width)
      }
      let (queries, keys, values) = (
        try test.numbers("q"), try test.numbers("k"), try test.numbers("v")
      )
      let dOutput = try test.numbers("grad_output")
      let output = Numbers<Float>(dOutput.count)
      let kept = Numbers<Float>(heads * shape.queryLength)
      let dQuery = Numbers<Float>(queries.count)
      let dKey = Numbers<Float>(keys.count)
      let dValue = Numbers<Float>(values.count)
      set {
        attention(
          query: view(queries, shape.queryLength, shape.headWidth),
          key: view(keys, shape.keyLength, shape.headWidth),
          value: view(values, shape.keyLength, shape.valueWidth), shape: shape, mask: mask,
          into: view(output, shape.queryLength, shape.valueWidth), logSumExp: kept.base)
        attentionBackward(
          view(dOutput, shape.queryLength, shape.valueWidth),
          query: view(queries, shape.queryLength, shape.headWidth),
          key: view(keys, shape.keyLength, shape.headWidth),
          value: view(values, shape.keyLength, shape.valueWidth),
          output: view(output, shape.queryLength, shape.valueWidth), logSumExp: kept.base,
          shape: shape, mask: mask, into: view(dQuery, shape.queryLength, shape.headWidth),
          into: view(dKey, shape.keyLength, shape.headWidth),
          into: view(dValue, shape.keyLength, shape.valueWidth))
      }
      try test.expect(output.floats, "output")
      try test.expect(dQuery.floats, "grad.q")
      try test.expect(dKey.floats, "grad.k")
      try test.expect(dValue.floats, "grad.v")
    }

    @Test(
      arguments: InstructionSet.available,
      [
        "18-cross_entropy", "19-cross-entropy-large", "20-perplexity", "21-token_accuracy",
        "22-perplexity-ignore-index", "23-token-accuracy-ignore-index",
      ])
    func crossEntropyCase(set: InstructionSet, name: String) throws {
      let test = try KernelCase(name)
      let logits = try test.numbers("logits")
      let targets = Numbers(try test.file.int64s("targets").map { Int32($0) })
      let ignored = test.file.metadata["ignore_index"].flatMap { Int32($0) }
      let vocabulary = logits.count / targets.count
      let dLogits = Numbers<Float>(logits.count)
      let sums = set {
        crossEntropy(
          logits.matrix(columns: vocabulary), targets: targets.base, ignoring: ignored,
          gradientScale: 1 / Float(targets.count), dLogits: dLogits.matrix(columns: vocabulary))
      }
      let mean = sums.loss / Double(sums.counted)
      switch test.file.metadata["component"] {
      case "cross_entropy":
        try test.expect([Float(mean)], "output")
        try test.expect(dLogits.floats, "grad.logits")
      case "perplexity": try test.expect([Float(exp(mean))], "output")
      default:
        try test.expect([Float(sums.correct) / Float(sums.counted)], "output")
      }
    }

    @Test(
      arguments: InstructionSet.available,
      [
        "24-gradient-clipping", "25-gradient-clipping-below-the-norm", "26-gradient-clipping-tiny",
      ])
    func clippingCase(set: InstructionSet, name: String) throws {
      let test = try KernelCase(name)
      let gradients = try (0..<4).map { try test.numbers("gradient.\($0)") }
      let norm = set { gradients.reduce(0) { $0 + sumOfSquares($1.buffer) } }.squareRoot()
      let factor = Float(clippingScale(norm: norm, maximum: try test.number("max_norm")))
      try test.expect([Float(norm)], "norm")
      for (i, gradient) in gradients.enumerated() {
        set {
          scale(
            UnsafeMutableBufferPointer(start: gradient.base, count: gradient.count), by: factor)
        }
        try test.expect(gradient.floats, "clipped.\(i)")
      }
    }

    @Test(arguments: InstructionSet.available)
    func adamWCase(set: InstructionSet) throws {
      let test = try KernelCase("28-adamw")
      let parameters = try test.numbers("parameter")
      let gradients = try test.numbers("gradients")
      let count = parameters.count
      let first = Numbers<Float>(count, of: 0)
      let second = Numbers<Float>(count, of: 0)
      var trail: [Float] = []
      for step in 1...gradients.count / count {
        let (learningRate, beta1, beta2) = (
          try test.number("learning_rate"), try test.number("beta1"), try test.number("beta2")
        )
        let (epsilon, decay) = (try test.number("eps"), try test.number("weight_decay"))
        set {
          adamW(
            parameters: parameters.base, gradients: gradients.base + (step - 1) * count,
            firstMoment: first.base, secondMoment: second.base, count: count,
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
            weightDecay: decay, step: step)
        }
        trail += parameters.floats
      }
      try test.expect(trail, "output")
    }

    @Test(arguments: ["29-pooling-last", "30-pooling-mean", "31-pooling-max"])
    func poolingCase(name: String) throws {
      let test = try KernelCase(name)
      let shape = try test.shape("hidden_states")
      let hidden = try test.numbers("hidden_states")
      let mask = Numbers(try test.file.int64s("attention_mask").map { UInt8($0) })
      let output = Numbers<Float>(shape[0] * shape[2])
      pool(
        hidden.matrix(columns: shape[2]), mask: mask.base, sequence: shape[1],
        pooling: try #require(Pooling(rawValue: test.file.metadata["pooling"] ?? "")),
        into: output.matrix(columns: shape[2]))
      try test.expect(output.floats, "output")
    }
  }
}

/// One file of the reference folder.
private struct KernelCase {
  let file: SafetensorsFile

  init(_ name: String) throws {
    file = try SafetensorsFile(
      path: SharedFixtures.path("fixtures/components/\(name).safetensors"))
  }

  func number(_ key: String) throws -> Double {
    try #require(Double(file.metadata[key] ?? ""), "\(key)")
  }

  func shape(_ name: String) throws -> [Int] { try file.info(name).shape }

  func numbers(_ name: String) throws -> Numbers<Float> { Numbers(try file.floats(name)) }

  /// Compares within the case's tolerances.
  func expect(
    _ actual: [Float], _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    expectClose(
      actual, try file.floats("expected." + name), absolute: try number("atol"),
      relative: try number("rtol"), name, sourceLocation: sourceLocation)
  }
}
