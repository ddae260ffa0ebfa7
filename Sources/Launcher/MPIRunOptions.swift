import ParableLaunchEnvironment

/// What an mpirun is told, in its own words: options and variables.
struct MPIRunOptions {
  private(set) var options: [String]
  private(set) var environment: [String: String] = [:]

  /// Asks for one rank per core, each bound to its own, where there are cores enough.
  init(rankCount: Int, isVerbose: Bool, machine: LaunchPlan.Machine) {
    options = ["-n", "\(rankCount)"]
    let isFull = rankCount > machine.coreCount
    // Both would bind to the machine's first cores, which may belong to others.
    let binds = !isFull && machine.ownsAllCores
    switch machine.library {
    case .openMPI:
      if isVerbose { options.append("--report-bindings") }
      if machine.isRoot { options.append("--allow-run-as-root") }
      options +=
        binds
        ? ["--map-by", "core", "--bind-to", "core"] : ["--oversubscribe", "--bind-to", "none"]
      // Ranks that wait must not keep others of the same core from working.
      if isFull { environment["OMPI_MCA_mpi_yield_when_idle"] = "1" }
    case .mpich:
      options += binds ? ["-map-by", "core", "-bind-to", "core"] : ["-bind-to", "none"]
      if isVerbose { environment["HYDRA_TOPO_DEBUG"] = "1" }
    }
  }
}
