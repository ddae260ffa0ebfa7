import Foundation
import ParablePlatform
import TestSupport
import Testing

/// Trainings that real signals stop, to be continued: alone, under mpirun and under the launcher.
@Suite(.serialized) struct StoppingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder.withStories() }

  /// A training that would go on for ever, but for what stops it.
  static let endless =
    "pretrain --corpus c.txt --layers 1 --width 16 --heads 2 --hidden 24 --context 16 "
    + "--batch 4 --micro-batch 1 --vocabulary-size 300 --steps 1000000 --warmup-steps 1"

  /// Runs lines of bash.
  ///
  /// `$W` is the worker, `$L` the launcher, `$P` the training; `ranks N` starts N ranks
  /// of the worker under mpirun, each of which leaves its process in `rank.R`. `await FILE WORDS`
  /// waits for words in a file while `$job` runs, `await_step` for the second step; `end` waits for the
  /// job and says its code.
  func run(_ script: String, environment: [String: String] = [:]) throws -> ProcessResult {
    let helpers = """
      await() {
        until grep -qs -e "$2" "$1"; do
          kill -0 $job 2> /dev/null || { echo "ended before '$2'"; cat said; exit 99; }
          sleep 0.02
        done
      }
      await_step() { await "${1:-run}/metrics.jsonl" '"step":2,'; }
      end() { code=0; wait $job || code=$?; echo "code $code"; }
      # The shell ignores SIGINT for what it starts in the background.
      ranks() { count=$1; shift; exec env --default-signal $MPIRUN -n $count ./as-rank $W "$@"; }
      printf '#!/bin/sh\\necho $$ > rank.$\(rankVariable)\\nexec "$@"\\n' > as-rank
      chmod +x as-rank

      """
    let variables = [
      "W": try BuiltProduct.path("worker"), "L": try BuiltProduct.path("launcher"),
      "P": Self.endless, "MPIRUN": mpirunWords(ranks: 1).dropLast(2).joined(separator: " "),
    ]
    return try runProcess(
      "bash", ["-c", helpers + script],
      environment: mpirunPermissions.merging(variables) { $1 }.merging(environment) { $1 },
      in: folder.path, timeout: 200)
  }

  struct Line: Decodable {
    struct Stop: Decodable {
      var reason: String
      var step: Int
    }
    var step: Int?
    var loss: Double?
    var stopped: Stop?
  }

  func lines(_ run: String = "run") throws -> [Line] {
    try folder.read("\(run)/metrics.jsonl").split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Line.self, from: Data($0))
    }
  }

  func state(_ run: String, step: Int) throws -> [String] {
    let digits = String(step)
    let name = "step-" + String(repeating: "0", count: 8 - digits.count) + digits
    return try ["model", "optimizer"].map {
      try SHA256.hexDigest(ofFile: folder.file("\(run)/checkpoints/\(name)/\($0).safetensors"))
    }
  }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.file(name))
  }

  /// Expects that the run has stopped for that reason and says so; returns after which step.
  @discardableResult
  func expectStop(_ reason: String, _ told: ProcessResult) throws -> Int {
    let record = try #require(try lines().last { $0.stopped != nil }?.stopped, "\(told.output)")
    #expect(record.reason == reason)
    let file = try JSONDecoder().decode(Line.self, from: Data(try folder.read("run/stopped")))
    #expect(file.stopped?.reason == reason && file.stopped?.step == record.step)
    #expect(exists("run/latest") && !exists("run/lock"))
    _ = try state("run", step: record.step)
    return record.step
  }

  /// Goes on for three steps after this one, on so many ranks, and expects the bits of a training that
  /// nothing has interrupted.
  func expectSameBits(after step: Int, ranks: Int = 1) throws {
    let more = "--stop-after \(step + 3)"
    let result = try run(
      """
      $L -n \(ranks) pretrain --run run --resume \(more) > said 2>&1 || { cat said; exit 1; }
      $W $P --run whole \(more) > said 2>&1 || { cat said; exit 1; }
      """)
    #expect(result.exitCode == 0, "\(result.output)")
    #expect(try state("run", step: step + 3) == state("whole", step: step + 3))
    #expect(!exists("run/stopped"))
    let steps = { (run: String) in try lines(run).filter { $0.loss != nil } }
    #expect(try steps("run").map(\.step) == Array(1...step + 3))
    #expect(try steps("run").map(\.loss) == (try steps("whole").map(\.loss)))
  }

  @Test(arguments: ["TERM", "INT", "HUP", "USR1", "USR2", "XCPU"])
  func eachSignalStopsALoneWorker(_ signal: String) throws {
    // The shell ignores SIGINT for what it starts in the background.
    let result = try run(
      """
      env --default-signal $W $P --run run > said 2>&1 & job=$!
      await_step
      kill -\(signal) $job
      end
      tail -n 1 said
      """)
    #expect(result.output.hasPrefix("code 75\n"), "\(result.output)")
    let step = try expectStop("SIG\(signal)", result)
    #expect(
      result.output.hasSuffix(
        "stopped by SIG\(signal), saved after step \(step); go on with --resume\n"),
      "\(result.output)")
    try expectSameBits(after: step, ranks: signal == "TERM" ? 2 : 1)
  }

  /// As under nohup.
  @Test func anIgnoredSignalStaysIgnored() throws {
    let result = try run(
      """
      trap '' HUP
      env --default-signal=USR1 $W $P --run run > said 2>&1 & job=$!
      await_step
      kill -HUP $job
      steps=$(wc -l < run/metrics.jsonl)
      until [ $(wc -l < run/metrics.jsonl) -gt $((steps + 20)) ]; do kill -0 $job || exit 99; sleep 0.02; done
      kill -USR1 $job
      end
      """)
    #expect(result.output == "code 75\n")
    try expectStop("SIGUSR1", result)
  }

  @Test(arguments: [0, 1]) func aSignalToOneRankStopsAll(rank: Int) throws {
    let result = try run(
      """
      ranks 3 $P --run run > said 2>&1 & job=$!
      await_step
      kill -TERM $(cat rank.\(rank))
      end
      """)
    #expect(result.output == "code 75\n")
    try expectSameBits(after: expectStop("SIGTERM", result), ranks: 2)
  }

  @Test(arguments: isOpenMPI ? ["USR1", "USR2"] : ["USR1", "TERM", "INT"])
  func mpirunPassesTheseOn(_ signal: String) throws {
    let result = try run(
      """
      ranks 2 $P --run run > said 2>&1 & job=$!
      await_step
      kill -\(signal) $job
      end
      """)
    let codes = mpirunExitCodes(ofRanksEndedWith: 75)
    #expect(codes.map { "code \($0)\n" }.contains(result.output))
    try expectSameBits(after: expectStop("SIG\(signal)", result), ranks: 3)
  }

  /// mpirun sends SIGCONT, SIGTERM and SIGKILL, and ends with 1, whatever the ranks do.
  @Test(
    .enabled(if: isOpenMPI, "the order of signals is that of Open MPI"), arguments: ["TERM", "INT"])
  func mpirunThatIsEndedLeavesTimeToSave(_ signal: String) throws {
    // A step that takes longer than all of this is dropped: see the next test.
    let result = try run(
      """
      export OMPI_MCA_odls_base_sigkill_timeout=3
      ranks 2 $P --run run > said 2>&1 & job=$!
      await_step
      kill -\(signal) $job
      end
      """)
    #expect(result.output == "code 1\n")
    try expectSameBits(after: expectStop("SIGTERM", result), ranks: 1)
  }

  /// The step under way would outlast mpirun's patience by far.
  @Test(.enabled(if: isOpenMPI, "the order of signals is that of Open MPI"))
  func aLongStepIsDropped() throws {
    let longStep = Self.endless.replacing("--batch 4 ", with: "--batch \(Self.longBatch) ")
    let result = try run(
      """
      export OMPI_MCA_odls_base_sigkill_timeout=2
      ranks 2 $P --run run > said 2>&1 & job=$!
      await run/metrics.jsonl '"step":1,'
      kill -TERM $job
      end
      """, environment: ["P": longStep])
    #expect(result.output == "code 1\n")
    let step = try expectStop("SIGTERM", result)
    #expect(try lines().last { $0.loss != nil }?.step == step)
  }

  /// So large that a step takes about ten seconds.
  private static let longBatch = 20_000

  /// After ctrl-Z and `fg`, or a debugger.
  @Test(.enabled(if: isOpenMPI, "SIGCONT is a sign under Open MPI alone"))
  func aContinuedTrainingGoesOn() throws {
    let result = try run(
      """
      ranks 2 $P --run run > said 2>&1 & job=$!
      await_step
      kill -STOP $(cat rank.0 rank.1)
      kill -CONT $(cat rank.0 rank.1)
      await said 'continued by SIGCONT'
      kill -USR1 $job
      end
      """)
    #expect(result.output == "code 75\n")
    try expectSameBits(after: expectStop("SIGUSR1", result), ranks: 2)
  }

  @Test(arguments: ["TERM", "INT", "HUP", "USR1", "USR2", "XCPU"])
  func eachSignalToTheLauncherStopsTheJob(_ signal: String) throws {
    let result = try run(
      """
      env --default-signal $L -n 2 $P --run run > output 2> said & job=$!
      await_step
      kill -\(signal) $job
      end
      grep 'er: ' said
      """)
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "code 75" && lines.count == 2, "\(result.output)")
    #expect(
      lines.last?.hasPrefix("launcher: signal ") == true
        && lines.last?.hasSuffix(
          ": the training finishes its step and saves; another signal ends it at once") == true
    )
    #expect(String(decoding: try folder.read("output"), as: UTF8.self) == "run: run\n")
    let step = try expectStop("SIGUSR1", result)
    if signal == "INT" { try expectSameBits(after: step, ranks: 2) }
  }

  /// A rank that stands still keeps the others from finishing their step.
  @Test func aSecondSignalEndsTheRankAtOnce() throws {
    let result = try run(
      """
      ranks 2 $P --run run > said 2>&1 & job=$!
      await_step
      kill -STOP $(cat rank.1)
      kill -USR1 $(cat rank.0)
      sleep 2.5
      kill -TERM $(cat rank.0)
      end
      """)
    let codes = mpirunExitCodes(ofRankEndedBy: SIGTERM)
    #expect(codes.map { "code \($0)\n" }.contains(result.output))
    #expect(!exists("run/stopped"))
  }

  @Test(arguments: [("", "sleep 2.5; kill -TERM $job"), ("--grace 1s", ":")])
  func theLauncherEndsWhatDoesNotStop(_ option: String, _ next: String) throws {
    let result = try run(
      """
      $L \(option) -n 2 $P --run run > output 2> said & job=$!
      await_step
      # The lock names the process of the first rank.
      kill -STOP $(sed 's/.*"process":\\([0-9]*\\).*/\\1/' run/lock)
      kill -TERM $job
      \(next)
      end
      grep 'er: ' said | tail -n 1
      """)
    #expect(
      result.output == """
        code 143
        launcher: the job: stopped by signal 15 (Terminated); a training goes on from its last \
        checkpoint with --resume

        """)
  }

  @Test func aFineTuningStopsToo() throws {
    let result = try run(
      """
      $W stories --count 40 --output s.txt --questions q.json > said
      $W $P --run base --stop-after 2 --context 128 > said 2>&1 || cat said
      tune="finetune --model base --train q.json --dev q.json --epochs 100000"
      $W $tune --output run --json > output 2> said & job=$!
      await_step
      kill -TERM $job
      end
      $W finetune --output run --resume --stop-after $(($(sed 's/.*"step":\\([0-9]*\\).*/\\1/' run/stopped) + 3)) \\
        > said 2>&1 || cat said
      """, environment: ["P": Self.endless.replacing("--context 16 ", with: "")])
    #expect(result.output == "code 75\n")
    let step = try #require(try lines().last { $0.stopped != nil }?.stopped?.step)
    #expect(
      String(decoding: try folder.read("output"), as: UTF8.self).contains("\"stopped_after\""))
    let whole = try run(
      """
      $W finetune --model base --train q.json --dev q.json --epochs 100000 --output whole \\
        --stop-after \(step + 3) > said 2>&1 || cat said
      """)
    #expect(whole.output == "")
    #expect(try state("run", step: step + 3) == state("whole", step: step + 3))
    #expect(!exists("run/stopped"))
  }

  @Test(arguments: [1, 2]) func aTrainingEndsInTime(ranks: Int) throws {
    let result = try run(
      """
      $L -n \(ranks) $P --run run --max-time 4s > said 2>&1 & job=$!
      end
      """)
    #expect(result.output == "code 75\n")
    try expectSameBits(after: expectStop("time limit", result))
  }

  @Test func theTimeLimitOfASlurmJobIsKnown() throws {
    let result = try run(
      """
      SLURM_JOB_END_TIME=$(($(date +%s) + 6)) $W $P --run run > said 2>&1 & job=$!
      end
      grep -c '^the Slurm job ends in . s: this stops before, as by --max-time$' said
      """)
    #expect(result.output == "code 75\n1\n")
    try expectStop("time limit", result)
  }

  /// Nothing is left to save before the first step.
  @Test func beforeTheFirstStepASignalEndsAtOnce() throws {
    // The others wait for a rank that does not come.
    let result = try run(
      """
      sed -i '/^exec/i case $\(rankVariable) in 1) kill -STOP $$ ;; esac' as-rank
      ranks 2 $P --run run > said 2>&1 & job=$!
      await rank.0 .
      await rank.1 .
      kill -USR1 $(cat rank.0)
      end
      """)
    let codes = mpirunExitCodes(ofRankEndedBy: SIGUSR1)
    #expect(codes.map { "code \($0)\n" }.contains(result.output))
    #expect(!exists("run/stopped"))
  }
}
