import Foundation
import TestSupport
import Testing

/// Runs on a file system without locks, where the time of the file `lock` says that a run is in use.
@Suite struct WithoutLocksTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder.withStories() }

  /// Runs a script, in which `train` trains one run, and `end` says how it has ended.
  private func run(_ script: String) throws -> ProcessResult {
    let words = """
      set -u
      train() {
        exec $0 pretrain --run "$PWD/run" "$@" --layers 1 --heads 2 --width 16 --hidden 24 --context 16 \
          --batch 4 --vocabulary-size 300 --save-every 50
      }
      resume() { exec $0 pretrain --run "$PWD/run" --resume "$@"; }
      await() { until [ -e "$1" ]; do sleep 0.05; done; }
      end() {
        wait ${!1}; echo "$1 ended with $?"
        grep "^worker: " $1 | sed "s/ $first on/ FIRST on/; s/ ${second:-0} on/ SECOND on/"
      }
      """
    return try runProcess(
      "bash", ["-c", words + "\n" + script, try BuiltProduct.path("worker")],
      environment: FailingCalls.withoutLocks(below: folder.file("run")), in: folder.path)
  }

  @Test func aSecondTrainingIsRefusedAndGoesOnWhereTheFirstIsGone() throws {
    let result = try run(
      """
      train --corpus c.txt --steps 100000 > out 2> first & first=$!
      await run/checkpoints/step-00000050
      resume > out 2> second & second=$!
      end second
      kill -KILL $first; wait $first 2> /dev/null
      resume --stop-after 1000000 --max-time 3s > out 2> third & third=$!
      end third
      grep -c 'knows no locks (No locks available)' first third
      ls run/lock 2>&1
      """)
    let lines = result.output.split(separator: "\n").map(String.init)
    try #require(lines.count == 6, "\(result.output)\(result.errors)")
    #expect(lines[0] == "second ended with 1")
    #expect(lines[1].contains("/run: in use by process FIRST on host "), "\(lines[1])")
    #expect(lines[2] == "third ended with 75")
    #expect(lines[3...4] == ["first:1", "third:1"])
    #expect(lines[5].hasSuffix("No such file or directory"))
  }

  /// It was suspended, and has to find that its run is another's now.
  @Test func aTrainingThatStoodStillForTooLongEnds() throws {
    let result = try run(
      """
      train --corpus c.txt --steps 1000000 > out 2> first & first=$!
      await run/checkpoints/step-00000050
      kill -STOP $first
      resume > out 2> second & second=$!
      until grep -q '"resumed"' run/metrics.jsonl; do sleep 0.1; done
      kill -CONT $first
      end first
      kill -USR1 $second
      end second
      $0 verify run > verified || cat verified
      """)
    let lines = result.output.split(separator: "\n").map(String.init)
    try #require(lines.count == 3, "\(result.output)\(result.errors)")
    #expect(lines[0] == "first ended with 1")
    #expect(lines[1].contains("/run: in use by process SECOND on host "), "\(lines[1])")
    #expect(lines[2] == "second ended with 75")
  }
}
