import ParableFormats
import ParableGrading
import ParablePlatform
import TestSupport
import Testing

@Suite("What components mean where cases are unusual")
struct ComponentSemanticsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func outputs(_ file: CaseFile) throws -> SafetensorsFile {
    let path = folder.file("out.safetensors")
    try CaseGrading.compute(path: file.write(to: folder), output: path)
    return try SafetensorsFile(path: path)
  }

  private static let linear = CaseFile("linear")
    .floats("x", [2], [1, 2])
    .floats("weight", [3, 2], [1, 0, 0, 1, 1, 1])

  @Test("Without expectations there are the outputs alone, with grad_output the gradients too")
  func selection() throws {
    #expect(try outputs(Self.linear).tensors.map(\.name) == ["output"])
    let upstream = Self.linear.floats("grad_output", [3], [1, 10, 100])
    let file = try outputs(upstream)
    #expect(Set(file.tensors.map(\.name)) == ["output", "grad.x", "grad.weight"])
    #expect(try file.floats("output", shape: [3]) == [1, 2, 3])
    #expect(try file.floats("grad.x", shape: [2]) == [101, 110])
    #expect(try file.floats("grad.weight", shape: [3, 2]) == [1, 2, 10, 20, 100, 200])
    let expected = upstream.floats("expected.grad.x", [2], [0, 0])
    #expect(try outputs(expected).tensors.map(\.name) == ["grad.x"])
  }

  @Test("A scalar's upstream gradient is 1")
  func scalarGradient() throws {
    let file = try outputs(
      CaseFile("cross_entropy").floats("logits", [2, 2], [0, 0, 1000, -1000])
        .integers("targets", [2], [0, 1])
        .floats("expected.output", [], [0]).floats("expected.grad.logits", [2, 2], [0, 0, 0, 0]))
    #expect(try abs(file.floats("output")[0] - (2000 + 0.693_147_2) / 2) < 1e-3)
    #expect(try file.floats("grad.logits") == [-0.25, 0.25, 0.5, -0.5])
  }

  @Test("SiLU and its gradient stay numbers at the ends")
  func siluExtremes() throws {
    let file = try outputs(
      CaseFile("silu").floats("input", [5], [1e4, -1e4, 0, 3e38, -3e38])
        .floats("grad_output", [5], [1, 1, 1, 1, 1]))
    #expect(try file.floats("output") == [1e4, 0, 0, 3e38, 0])
    #expect(try file.floats("grad.input") == [1, 0, 0.5, 1, 0])
  }

  @Test("Softmax goes along any dimension, counted from either end, and is stable")
  func softmaxDimensions() throws {
    let x: [Float] = [1000, -1000, 0, 1000, 1000, 0]
    let alongColumns: [Float] = [0.5, 0, 0.5, 0.5, 1, 0.5]
    let alongRows: [Float] = [1, 0, 0, 0.5, 0.5, 0]
    for (dim, expected) in [
      ("0", alongColumns), ("-2", alongColumns), ("1", alongRows), ("-1", alongRows),
    ] {
      let file = try outputs(CaseFile("softmax", ["dim": dim]).floats("x", [2, 3], x))
      #expect(try file.floats("output", shape: [2, 3]) == expected)
    }
  }

  @Test("A query that may attend to nothing gives zeros and has zero gradients")
  func emptyRow() throws {
    let file = try outputs(
      CaseFile("scaled_dot_product_attention")
        .floats("q", [2, 1], [1, 2]).floats("k", [3, 1], [1, 2, 3]).floats(
          "v", [3, 2], [1, 2, 3, 4, 5, 6]
        )
        .bools("mask", [2, 3], [0, 0, 0, 0, 1, 0]).floats(
          "grad_output", [2, 2], [1, 1, 1, 1]))
    #expect(try file.floats("output", shape: [2, 2]) == [0, 0, 3, 4])
    #expect(try file.floats("grad.q") == [0, 0])
    #expect(try file.floats("grad.k") == [0, 0, 0])
    #expect(try file.floats("grad.v") == [0, 0, 1, 1, 0, 0])
  }

  @Test("A mask is spread over what it lacks", arguments: [[1, 2], [2], [1, 1, 2], [2, 1, 2]])
  func maskBroadcast(shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let mask: [UInt8] = Array([1, 0, 1, 0].prefix(count))
    let file = try outputs(
      CaseFile("scaled_dot_product_attention")
        .floats("q", [2, 3, 1], [1, 2, 3, 4, 5, 6]).floats("k", [2, 2, 1], [1, 2, 3, 4])
        .floats("v", [2, 2, 1], [7, 100, 9, 100]).bools("mask", shape, mask))
    let output = try file.floats("output", shape: [2, 3, 1])
    #expect(zip(output, [7, 7, 7, 9, 9, 9]).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test(
    "Positions are one row for all, or one for each share of the sequences",
    arguments: [([2], [0, 2] as [Int64]), ([1, 2], [0, 2]), ([2, 2], [0, 2, 1, 3])])
  func positions(shape: [Int], values: [Int64]) throws {
    func rows(_ shape: [Int], _ x: [Float], _ positionShape: [Int], _ p: [Int64]) throws -> [Float]
    {
      try outputs(
        CaseFile("rope", ["theta": "100.0", "max_seq_len": "8"])
          .floats("x", shape, x).integers("token_positions", positionShape, p)
      ).floats("output", shape: shape)
    }
    // [batch 2, heads 3, sequence 2, width 2] against each sequence alone.
    let x = (0..<24).map { Float($0 % 7) - 3 }
    let all = try rows([2, 3, 2, 2], x, shape, values)
    for part in 0..<6 {
      let row = values.count > 2 ? Array(values[(part / 3 * 2)..<(part / 3 * 2 + 2)]) : values
      let alone = try rows([2, 2], Array(x[part * 4..<part * 4 + 4]), [2], row)
      #expect(Array(all[part * 4..<part * 4 + 4]) == alone)
    }
  }

  @Test("Self-attention turns each share of the sequences by its own positions")
  func attentionPositions() throws {
    let eye: [Float] = [1, 0.5, -0.25, 2]
    func attended(
      _ shape: [Int], _ x: [Float], _ positionShape: [Int], _ positions: [Int64]
    ) throws -> [Float] {
      var file = CaseFile(
        "multihead_self_attention_with_rope",
        ["num_heads": "1", "theta": "100.0", "max_seq_len": "8"]
      ).floats("x", shape, x).integers("token_positions", positionShape, positions)
      for name in ["q_proj", "k_proj", "v_proj", "output_proj"] {
        file = file.floats("\(name).weight", [2, 2], eye)
      }
      return try outputs(file).floats("output", shape: shape)
    }
    // [2, 3, sequence 2, width 2] against each sequence alone.
    let x = (0..<24).map { Float($0 * 5 % 7) / 3 - 1 }
    let all = try attended([2, 3, 2, 2], x, [2, 2], [0, 2, 1, 7])
    for part in 0..<6 {
      let row: [Int64] = part < 3 ? [0, 2] : [1, 7]
      let range = part * 4..<part * 4 + 4
      #expect(try Array(all[range]) == attended([2, 2], Array(x[range]), [2], row))
    }
  }

  @Test("A loss without expectations comes without gradients")
  func lossAlone() throws {
    let sizes = [
      "vocab_size": "3", "context_length": "4", "d_model": "2", "num_layers": "1",
      "num_heads": "1", "d_ff": "1", "rope_theta": "100.0", "eps": "1e-5",
    ]
    var file = CaseFile("transformer_lm", sizes)
      .floats("token_embeddings.weight", [3, 2], [1, 2, 3, 4, 5, 6])
      .floats("output.weight", [3, 2], [0, 0, 0, 0, 0, 0])
      .floats("final_ln.weight", [2], [1, 1])
      .floats("layers.0.ln1.weight", [2], [1, 1]).floats("layers.0.ln2.weight", [2], [1, 1])
      .floats("layers.0.ffn.w1.weight", [1, 2], [1, 1])
      .floats("layers.0.ffn.w2.weight", [2, 1], [1, 1])
      .floats("layers.0.ffn.w3.weight", [1, 2], [1, 1])
      .integers("token_ids", [2], [0, 2]).integers("targets", [2], [1, 1])
    for name in ["q_proj", "k_proj", "v_proj", "output_proj"] {
      file = file.floats("layers.0.attn.\(name).weight", [2, 2], [1, 0, 0, 1])
    }
    let computed = try outputs(file)
    #expect(computed.tensors.map(\.name) == ["loss", "output"])
    #expect(try abs(computed.floats("loss", shape: [])[0] - 1.098_612_3) < 1e-6)
    #expect(try computed.floats("output", shape: [2, 3]) == [0, 0, 0, 0, 0, 0])
    let both = file.floats("grad_output", [2, 3], [0, 0, 0, 0, 0, 0])
    #expect(throws: GradingError.self) { try outputs(both) }
  }

  @Test("Clipping is exact down to tiny norms and leaves smaller gradients alone")
  func clipping() throws {
    func clipped(_ gradient: [Float], _ maximum: String) throws -> (norm: Float, values: [Float]) {
      let file = try outputs(
        CaseFile("gradient_clipping", ["max_norm": maximum])
          .floats("gradient.0", [1], [gradient[0]]).floats("gradient.1", [], [gradient[1]]))
      return try (file.floats("norm")[0], file.floats("clipped.0") + file.floats("clipped.1"))
    }
    #expect(try clipped([3, 4], "10").values == [3, 4])
    #expect(try clipped([3e-13, 4e-13], "1e-5").values == [3e-13, 4e-13])
    #expect(try clipped([3, 4], "1").norm == 5)
    let tiny = try clipped([3e-4, 4e-4], "1e-6").values
    #expect(abs(tiny[0] / (3e-4 * 1e-6 / 5.01e-4) - 1) < 1e-5)
  }

  @Test("Integers are written as integers")
  func integerOutput() throws {
    let file = try outputs(
      CaseFile(
        "estimate_memory_bytes",
        [
          "vocab_size": "8", "context_length": "4", "d_model": "4", "num_layers": "1",
          "num_heads": "2", "d_ff": "8", "dtype_bytes": "2",
        ]))
    #expect(try file.info("output").elementType == .i64)
    #expect(try file.int64s("output", shape: []) == [472])
  }

  @Test("A place that cannot be written gives one line and leaves nothing")
  func unwritable() throws {
    let path = try Self.linear.write(to: folder)
    let error = try #require(throws: FileError.self) {
      try CaseGrading.compute(path: path, output: folder.file("absent/out.safetensors"))
    }
    #expect(error.description.contains("absent/out.safetensors"))
    #expect(try folder.names() == ["case.safetensors"])
  }
}
