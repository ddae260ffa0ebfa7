import CParableMPI
import Foundation
import ParableLaunchEnvironment

/// Makes a Swift error of what functions of CMPI return.
func check(_ code: Int32) throws {
  guard code != 0 else { return }
  if code == PARABLE_MPI_STALLED, let stalled = RankWatch.stalled {
    throw CollectiveError.stalled(stalled)
  }
  // MPICH's text is a stack of calls, the cause behind the last of them.
  let stack = text { parable_mpi_error_text(code, $0) }.split(separator: "\n")
  let message = stack.last?.split(separator: ": ", maxSplits: stack.count == 1 ? 0 : 1).last
  throw CollectiveError.mpi(
    call: String(cString: parable_mpi_failed_call()), message: String(message ?? "unknown"))
}

/// A text that MPI writes.
func text(_ write: (UnsafeMutablePointer<CChar>) -> Void) -> String {
  let characters = [CChar](unsafeUninitializedCapacity: Int(PARABLE_MPI_TEXT)) { buffer, count in
    guard let start = buffer.baseAddress else { return }
    write(start)
    count = strlen(start)
  }
  return String(decoding: characters.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

extension MPICommunicator {
  /// Joins the other ranks; alone, where one was started, MPI is not touched.
  ///
  /// To be called once. MPI ends when the process exits with 0; exiting with anything else before
  /// the others are done ends them too.
  ///
  /// - Returns: A communicator of all ranks.
  /// - Throws: ``CollectiveError``.
  package static func start() throws -> any Communicator {
    try start(messageLimit: Int(Int32.max))
  }

  /// As ``start()``, with longest messages of a test's choice.
  package static func start(messageLimit: Int) throws -> any Communicator {
    let announced = AnnouncedRanks(ProcessInfo.processInfo.environment)
    if announced.count == .one { return SoloCommunicator() }
    // Open MPI would say the same in forty lines, once per task.
    if announced.cannotJoin, case .several(let count, _) = announced.count {
      throw CollectiveError.stepWithoutPMI(tasks: count)
    }
    precondition(!MPIEnd.isRegistered, "MPI starts once per process")
    try check(parable_mpi_start())
    MPIEnd.register()
    var size: Int32 = 0
    try check(parable_mpi_size(&size))
    let found = Int(size)
    MPIEnd.hasOthers = found > 1
    if case .several(let announced, let variable) = announced.count, announced != found {
      throw CollectiveError.foreignLauncher(
        announced: announced, found: found, variable: variable, library: libraryVersion)
    }
    guard found > 1 else { return SoloCommunicator() }
    let watch = JoinWatch(seconds: joinTimeout, whenNotJoined)
    let communicator = try MPICommunicator(size: found, messageLimit: messageLimit)
    watch.end()
    MPIEnd.communicator = communicator
    try RankWatch.begin(communicator)
    return communicator
  }

  /// Gets the error where the ranks do not find each other within a minute after MPI has started.
  ///
  /// It is called on a thread of its own, and is to end the process. Set before ``start()``.
  nonisolated(unsafe) package static var whenNotJoined: @Sendable (CollectiveError) -> Void = { _ in
  }

  private static let joinTimeout = 60

  /// For how many seconds a rank may stand still before those that wait for it end the job; 0: for ever.
  package static var stallTimeout: Double {
    get { RankWatch.timeout }
    set { RankWatch.timeout = newValue }
  }

  /// The name and version of the MPI library whose header this was built with, as ``libraryVersion``
  /// has them.
  package static var builtVersion: String { String(cString: parable_mpi_built_version()) }

  /// Ends MPI on all ranks together, as the process's exit with 0 does: what follows is an exit
  /// with this code, and ends nobody else.
  package static func end(exitCode: Int32) {
    guard MPIEnd.isRegistered, !parable_mpi_has_ended() else { return }
    try? MPIEnd.communicator?.close()
    parable_mpi_end(exitCode)
  }

  /// Gives signals back the meaning that they had before the MPI library took them as it was loaded.
  ///
  /// To be called at the start of a program.
  package static func returnSignals() { parable_mpi_return_signals() }

  /// The name and version of the MPI library, on one line.
  package static var libraryVersion: String {
    // `Open MPI v4.1.4, package: …` or `MPICH Version:      4.0.2` and more lines.
    text(parable_mpi_library_version).prefix { $0 != "," && $0 != "\n" }
      .split(whereSeparator: \.isWhitespace).filter { $0 != "Version:" }.joined(separator: " ")
  }
}

/// The end of MPI, at the process's exit.
private enum MPIEnd {
  // Only the one thread that uses MPI touches these.
  nonisolated(unsafe) static var communicator: MPICommunicator?
  nonisolated(unsafe) static var isRegistered = false
  /// Whether others may wait for this rank: unless MPI said that there are none.
  nonisolated(unsafe) static var hasOthers = true

  static func register() {
    isRegistered = true
    on_exit(
      { status, _ in
        guard !parable_mpi_has_ended() else { return }
        // The others may wait for this rank in the middle of an operation, also one with which the
        // communicator is made.
        if status != 0, MPIEnd.hasOthers {
          parable_mpi_abort(status)
          _exit(status)
        }
        try? MPIEnd.communicator?.close()
        parable_mpi_end(status)
      }, nil)
  }
}

/// Looks whether the ranks find each other.
///
/// MPI makes communicators by operations that wait for ever where one rank has no memory to share with
/// the others, and that have no form that could be tested in a loop.
private struct JoinWatch {
  private let isDone = DispatchSemaphore(value: 0)

  init(seconds: Int, _ notJoined: @escaping @Sendable (CollectiveError) -> Void) {
    let thread = Thread { [isDone] in
      guard isDone.wait(timeout: .now() + .seconds(seconds)) == .timedOut else { return }
      notJoined(.notJoined(seconds: seconds))
    }
    thread.start()
  }

  func end() { isDone.signal() }
}
