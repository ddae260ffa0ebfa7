import Foundation
import ParableCollective
import ParableCommandLineInterface
import ParableLaunchEnvironment

/// The processes of this job: started once, and ended together when one of them fails.
final class RankGroup {
  /// This process's number in the job, known before MPI is started.
  let rank: Int

  /// The same where it is one of several.
  var rankInJob: Int? { announced.count == .one ? nil : rank }

  private let announced: AnnouncedRanks
  private var started: (any Communicator)?

  init() {
    announced = AnnouncedRanks(ProcessInfo.processInfo.environment)
    rank = announced.rank
  }

  /// How many processes were started; MPI is started where it alone knows.
  func rankCount() throws -> Int {
    switch announced.count {
    case .one: 1
    case .several(let count, _): count
    case .unknown: try communicator().size
    }
  }

  /// The communicator, made by the first call; one rank alone never touches MPI.
  func communicator() throws -> any Communicator {
    if let started { return started }
    let rank = rank
    // MPI cannot be called by the thread that this comes from. The end of the first rank, in words, ends
    // the others.
    MPICommunicator.whenNotJoined = { error in
      if rank != 0 { sleep(5) }
      report("\(error)")
      _exit(ExitCode.lostRank)
    }
    let communicator = try MPICommunicator.start()
    started = communicator
    return communicator
  }

  /// Ends MPI when all ranks are here, so that this process may end with this code, which is not 0.
  func leave(exitCode: Int32) {
    if started != nil { MPICommunicator.end(exitCode: exitCode) }
  }

  /// Tells the launcher, where it asks for that, what the job ends with: the first rank does, when all
  /// have come to the end in order.
  func tellEnd(_ exitCode: Int32) {
    guard rank == 0, ProcessInfo.processInfo.environment[ToldEnd.variable] == "1" else { return }
    writeError(ToldEnd.line(exitCode) + "\n")
  }

  /// Ends all ranks after an error on this one.
  ///
  /// A job prints each error once. What is wrong with the command line, or with how the ranks were
  /// started, is so on every rank, and rank 0 says it. Other errors may be common or this rank's own:
  /// rank 0 speaks first, and the others only where it has not ended the job meanwhile.
  func end(after error: any Error, progress: ProgressLine) -> Never {
    let error = error.onThisRank
    // Another rank says it, and ends this one, too.
    if error is SharedFailure { try? started?.barrier() }
    let commandLineError = error as? CommandLineError
    let exitCode = commandLineError?.exitCode ?? (error as? CollectiveError)?.exitCode ?? 1
    if rank == 0 {
      progress.close()
      if !(error is OutputClosed) { report(explanation(of: error)) }
    } else if commandLineError?.isCommandLineAlone == true
      || (error as? CollectiveError)?.isSeenByAllRanks == true
    {
      // Of a rank that is wrong alone rank 0 knows nothing. Only mpirun of Open MPI tells the others that a
      // rank has ended; where nothing tells, each would say it.
      let isTold =
        if case .several(_, "OMPI_COMM_WORLD_SIZE") = announced.count { true } else { false }
      if !waitForTheEnd(atMost: isTold ? 6 : 3), isTold {
        report("rank \(rank): \(explanation(of: error))")
      }
    } else {
      // Between hosts, and where more ranks than cores run, the announcement takes its time; while
      // ranks still start it may come before a rank can notice it, so that only the end itself
      // tells, a second later.
      let isEnding = waitForTheEnd(atMost: 2 + 0.05 * Double(rank))
      // The end comes within about two seconds of its announcement. Where it does not come, the
      // announcement was something else (a job stopped and continued by hand).
      if isEnding { sleep(5) }
      report("rank \(rank): \(explanation(of: error))")
    }
    started?.abort(exitCode: exitCode)
    exit(exitCode)
  }

  /// Waits until the job is told to end, and says whether it was.
  ///
  /// Open MPI sends SIGCONT to all ranks before it kills them. The signal is blocked from the
  /// program's start, so one that came earlier counts.
  @discardableResult
  private func waitForTheEnd(atMost seconds: Double) -> Bool {
    var announcement = sigset_t.continuing
    var limit = timespec(
      tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
    return sigtimedwait(&announcement, nil, &limit) == SIGCONT
  }
}

extension sigset_t {
  /// The set of SIGCONT alone.
  static var continuing: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGCONT)
    return set
  }
}

extension CollectiveError {
  /// What the worker ends with: that of a lost rank where MPI failed or a rank stood still.
  fileprivate var exitCode: Int32 {
    switch self {
    case .mpi, .stalled, .notJoined: ExitCode.lostRank
    default: 1
    }
  }
}

/// Prints an error as the one line that it is, whatever stands in the names it mentions.
private func report(_ message: String) {
  writeError("\(WorkerCommand.program): \(singleLine(message))\n")
}
