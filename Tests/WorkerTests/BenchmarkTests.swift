import Foundation
import TestSupport
import Testing

/// The benchmark compares its peer's work with ours before it compares speeds.
@Suite struct BenchmarkTests {
  private static let script = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Benchmarks/same_work.py").path

  @Test func otherWorkOfAPeerIsRefused() throws {
    let folder = try TemporaryFolder()
    let worker = try BuiltProduct.path("worker")
    for arguments in [
      ["stories", "--count", "10", "--output", "s.txt"],
      [
        "pretrain", "--corpus", "s.txt", "--run", "run", "--width", "8", "--layers", "2",
        "--heads", "2", "--hidden", "24", "--context", "16", "--batch", "4", "--grain", "1",
        "--vocabulary-size", "300", "--steps", "1",
      ],
    ] {
      let result = try runProcess(worker, arguments, in: folder.path)
      try #require(result.exitCode == 0, "\(result.errors)")
    }
    struct Report: Decodable { var parameters: Int }
    let estimate = try runProcess(
      worker,
      [
        "estimate", "--width", "8", "--layers", "2", "--heads", "2", "--hidden", "24",
        "--vocabulary-size", "300", "--json",
      ])
    let parameters = try JSONDecoder().decode(Report.self, from: Data(estimate.output.utf8))
      .parameters
    let same: [String: Any] = [
      "params": parameters, "batch": 2, "world": 2, "dtype": "fp32", "tok_s": 1,
    ]
    for (key, value, message) in [
      ("tok_s", 1, nil), ("params", parameters + 16, "parameters \(parameters + 16) where"),
      ("world", 1, "tokens per step 32 where Parable has 64"), ("dtype", "bf16", "precision bf16"),
      ("params", nil, "does not say 'params'"),
    ] as [(String, Any?, String?)] {
      var peer = same
      peer[key] = value
      let result = try runProcess(
        "python3", [Self.script, "run", "fp32"], in: folder.path,
        input: [UInt8](JSONSerialization.data(withJSONObject: peer)))
      if let message {
        #expect(result.exitCode == 1 && result.errors.contains(message), "\(result.errors)")
      } else {
        #expect(result.exitCode == 0, "\(result.errors)")
      }
    }
  }
}
