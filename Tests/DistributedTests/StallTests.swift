import Foundation
import TestSupport
import Testing

/// Ranks that stand still, and who says so.
@Suite(.serialized) struct StallTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// How long ranks may outlive mpirun: MPICH's does not see them where their host is cut off.
  private static let secondsToEnd = isOpenMPI ? 1 : 15

  /// Starts an endless training by `start`, runs a line of the shell once it has made steps, and waits for
  /// the end; in the line, `$p` is the process of rank `rank`, and `$all` are those of all ranks.
  static func end(
    _ start: String, rank: Int, by line: String, in folder: TemporaryFolder,
    environment: [String: String] = [:]
  ) throws -> ProcessResult {
    let script = """
      "$W" stories --count 20 --output c.txt > stories.out
      \(start) pretrain --run run --corpus c.txt --layers 1 --width 16 --heads 2 --hidden 24 --context 16 \
        --batch 8 --micro-batch 2 --vocabulary-size 300 --steps $S --stall-timeout $T --save-every 1000000 \
        > output 2> errors & started=$!
      until [ "$(cat run/metrics.jsonl 2> /dev/null | wc -l)" -gt 20 ]; do
        kill -0 $started || { cat errors >&2; exit 99; }
        sleep 0.05
      done
      all=$(pgrep -f "^$W pretrain --run run --corpus c.txt" | while read process; do
        [ "$(readlink /proc/$process/cwd)" = "$PWD" ] && echo $process; done)
      for p in $all; do
        tr '\\0' '\\n' < /proc/$p/environ | grep -qx '\(rankVariable)=\(rank)' && break
      done
      \(line)
      wait $started
      code=$?
      grep -v '^step ' errors >&2
      # What has ended and was not waited for by its new parent does not count.
      for try in {1..\(secondsToEnd)}; do
        sleep 1
        left=$(for p in $all; do grep '^State:.[^Z]' /proc/$p/status 2> /dev/null && echo "left $p"; done)
        [ -n "$left" ] || break
      done
      printf %s "$left"
      exit $code
      """
    let variables = [
      "W": try BuiltProduct.path("worker"), "L": try BuiltProduct.path("launcher"), "S": "1000000",
      "T": "3",
    ]
    return try runProcess(
      "bash", ["-c", script], environment: variables.merging(environment) { $1 }, in: folder.path,
      timeout: 120)
  }

  @Test(arguments: [0, 2])
  func aStoppedRankIsNamedByTheOthers(_ rank: Int) throws {
    let result = try Self.end("$L -n 3", rank: rank, by: "kill -STOP $p", in: folder)
    #expect(result.exitCode == 69)
    let said = try #require(
      result.errors.split(separator: "\n").first { $0.contains("stood still") })
    let place =
      /rank ([0-9]+) on host [^ :]+: it has stood still for 3 s, last seen in step [0-9]+, [a-z ]+;/
    let match = try #require(try place.firstMatch(in: said), "\(result.errors)")
    #expect(match.1 == "\(rank)", "\(said)")
    #expect(!result.output.contains("left"), "\(result.output)")
  }

  /// A rank that stands still is lost to its job as one that was killed.
  @Test func theLauncherStartsAgainAfterIt() throws {
    let result = try Self.end(
      "$L --restarts 1 -n 3", rank: 1, by: "kill -STOP $p", in: folder, environment: ["S": "1500"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(
      result.errors.contains(
        "launcher: the job: a rank was lost; restart 1 of 1, from the beginning"),
      "\(result.errors)")
  }

  /// As ctrl-Z and `fg` do it.
  @Test func aJobThatWasStoppedAndContinuedGoesOn() throws {
    let result = try Self.end(
      // After SIGCONT ranks wait 3 s for another signal, which counts as standing still.
      "$L -n 3", rank: 0, by: "kill -STOP $all; sleep 10; kill -CONT $all", in: folder,
      environment: ["S": "1500", "T": "7"])
    #expect(result.exitCode == 0, "\(result.errors)")
  }
}
