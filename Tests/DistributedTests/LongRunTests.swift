import Foundation
import TestSupport
import Testing

/// What a training holds and writes does not grow beyond what its steps write.
@Suite(.serialized) struct LongRunTests {
  /// Scripts/long-run.sh, of which `make long-run` asks for more.
  @Test(.measuresMemory) func memoryFilesAndThreadsStayAsTheyWere() throws {
    let script = SharedFixtures.packageRoot.appendingPathComponent("Scripts/long-run.sh").path
    let programs = URL(fileURLWithPath: try BuiltProduct.path("worker"))
      .deletingLastPathComponent().path
    let result = try runProcess(
      "bash", [script, "3000"], environment: ["PARABLE_BIN": programs], timeout: 600)
    #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    #expect(result.output.hasPrefix("long-run: 3000 steps on 2 ranks, "), "\(result.output)")
  }

  /// The log is that of the first rank, and a trace has so many events, whatever the number of ranks.
  @Test func logsAndTracesDoNotGrowWithTheRanks() throws {
    let folder = try TemporaryFolder.withStories()
    let worker = try BuiltProduct.path("worker")
    /// The bytes of what a training of so many steps leaves.
    func sizes(ranks: Int, steps: Int) throws -> (log: Int, output: Int, trace: Int) {
      let run = folder.file("\(ranks)-\(steps)")
      let arguments =
        ["pretrain", "--run", run, "--corpus", folder.file("c.txt"), "--profile"]
        + FailingDiskTests.sizes + FailingDiskTests.narrow + ["--steps", "\(steps)"]
      let result =
        ranks == 1
        ? try runProcess(worker, arguments) : try runUnderMPI(ranks: ranks, worker, arguments)
      try #require(result.exitCode == 0, "\(result.errors)")
      return (
        try folder.read("\(ranks)-\(steps)/metrics.jsonl").count,
        result.outputBytes.count + result.errorBytes.count,
        try folder.read("\(ranks)-\(steps)/trace.json").count
      )
    }
    let (two, four) = (try sizes(ranks: 2, steps: 100), try sizes(ranks: 4, steps: 100))
    // What is said of cores and placement has a few words of each rank.
    #expect(Double(four.log) < 1.05 * Double(two.log), "\(four) against \(two)")
    #expect(Double(four.output) < 1.5 * Double(two.output), "\(four) against \(two)")
    // The same events, and for each rank what it waits and shares.
    #expect(Double(four.trace) < 2 * Double(two.trace), "\(four) against \(two)")
    let longer = try sizes(ranks: 2, steps: 300)
    #expect(Double(longer.log) < 3 * Double(two.log), "\(longer) against \(two)")
    #expect(Double(longer.trace) < 3.2 * Double(two.trace), "\(longer) against \(two)")
  }
}
