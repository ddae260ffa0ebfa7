import ParableLaunchEnvironment

/// What can go wrong between ranks for reasons outside the program.
package enum CollectiveError: Error, Equatable, CustomStringConvertible {
  /// A call of MPI failed.
  case mpi(call: String, message: String)

  /// The environment announces another number of ranks than MPI found: they were started by the
  /// `mpirun` of another MPI.
  case foreignLauncher(announced: Int, found: Int, variable: String, library: String)

  /// The ranks are tasks of a Slurm step that MPI cannot join, because it has no PMIx (Open MPI) or
  /// PMI (MPICH).
  case stepWithoutPMI(tasks: Int)

  /// The ranks have started MPI, but do not reach each other.
  case notJoined(seconds: Int)

  /// Ranks that must agree on something do not.
  case disagreement([Disagreement])

  /// A rank or a host that has stood still.
  case stalled(String)

  /// Whether every rank finds the same, so that one of them says it for all.
  package var isSeenByAllRanks: Bool {
    switch self {
    case .foreignLauncher, .stepWithoutPMI, .notJoined, .disagreement: true
    case .mpi, .stalled: false
    }
  }

  /// One line: `where: what; remedy`.
  package var description: String {
    switch self {
    case .mpi(let call, let message):
      "\(call): \(message); check the installation of MPI"
    case .stalled(let who): who
    case .foreignLauncher(let announced, let found, let variable, let library):
      "\(variable): it announces \(announced) ranks, but MPI found \(found); start them with the "
        + "mpirun of the MPI linked here (\(library)), or set PARABLE_ALONE=1 for one rank"
    case .notJoined(let seconds):
      "MPI: its ranks did not reach each other within \(seconds) s; look at the limits of memory "
        + "(ulimit -v) and at /dev/shm on all hosts, and at what MPI says"
    case .stepWithoutPMI(let tasks):
      "srun: this step of \(tasks) tasks was started without \(Self.pmi.name), so they cannot join; "
        + "use srun --mpi=\(Self.pmi.option), or mpirun in the batch script, or set PARABLE_ALONE=1 "
        + "for one rank each"
    case .disagreement(let all):
      "the ranks: they differ (" + all.map(\.description).joined(separator: ", and ")
        + "); start all of them alike: the same build, settings and kind of machine"
    }
  }

  /// What ranks are joined by, and how srun calls it.
  private static var pmi: (name: String, option: String) {
    MPILibrary.linked == .openMPI ? ("PMIx", "pmix") : ("PMI", "pmi2")
  }
}

/// The values that groups of ranks hold where all should hold the same.
package struct Disagreement: Equatable, Sendable, CustomStringConvertible {
  /// A value and the ranks that hold it, in the order of the first of them.
  package struct Group: Equatable, Sendable {
    /// What these ranks hold.
    package let value: String

    /// The ranks, ascending.
    package let ranks: [Int]
  }

  /// The groups, at least two.
  package let groups: [Group]

  /// Which values which ranks hold.
  package var description: String {
    groups.map { group in
      (group.ranks.count == 1 ? "rank " : "ranks ")
        + group.ranks.map(String.init).joined(separator: ", ") + " \(group.value)"
    }.joined(separator: ", ")
  }

  /// Groups the values, given in rank order, of ranks that have one; nil where they are all the same.
  init?(_ values: [String?]) {
    var groups: [Group] = []
    for case (let rank, let value?) in values.enumerated() {
      if let known = groups.firstIndex(where: { $0.value == value }) {
        groups[known] = Group(value: value, ranks: groups[known].ranks + [rank])
      } else {
        groups.append(Group(value: value, ranks: [rank]))
      }
    }
    guard groups.count > 1 else { return nil }
    self.groups = groups
  }
}
