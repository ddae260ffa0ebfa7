import Foundation
import TestSupport
import Testing

/// The losses of a small training against those that were written down.
///
/// A change that moves the curve changes what is computed. `PARABLE_WRITE_CURVE=1` writes a new one, which belongs
/// into a commit that says why.
@Suite struct LossCurveTests {
  private struct Line: Decodable {
    var loss: Double?
  }

  private static let curve = SharedFixtures.packageRoot
    .appendingPathComponent("Tests/Curves/pretraining-60-steps.txt")

  /// The instruction sets that `PARABLE_INSTRUCTIONS` limits the loops to, and that oneDNN knows by other names;
  /// on a lesser processor the higher ones are the same as its own.
  @Test(arguments: [
    ("baseline", "SSE41"), ("avx2", "AVX2"), ("avx512", "AVX512_CORE"), ("avx512bf16", "DEFAULT"),
  ])
  func staysWhatItWas(_ loops: String, _ products: String) throws {
    let folder = try TemporaryFolder()
    let script = """
      export PARABLE_INSTRUCTIONS=\(loops) DNNL_MAX_CPU_ISA=\(products)
      "$0" stories --count 200 --seed 8 --output stories.txt &&
      "$0" pretrain --corpus stories.txt --run run --width 32 --layers 2 --heads 4 --hidden 88 --context 64 \
        --batch 8 --grain 2 --steps 60 --warmup-steps 10 --vocabulary-size 500 --learning-rate 0.01 --seed 3
      """
    let result = try runProcess(
      "bash", ["-c", script, try BuiltProduct.path("worker")], in: folder.path)
    try #require(result.exitCode == 0, "\(result.errors)")
    let losses = try String(decoding: folder.read("run/metrics.jsonl"), as: UTF8.self)
      .split(separator: "\n")
      .compactMap { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).loss }
    if ProcessInfo.processInfo.environment["PARABLE_WRITE_CURVE"] == "1", products == "DEFAULT" {
      let text = losses.map { String(format: "%.4f\n", $0) }.joined()
      try text.write(to: Self.curve, atomically: true, encoding: .utf8)
    }
    let expected = try String(contentsOf: Self.curve, encoding: .utf8)
      .split(separator: "\n").compactMap { Double($0) }
    #expect(expected.count == 60)
    // The file has four decimals.
    expectClose(losses, expected, absolute: 1e-3, relative: 0, "loss after step")
  }
}
