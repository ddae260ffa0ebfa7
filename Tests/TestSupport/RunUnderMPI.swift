/// Runs a program as so many ranks under `mpirun`, more than there are cores if need be, as root
/// if need be.
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
  let permissions = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_mpi_yield_when_idle": "1",
  ]
  return try runProcess(
    "mpirun", ["--oversubscribe", "-n", "\(ranks)"] + options + [program] + arguments,
    environment: permissions.merging(environment) { _, new in new }, in: folder,
    timeout: timeout)
}
