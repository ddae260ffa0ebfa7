/// What a process's environment says about the ranks that were started, before MPI is asked.
///
/// The first of these that is set is the announcement: `PARABLE_ALONE=1` (one rank on purpose), Open
/// MPI's `OMPI_COMM_WORLD_SIZE`, `PMI_SIZE`, then a Slurm step of several tasks. Open MPI's own
/// comes first because its remote daemons are started by a step of one task a host, whose variables
/// the ranks inherit. Of Slurm only the step counts: every batch script has the job's variables.
package struct AnnouncedRanks: Equatable, Sendable {
  /// How many there are.
  package enum Count: Equatable, Sendable {
    /// This process alone: MPI is not touched.
    case one

    /// So many, as this variable says.
    case several(Int, variable: String)

    /// MPI is to be started, and knows how many.
    case unknown
  }

  /// How many ranks were started.
  package let count: Count

  /// This process's number among them, as far as the environment tells: 0 where it does not.
  package let rank: Int

  /// Whether the ranks are tasks of a Slurm step that was started without what the MPI library joins
  /// them by: PMIx for Open MPI, PMI for MPICH.
  package let cannotJoin: Bool

  /// Reads the announcement from the variables of an environment.
  package init(_ environment: [String: String], library: MPILibrary = .linked) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    let hasPMIx = environment["PMIX_NAMESPACE"] != nil
    let isStep = (number("SLURM_STEP_NUM_TASKS") ?? 1) > 1 && number("SLURM_PROCID") != nil
    let sizes = [
      (size: "OMPI_COMM_WORLD_SIZE", rank: "OMPI_COMM_WORLD_RANK"),
      (size: "PMI_SIZE", rank: "PMI_RANK"),
      (size: isStep ? "SLURM_STEP_NUM_TASKS" : "", rank: "SLURM_PROCID"),
    ]
    let announcement = sizes.lazy.compactMap { names in
      number(names.size).map { (names, size: $0) }
    }.first
    if environment["PARABLE_ALONE"] == "1" {
      (count, rank, cannotJoin) = (.one, 0, false)
    } else if let (names, size) = announcement {
      count = size > 1 ? .several(size, variable: names.size) : .one
      rank = size > 1 ? number(names.rank) ?? 0 : 0
      let knowsWay =
        switch library {
        case .openMPI: hasPMIx || names.size == "OMPI_COMM_WORLD_SIZE"
        case .mpich: names.size == "PMI_SIZE"
        }
      cannotJoin = size > 1 && isStep && !knowsWay
    } else {
      count = hasPMIx ? .unknown : .one
      rank = number("PMIX_RANK") ?? 0
      cannotJoin = false
    }
  }
}
