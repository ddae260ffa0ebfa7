import Foundation

/// What the launcher of an MPI job tells each of its processes, known without starting MPI.
struct RankEnvironment {
  /// This process's number in the job, from 0.
  let rank: Int

  /// How many processes were started.
  let rankCount: Int

  /// Reads the variables of Open MPI and of the PMI launchers (Slurm's own say nothing: every batch
  /// script has them).
  init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    let families = [("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE")]
    let found = families.lazy.compactMap { rankName, sizeName in
      environment[sizeName].flatMap { Int($0) }.map { size in
        (environment[rankName].flatMap { Int($0) } ?? 0, size)
      }
    }
    (rank, rankCount) = found.first ?? (0, 1)
  }
}
