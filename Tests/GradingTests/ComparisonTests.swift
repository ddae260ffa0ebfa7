import ParableFormats
import ParableGrading
import TestSupport
import Testing

@Suite("What is close enough")
struct ComparisonTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A case whose output is its input times one.
  private func grade(
    _ input: [Float], expected: [Float], shape: [Int]? = nil, atol: String = "0", rtol: String = "0"
  ) throws -> CaseGrade {
    let file = CaseFile("linear")
      .floats("x", [input.count, 1], input)
      .floats("weight", [1, 1], [1])
      .floats("expected.output", shape ?? [expected.count, 1], expected)
      .set("atol", atol).set("rtol", rtol)
    return CaseGrading.grade(path: try file.write(to: folder))
  }

  @Test(
    "Numbers within atol + rtol · |expected|",
    arguments: [
      ([1, 2], [1, 2], "0", "0", true),
      ([1, 2], [1, 2.5], "0", "0", false),
      ([1, 2], [1, 2.5], "0.5", "0", true),
      ([1, 2], [1, 2.5], "0", "0.2", true),
      ([1, 2], [1, 2.5], "0", "0.19", false),
      ([1, 2], [1, 2.5], "0.25", "0.1", true),
      ([-1, 0], [-1, -0.0], "0", "0", true),
      ([1e30], [1.0001e30], "0", "1e-3", true),
      ([.infinity], [.infinity], "0", "0", true),
      ([.infinity], [-.infinity], "1e30", "1", false),
      ([1], [.infinity], "1e30", "1", false),
      ([.infinity], [1], "1e30", "1", false),
    ] as [([Float], [Float], String, String, Bool)])
  func tolerance(
    input: [Float], expected: [Float], atol: String, rtol: String, passes: Bool
  ) throws {
    #expect(try grade(input, expected: expected, atol: atol, rtol: rtol).passed == passes)
  }

  @Test("NaN is close to nothing, not even where all is NaN")
  func notANumber() throws {
    let nan = Float.nan
    #expect(try !grade([nan, nan], expected: [nan, nan], atol: "1e30").passed)
    #expect(try !grade([nan, 1], expected: [1, 1], atol: "1e30").passed)
    #expect(try !grade([1, 1], expected: [1, nan], atol: "1e30").passed)
    func message(_ found: Float, _ expected: Float) throws -> String? {
      try grade([found], expected: [expected]).message
    }
    #expect(
      try message(nan, nan)
        == "output[0, 0] is nan, which never passes, not even for the nan that the case expects, "
        + "1 of 1 too far")
    #expect(try message(nan, 1) == "output[0, 0] is nan where 1.0 is expected, 1 of 1 too far")
    #expect(
      try message(1, nan)
        == "output[0, 0] is 1.0 where the case expects nan, which nothing passes for, 1 of 1 too far"
    )
  }

  @Test("Shapes must be equal")
  func shapes() throws {
    let grade = try grade([1, 2], expected: [1, 2], shape: [2])
    #expect(grade.message == "output has shape [2, 1] where [2] is expected")
  }

  @Test("Integers are compared beyond what a Double can tell apart")
  func integers() throws {
    let sizes = [
      "vocab_size": "16777216", "context_length": "1", "d_model": "262144", "num_layers": "262144",
      "num_heads": "1", "d_ff": "262143",
    ]
    func grade(_ value: Int64) throws -> CaseGrade {
      let file = CaseFile("count_parameters", sizes).integers("expected.output", [], [value])
        .set("atol", "0").set("rtol", "0")
      return CaseGrading.grade(path: try file.write(to: folder))
    }
    let (width, hidden) = (Int64(262_144), Int64(262_143))
    let block = 4 * width * width + 3 * width * hidden + 2 * width
    let count = 2 * 16_777_216 * width + 262_144 * block + width
    #expect(try grade(count).passed)
    #expect(try !grade(count + 1).passed)
  }
}
