import Foundation
import ParableCollective
import TestSupport
import Testing

@testable import ParableTraining

@Suite struct StoppingTests {
  @Test func aNoticeTravelsAsANumber() {
    for reason in [nil, .timeLimit, .signal(SIGTERM), .signal(SIGXCPU)] as [StopReason?] {
      for (isWarned, dropsStep) in [(false, false), (true, false), (true, true)] {
        var notice = StopNotice()
        (notice.reason, notice.isWarned, notice.dropsStep) = (reason, isWarned, dropsStep)
        #expect(StopNotice(number: notice.number) == notice)
      }
    }
    #expect(StopNotice().number == 0)
  }

  @Test func aReasonHasTheNameOfItsSignal() {
    #expect(StopReason.signal(SIGTERM).name == "SIGTERM")
    #expect(StopReason.signal(SIGXCPU).name == "SIGXCPU")
    #expect(StopReason.signal(63).name == "signal 63")
    #expect(StopReason.timeLimit.name == "time limit")
  }

  /// A sign on one rank, and a signal that follows it on another or fails to.
  @Test(arguments: [true, false]) func allRanksWaitForWhatFollowsAWarning(comes: Bool) throws {
    let outcomes = try ThreadedCommunicator.run(ranks: 3) { communicator in
      var source = StopSource()
      let (rank, isFollowed) = (communicator.rank, comes)
      source.isWarned = { _ in rank == 1 }
      source.signal = { rank == 2 && isFollowed ? SIGTERM : nil }
      source.warningSeconds = 0.1
      let watch = StopWatch(source, communicator: communicator, saveSeconds: 0)
      #expect(watch.dropsStep == (rank == 1))
      var heard = StopNotice()
      heard.isWarned = true
      watch.hear(heard)
      #expect(watch.wantsCheckpoint)
      var notes: [String] = []
      let stops = try watch.settle { notes.append($0) }
      #expect(notes.count == (comes ? 0 : 1))
      #expect(watch.isUrgent == comes && !watch.wantsCheckpoint)
      return stops
    }
    #expect(outcomes == [comes, comes, comes])
  }

  @Test func theFirstRanksClockEndsATrainingInTime() throws {
    func reason(rank deadlineRank: Int, in seconds: Double, step: Double) throws -> [StopReason?] {
      try ThreadedCommunicator.run(ranks: 2) { communicator in
        var source = StopSource()
        if communicator.rank == deadlineRank { source.deadline = .now + .seconds(seconds) }
        let watch = StopWatch(source, communicator: communicator, saveSeconds: 10)
        watch.countStep(seconds: step)
        return watch.notice(hasLeftOut: false).reason
      }
    }
    // A step of 60 s, two checkpoints of 10 s, and one second.
    #expect(try reason(rank: 0, in: 70, step: 60) == [.timeLimit, nil])
    #expect(try reason(rank: 0, in: 100, step: 60) == [nil, nil])
    #expect(try reason(rank: 1, in: 70, step: 60) == [nil, nil])
  }
}
