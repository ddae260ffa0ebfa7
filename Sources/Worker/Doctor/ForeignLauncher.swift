import ParableLaunchEnvironment

/// Finds out who has started ranks that do not know of each other.
enum ForeignLauncher {
  private static let subject = "launcher"

  /// Variables in which launchers say how many ranks there are, and what they are called.
  private static let counts = [
    ("MV2_COMM_WORLD_SIZE", "MVAPICH"), ("MPI_LOCALNRANKS", "Intel MPI or MPICH"),
    ("PALS_LOCAL_SIZE", "PALS"), ("ALPS_APP_SIZE", "ALPS"), ("JSM_NAMESPACE_SIZE", "jsrun"),
    ("FLUX_JOB_SIZE", "Flux"), ("PMI_SIZE", "PMI"), ("OMPI_COMM_WORLD_SIZE", "Open MPI"),
    ("SLURM_STEP_NUM_TASKS", "srun"), ("WORLD_SIZE", "torchrun"),
  ]

  /// What the environment says of one that found `size` ranks.
  static func finding(_ environment: [String: String], size: Int) -> Finding {
    let alone = environment["PARABLE_ALONE"] == "1"
    for (variable, launcher) in counts {
      guard !alone, let count = environment[variable].flatMap({ Int($0) }), count > 1, size == 1
      else { continue }
      return .error(
        subject,
        "\(launcher) has started \(count) processes (\(variable)), and this one knows of no other",
        remedy: "start ranks by launcher or by the mpirun of the MPI that is linked, or set "
          + "PARABLE_ALONE=1")
    }
    return .ok(subject, size == 1 ? "one rank" : "\(size) ranks that know each other")
  }

  /// What ranks mean that could not join.
  static func finding(_ failure: String) -> Finding {
    let parts = failure.split(separator: "; ", maxSplits: 1).map(String.init)
    return Finding(
      subject: subject, verdict: .error, what: parts[0],
      remedy: parts.count > 1 ? parts[1] : nil)
  }
}
