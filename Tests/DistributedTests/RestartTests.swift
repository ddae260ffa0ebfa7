import Foundation
import ParableLaunchEnvironment
import ParablePlatform
import TestSupport
import Testing

/// Trainings that are started again, by the launcher or by a batch system.
extension StoppingTests {
  @Test(arguments: [1, 2]) func theLauncherStartsAgainAfterACrash(ranks: Int) throws {
    let result = try run(
      """
      $L --restarts 1 -n \(ranks) $P --save-every 5 --run run > output 2> said & job=$!
      await run/latest step-0
      kill -KILL $(sed 's/.*"process":\\([0-9]*\\).*/\\1/' run/lock)
      await run/metrics.jsonl '"resumed"'
      steps=$(wc -l < run/metrics.jsonl)
      until [ $(wc -l < run/metrics.jsonl) -gt $((steps + 3)) ]; do kill -0 $job || exit 99; sleep 0.02; done
      kill -TERM $job
      end
      grep '^launcher: the job: ' said
      """)
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "code 75", "\(result.output)")
    #expect(
      lines.last?.wholeMatch(
        of:
          /launcher: the job: a rank was ended by signal 9 \(Killed\); restart 1 of 1, from step-0\d*[05]/
      )
        != nil, "\(result.output)")
    try expectSameBits(after: expectStop("SIGUSR1", result), ranks: 2)
  }

  /// One that is used up is over, and an error of the worker's own is none.
  @Test func restartsHaveAnEnd() throws {
    let result = try run(
      """
      $L --restarts 1 -n 2 $P --save-every 5 --run run > output 2> said & job=$!
      await run/latest step-0
      kill -KILL $(sed 's/.*"process":\\([0-9]*\\).*/\\1/' run/lock)
      await run/metrics.jsonl '"resumed"'
      kill -KILL $(sed 's/.*"process":\\([0-9]*\\).*/\\1/' run/lock)
      end
      grep -c restart said
      $L --restarts 3 -n 2 $P --run run 2> said
      echo $?
      cat said
      """)
    #expect(
      result.output
        == "code 137\n1\n1\nworker: run: a run is there already; go on with it by --resume or choose "
        + "another --run\n")
  }

  /// The recipe for Slurm, whose `scontrol` is one of ours here.
  @Test func theBatchScriptRequeuesWhatStops() throws {
    let recipe = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Runs/slurm.sh").path
    let result = try run(
      """
      mkdir bin
      printf '#!/bin/sh\\necho "$*" >> requeued\\n' > bin/scontrol
      chmod +x bin/scontrol
      export PATH=$PWD/bin:$PATH PARABLE_BIN=$(dirname $W) SLURM_JOB_ID=7
      for time in 1 2; do
        bash \(recipe) run ${P#pretrain } > said 2>&1 & job=$!
        await_step
        [ $time = 1 ] || await run/metrics.jsonl '"resumed"'
        kill -USR1 $job
        end
      done
      cat requeued
      """)
    #expect(result.output == "code 0\ncode 0\nrequeue 7\nrequeue 7\n", "\(result.errors)")
  }
}
