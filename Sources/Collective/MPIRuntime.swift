import CParableMPI
import Foundation
import ParableLaunchEnvironment

/// Makes a Swift error of what a call of MPI returned.
func check(_ code: Int32, _ call: String) throws {
  guard code != MPI_SUCCESS else { return }
  var length: Int32 = 0
  let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(MPI_MAX_ERROR_STRING)) {
    MPI_Error_string(code, $0.baseAddress, &length)
    return String(decoding: $0.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
  throw CollectiveError.mpi(call: call, message: text)
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
    if announced.lacksPMIx, case .several(let count, _) = announced.count {
      throw CollectiveError.stepWithoutPMIx(tasks: count)
    }
    precondition(!MPIEnd.isRegistered, "MPI starts once per process")
    try check(MPI_Init(nil, nil), "MPI_Init")
    MPIEnd.register()
    var size: Int32 = 0
    try check(MPI_Comm_size(parable_mpi_comm_world(), &size), "MPI_Comm_size")
    let found = Int(size)
    MPIEnd.hasOthers = found > 1
    if case .several(let announced, let variable) = announced.count, announced != found {
      throw CollectiveError.foreignLauncher(
        announced: announced, found: found, variable: variable, library: libraryVersion)
    }
    guard found > 1 else { return SoloCommunicator() }
    let communicator = try MPICommunicator(messageLimit: messageLimit)
    MPIEnd.communicator = communicator
    return communicator
  }

  /// The name and version of the MPI library, on one line.
  package static var libraryVersion: String {
    var length: Int32 = 0
    return withUnsafeTemporaryAllocation(
      of: CChar.self, capacity: Int(MPI_MAX_LIBRARY_VERSION_STRING)
    ) {
      MPI_Get_library_version($0.baseAddress, &length)
      let text = String(
        decoding: $0.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      return text.split(separator: ",").first.map(String.init) ?? text
    }
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
        var isOver: Int32 = 0
        MPI_Finalized(&isOver)
        guard isOver == 0 else { return }
        // The others may wait for this rank in the middle of an operation, also one with which the
        // communicator is made.
        if status != 0, MPIEnd.hasOthers {
          MPI_Abort(parable_mpi_comm_world(), status)
          _exit(status)
        }
        try? MPIEnd.communicator?.close()
        MPI_Finalize()
      }, nil)
  }
}
