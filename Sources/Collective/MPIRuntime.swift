import CMPI
import Foundation

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
  /// The ranks that the environment announces; the variables of batch systems do not count, as
  /// every script of theirs has them.
  static let sizeVariables = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"]
  static let rankVariables = ["OMPI_COMM_WORLD_RANK", "PMI_RANK"]

  /// How many ranks were started, as far as the environment tells before MPI is asked.
  public static var environmentSize: Int { announced(sizeVariables)?.value ?? 1 }

  /// This rank's number, as far as the environment tells before MPI is asked.
  public static var environmentRank: Int { announced(rankVariables)?.value ?? 0 }

  private static func announced(_ variables: [String]) -> (variable: String, value: Int)? {
    let environment = ProcessInfo.processInfo.environment
    return variables.lazy.compactMap { name in
      environment[name].flatMap(Int.init).map { (name, $0) }
    }.first
  }

  /// Joins the other ranks; alone, where one was started, MPI is not touched.
  ///
  /// To be called once. MPI ends when the process exits with 0; exiting with anything else before
  /// the others are done ends them too.
  ///
  /// - Returns: A communicator of all ranks.
  /// - Throws: ``CollectiveError``.
  public static func start() throws -> any Communicator {
    try start(messageLimit: Int(Int32.max))
  }

  /// As ``start()``, with longest messages of a test's choice.
  package static func start(messageLimit: Int) throws -> any Communicator {
    guard let (variable, announced) = announced(sizeVariables), announced > 1 else {
      return SoloCommunicator()
    }
    precondition(MPIEnd.communicator == nil, "MPI starts once a process")
    try check(MPI_Init(nil, nil), "MPI_Init")
    MPIEnd.register()
    var found: Int32 = 0
    try check(MPI_Comm_size(parable_mpi_comm_world(), &found), "MPI_Comm_size")
    guard found > 1 else {
      throw CollectiveError.foreignLauncher(
        announced: announced, variable: variable, library: libraryVersion)
    }
    let communicator = try MPICommunicator(messageLimit: messageLimit)
    MPIEnd.communicator = communicator
    return communicator
  }

  /// The name and version of the MPI library, on one line.
  public static var libraryVersion: String {
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
  /// Only the one thread that uses MPI touches it.
  nonisolated(unsafe) static var communicator: MPICommunicator?

  static func register() {
    on_exit(
      { status, _ in
        var isOver: Int32 = 0
        MPI_Finalized(&isOver)
        guard isOver == 0 else { return }
        // The others may wait for this rank in the middle of an operation.
        if status != 0, MPIEnd.communicator != nil {
          MPI_Abort(parable_mpi_comm_world(), status)
          _exit(status)
        }
        try? MPIEnd.communicator?.close()
        MPI_Finalize()
      }, nil)
  }
}
