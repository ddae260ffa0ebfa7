import Foundation
import TestSupport
import Testing

/// `worker estimate` against what a training really has in memory.
@Suite struct EstimateTests {
  private struct Report: Decodable {
    var trainingBytesPerRank: Double
  }

  /// Networks whose memory is mostly parameters, and mostly activations.
  @Test(
    .measuresMemory,
    arguments: [
      "--width 512 --layers 8 --heads 8 --hidden 1376 --context 64 --batch 4 --grain 4",
      "--width 128 --layers 6 --heads 8 --hidden 344 --context 512 --batch 8 --grain 4",
      "--width 512 --layers 8 --heads 8 --hidden 1376 --context 64 --batch 4 --grain 4 "
        + "--optimizer muon",
    ])
  func isWithinATenthOfTheResidentMemory(sizes: String) throws {
    let folder = try TemporaryFolder()
    let worker = try BuiltProduct.path("worker")
    let report = try runProcess(
      worker, ["estimate", "--vocabulary-size", "600", "--json"] + sizes.words)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let estimated =
      try decoder
      .decode(Report.self, from: Data(report.output.utf8)).trainingBytesPerRank
    // Its peak is read once the second step is written, while it waits to be let go on.
    let script = """
      "$0" stories --count 300 --output stories.txt > stories.log || exit
      "$0" pretrain --run run --corpus stories.txt --vocabulary-size 600 --steps 100000 \(sizes) > said 2>&1 &
      until [ "$(wc -l 2> /dev/null < run/metrics.jsonl)" -ge 3 ] 2> /dev/null; do
        kill -0 $! || { cat said >&2; exit 1; }
        sleep 0.05
      done
      grep VmHWM /proc/$!/status
      kill -9 $!
      """
    let result = try runProcess("bash", ["-c", script, worker], in: folder.path, timeout: 600)
    let kilobytes = try #require(
      result.output.split(separator: " ").compactMap { Double($0) }.first, "\(result.errors)")
    let ratio = estimated / (kilobytes * 1024)
    #expect(0.9...1.1 ~= ratio, "estimated \(estimated), resident \(kilobytes * 1024)")
  }
}

extension String {
  fileprivate var words: [String] { split(separator: " ").map(String.init) }
}
