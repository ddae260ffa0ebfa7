import Foundation
import ParableLaunchEnvironment

/// Runs a program as so many ranks under the `mpirun` of this build's MPI library, more than there
/// are cores if need be, as root if need be.
///
/// - Parameters:
///   - ranks: How many.
///   - program: The path of the program.
///   - arguments: What follows its name.
///   - options: What `mpirun` is told besides.
///   - environment: Variables on top of this process's own; an empty value removes one.
///   - folder: Where it runs; nil: here.
///   - timeout: Seconds after which all ranks are ended and an error thrown.
/// - Returns: The exit code of `mpirun` and what all ranks wrote.
/// - Throws: ``ProcessFailure`` where it cannot be started or takes too long.
package func runUnderMPI(
  ranks: Int, _ program: String, _ arguments: [String] = [], options: [String] = [],
  environment: [String: String] = [:], in folder: String? = nil, timeout: Double = 120
) throws -> ProcessResult {
  let words = mpirunWords(ranks: ranks) + options + [program] + arguments
  return try runProcess(
    words[0], Array(words.dropFirst()),
    environment: mpirunPermissions.merging(environment) { _, new in new }, in: folder,
    timeout: timeout)
}

/// How `mpirun` is called for so many ranks, be there cores for them or not.
package func mpirunWords(ranks: Int) -> [String] {
  let library = MPILibrary.linked
  let mpirun = library.mpirun(on: ProcessInfo.processInfo.environment["PATH"])
  let crowding = library == .openMPI ? ["--oversubscribe"] : []
  return [mpirun ?? library.mpirunNames[0]] + crowding + ["-n", "\(ranks)"]
}

/// Variables by which Open MPI lets root start ranks, and ranks that share a core wait for others.
package let mpirunPermissions = [
  "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
  "OMPI_MCA_mpi_yield_when_idle": "1",
]
