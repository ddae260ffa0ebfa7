import Foundation
import ParableFormats
import ParableGrading
import TestSupport
import Testing

@Suite("Cases that are broken")
struct BrokenCaseTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let linear = CaseFile("linear")
    .floats("x", [2, 2], [1, 2, 3, 4])
    .floats("weight", [1, 2], [1, -1])
    .floats("expected.output", [2, 1], [-1, -1])

  private static let rope = CaseFile("rope", ["theta": "10000.0", "max_seq_len": "4"])
    .floats("x", [2, 2], [1, 0, 1, 0])
    .integers("token_positions", [2], [0, 3])
    .floats("expected.output", [2, 2], [1, 0, 1, 0])

  private static let crossEntropy = CaseFile("cross_entropy")
    .floats("logits", [1, 2], [0, 0])
    .integers("targets", [1], [1])
    .floats("expected.output", [], [0.6931472])

  private static let parameters = CaseFile(
    "count_parameters",
    [
      "vocab_size": "8", "context_length": "4", "d_model": "4", "num_layers": "1",
      "num_heads": "2", "d_ff": "8",
    ]
  ).integers("expected.output", [], [236])

  /// A case and a part of what is to be said of it.
  struct Broken: Sendable {
    let file: CaseFile
    let reason: String

    init(_ file: CaseFile, _ reason: String) {
      self.file = file
      self.reason = reason
    }
  }

  private static let attention = CaseFile("scaled_dot_product_attention")
    .floats("q", [1, 2], [1, 0]).floats("k", [1, 2], [1, 0]).floats("v", [1, 1], [3])
    .floats("expected.output", [1, 1], [3])

  private static let clipping = CaseFile("gradient_clipping", ["max_norm": "1.0"])
    .floats("gradient.0", [1], [3]).floats("gradient.1", [1], [4])
    .floats("expected.norm", [], [5])

  private static let sampling = CaseFile("sampling", ["strategy": "greedy", "seed": "1"])
    .floats("logits", [2, 3], [0, 2, 1, 4, 3, 2])
    .integers("expected.output", [2], [1, 0])

  private static let broken: [Broken] = [
    Broken(
      attention.bools("masc", [1, 1], [0]),
      "tensor \"masc\" is unknown to scaled_dot_product_attention, which takes q, k, v, mask, "
        + "grad_output"),
    Broken(linear.floats("bias", [1], [0]), "tensor \"bias\" is unknown to linear"),
    Broken(linear.set("epsilon", "1"), "hyperparameter \"epsilon\" is unknown to linear"),
    Broken(crossEntropy.set("ignore_indx", "-100"), "\"ignore_indx\" is unknown"),
    Broken(clipping.floats("gradient.3", [1], [0]), "tensor \"gradient.3\" is unknown"),
    Broken(clipping.floats("gradient.01", [1], [0]), "tensor \"gradient.01\" is unknown"),
    Broken(clipping.floats("grad_output", [], [1]), "\"grad_output\" is unknown"),
    Broken(parameters.floats("x", [1], [0]), "which takes none"),
    Broken(sampling.set("strategy", "top"), "one of greedy, top-k, top-p"),
    Broken(sampling.set("temperature", "0"), "temperature is 0, out of its range"),
    Broken(sampling.floats("logits", [2, 3], [0, 2, .nan, 4, 3, 2]), "logits holds nan"),
    Broken(linear.without("x"), "tensor x is missing"),
    Broken(linear.floats("weight", [2], [1, -1]), "weight has shape [2] where 2 dimensions"),
    Broken(
      linear.floats("weight", [1, 3], [1, 2, 3]), "x has shape [2, 2] where [2, 3] is expected"),
    Broken(linear.integers("x", [2, 2], [1, 2, 3, 4]), "x has type I64 where F32 is expected"),
    Broken(linear.set("component", "liner"), "there is no component \"liner\""),
    Broken(linear.set("component", nil), "hyperparameter component is missing"),
    Broken(linear.set("atol", nil), "hyperparameter atol is missing"),
    Broken(linear.set("atol", "-1"), "atol is -1, out of its range"),
    Broken(linear.set("rtol", "nan"), "rtol is \"nan\" where a decimal number is expected"),
    Broken(linear.set("rtol", "0x1p-4"), "where a decimal number is expected"),
    Broken(linear.set("rtol", "1e999"), "where a decimal number is expected"),
    Broken(linear.without("expected.output"), "no expected.* to compare with"),
    Broken(linear.floats("expected.ouput", [2, 1], [0, 0]), "linear has no output \"ouput\""),
    Broken(
      linear.floats("expected.grad.x", [2, 2], [0, 0, 0, 0]), "tensor grad_output is missing"),
    Broken(linear.floats("grad_output", [2], [0, 0]), "grad_output has shape [2] where [2, 1]"),
    Broken(
      linear.floats("x", [1 << 20, 0], []).floats("weight", [1 << 20, 0], []), "would be too large"
    ),
    Broken(rope.integers("token_positions", [2], [0, 4]), "holds 4 where 0 to 3"),
    Broken(rope.integers("token_positions", [2], [0, -1]), "holds -1 where 0 to 3"),
    Broken(rope.integers("token_positions", [3], [0, 1, 2]), "token_positions has shape [3]"),
    Broken(rope.floats("x", [2, 3], [0, 0, 0, 0, 0, 0]), "last dimension of 3 where an even one"),
    Broken(rope.set("theta", "0"), "theta is 0, out of its range"),
    Broken(rope.set("max_seq_len", "4.5"), "max_seq_len is \"4.5\" where a whole number"),
    Broken(rope.set("max_seq_len", nil), "hyperparameter max_seq_len is missing"),
    Broken(crossEntropy.integers("targets", [1], [2]), "holds 2 where 0 to 1"),
    Broken(crossEntropy.integers("targets", [1], [-100]), "holds -100 where 0 to 1"),
    Broken(
      crossEntropy.integers("targets", [1], [-100]).set("ignore_index", "-100"),
      "nothing that counts"
    ),
    Broken(parameters.set("d_model", "999999999999"), "d_model is 999999999999, out of its range"),
    Broken(parameters.set("num_layers", "two"), "num_layers is \"two\""),
    Broken(parameters.floats("expected.output", [], [236]), "expected.output has type F32"),
  ]

  @Test("What they are made from passes")
  func unbroken() throws {
    for file in [
      Self.linear, Self.crossEntropy, Self.parameters, Self.attention, Self.clipping,
      Self.sampling, Self.linear.set("format", "pt"),
    ] {
      let grade = CaseGrading.grade(path: try file.write(to: folder))
      #expect(grade.passed, "\(grade.message ?? "")")
    }
  }

  @Test(
    "Each has one line that names it and what is wrong",
    arguments: broken)
  func message(broken: Broken) throws {
    let grade = CaseGrading.grade(path: try broken.file.write(to: folder))
    let message = try #require(grade.message)
    #expect(!grade.passed)
    #expect(message.contains(broken.reason), "\(message)")
    #expect(message.contains("case.safetensors"), "\(message)")
    #expect(!message.contains("\n"))
  }

  @Test("Garbage and headers that lie do not end the program")
  func corruption() throws {
    let whole = try folder.read(
      URL(fileURLWithPath: try Self.linear.write(to: folder)).lastPathComponent)
    for count in stride(from: 0, to: whole.count, by: 7) {
      let path = try folder.write(whole[..<count], to: "cut.safetensors")
      #expect(!CaseGrading.grade(path: path).passed)
    }
    for position in stride(from: 0, to: whole.count, by: 3) {
      var bytes = whole
      bytes[position] ^= 0x11
      let path = try folder.write(bytes, to: "changed.safetensors")
      let grade = CaseGrading.grade(path: path)
      #expect(grade.passed || grade.message?.contains("\n") == false)
    }
  }

  @Test("The others are graded all the same")
  func folderGoesOn() throws {
    _ = try Self.linear.write(to: folder, as: "a")
    try folder.write("garbage", to: "b.safetensors")
    _ = try Self.linear.floats("expected.output", [2, 1], [-1, -2]).write(to: folder, as: "c")
    try folder.write("no case", to: "README")
    var seen: [String] = []
    let grade = try CaseGrading.grade(CaseGrading.cases(at: folder.path)) { seen.append($0.name) }
    #expect(seen == ["a", "b", "c"])
    #expect(grade.cases.map(\.passed) == [true, false, false])
    #expect(grade.passed == 1 && grade.total == 3)
    #expect(grade.cases[2].message == "output[1, 0] is -1.0 where -2.0 is expected, 1 of 2 too far")
  }

  @Test("A folder without cases is an error")
  func noCases() throws {
    for path in [folder.path, folder.file("absent")] {
      let error = try #require(throws: GradingError.self) {
        try CaseGrading.cases(at: path)
      }
      #expect(error.description.contains(path))
    }
  }
}
