import ParableCollective
import TestSupport
import Testing

@Suite struct ThreadedCommunicatorTests {
  private struct Wrong: Error {}

  @Test func returnsResultsInRankOrder() throws {
    #expect(try ThreadedCommunicator.run(ranks: 5) { $0.rank * $0.rank } == [0, 1, 4, 9, 16])
  }

  @Test(arguments: 1...4) func aThrowingRankEndsTheOthers(failing: Int) {
    #expect(throws: Wrong.self) {
      try ThreadedCommunicator.run(ranks: 5) { communicator in
        if communicator.rank == failing { throw Wrong() }
        while true { try communicator.barrier() }
      }
    }
  }

  @Test func anAbortingRankEndsTheOthers() {
    #expect(throws: ThreadedRankFailure.aborted(rank: 2, exitCode: 7)) {
      try ThreadedCommunicator.run(ranks: 3) { communicator in
        if communicator.rank == 2 { communicator.abort(exitCode: 7) }
        while true { _ = try communicator.allGather([1]) }
      }
    }
  }

  @Test func aRankThatEndsEarlyIsNotWaitedFor() {
    #expect(throws: ThreadedRankFailure.otherRankEnded) {
      try ThreadedCommunicator.run(ranks: 3) { communicator in
        try communicator.barrier()
        if communicator.rank == 0 { return }
        try communicator.barrier()
      }
    }
  }

  @Test(arguments: [false, true])
  func aRankThatEndsWithoutAMessageIsNotWaitedFor(polls: Bool) {
    #expect(throws: ThreadedRankFailure.otherRankEnded) {
      try ThreadedCommunicator.run(ranks: 3) { communicator in
        guard communicator.rank == 1 else { return }
        let place = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { place.deallocate() }
        let message = try communicator.start(
          sending: [], receiving: [IncomingMessage(from: 0, into: place)])
        while polls, try !message.progress() {}
        try message.finish()
      }
    }
  }
}
