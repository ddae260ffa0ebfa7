import Foundation
import TestSupport
import Testing

/// Trainings that are killed again and again.
@Suite struct SoakTests {
  /// Scripts/soak.sh, of which `make soak` asks for more.
  @Test func killsLeaveNothingBehindAndChangeNothing() throws {
    let script = SharedFixtures.packageRoot.appendingPathComponent("Scripts/soak.sh").path
    let programs = URL(fileURLWithPath: try BuiltProduct.path("worker"))
      .deletingLastPathComponent().path
    let seed = Int.random(in: 0..<32768)
    let result = try runProcess(
      "bash", [script, "10", "\(seed)"], environment: ["PARABLE_BIN": programs], timeout: 600)
    #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    #expect(result.output.contains("soak: 10 kills, "), "\(result.output)")
  }
}
