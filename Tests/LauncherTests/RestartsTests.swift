import Foundation
import TestSupport
import Testing

@testable import Launcher

@Suite struct RestartsTests {
  private func end(_ exitCode: Int32, signal: Int32? = nil, spoken: Bool = false) -> Job.End {
    Job.End(exitCode: exitCode, signal: signal, hasWorkerSpoken: spoken)
  }

  @Test func aCrashIsToldFromOtherEnds() {
    #expect(Restarts.isCrash(end(137)) && Restarts.isCrash(end(139, spoken: true)))
    #expect(Restarts.isCrash(end(255, spoken: true)))
    #expect(Restarts.isCrash(end(69, spoken: true)) && Restarts.isCrash(end(1)))
    #expect(!Restarts.isCrash(end(0)) && !Restarts.isCrash(end(75)))
    #expect(!Restarts.isCrash(end(1, spoken: true)) && !Restarts.isCrash(end(143, signal: 15)))
  }

  /// What a resumed training refuses is left out, with its values.
  @Test func theCommandGoesOn() {
    let pretrain = [
      "pretrain", "--corpus", "a", "b", "--run=r", "--max-time", "3h", "--quiet", "--steps", "9",
      "--collective", "messages", "--profile", "--stop-after=7",
    ]
    #expect(
      Restarts.resuming(pretrain) == [
        "pretrain", "--run=r", "--max-time", "3h", "--quiet", "--collective", "messages",
        "--profile", "--stop-after=7", "--resume",
      ])
    #expect(
      Restarts.resuming(["finetune", "--model", "m", "--output", "o", "--test", "t", "--json"])
        == ["finetune", "--output", "o", "--test", "t", "--json", "--resume"])
    let resumed = ["pretrain", "--resume", "--run", "r", "--allow-changes"]
    #expect(Restarts.resuming(resumed) == resumed)
  }

  @Test func theyGoOnFromTheNewestCheckpointAndHaveAnEnd() throws {
    let folder = try TemporaryFolder()
    let run = folder.file("run")
    var restarts = try Restarts(limit: 2, command: ["pretrain", "--run", run, "--steps", "9"])
    let stop = restarts.next(after: end(75))
    #expect(stop == nil)
    let crash = restarts.next(after: end(137))
    let first = try #require(crash)
    #expect(first.command == ["pretrain", "--run", run, "--steps", "9"])
    #expect(
      first.note
        == "the job: a rank was ended by signal 9 (Killed); restart 1 of 2, from the beginning")
    for step in ["step-00000008", "step-00000012"] {
      try FileManager.default.createDirectory(
        atPath: run + "/checkpoints/" + step, withIntermediateDirectories: true)
    }
    let silence = restarts.next(after: end(1))
    let second = try #require(silence)
    #expect(second.command == ["pretrain", "--run", run, "--resume"])
    #expect(
      second.note
        == "the job: mpirun ended with 1 (and said nothing); restart 2 of 2, from step-00000012")
    let last = restarts.next(after: end(137))
    #expect(last == nil)
  }

  @Test(arguments: [
    (
      ["--restarts", "1", "evaluate"],
      "--restarts: evaluate is no training, which alone has checkpoints; leave it out"
    ),
    (
      ["--restarts", "1", "pretrain", "--steps", "2"],
      "--restarts: the training's folder is not named, so nothing can go on with it; add --run DIR"
    ),
    (
      ["--grace", "soon", "pretrain"],
      "the command line: --grace is 'soon'; give a time such as 90s, 10m or 3h55m"
    ),
  ])
  func mistakesGetOneLine(_ arguments: [String], _ message: String) throws {
    let result = try Launcher(worker: "echo never").run(arguments)
    #expect(result.errors == "launcher: \(message)\n")
    #expect(result.exitCode == 2 && result.output == "")
  }
}
