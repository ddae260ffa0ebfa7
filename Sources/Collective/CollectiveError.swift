/// What can go wrong between ranks for reasons outside the program.
public enum CollectiveError: Error, Equatable, CustomStringConvertible {
  /// A call of MPI failed.
  case mpi(call: String, message: String)

  /// The environment announces more ranks than MPI found: `mpirun` is of another MPI.
  case foreignLauncher(announced: Int, variable: String, library: String)

  /// Ranks that must agree on something do not.
  case disagreement([Disagreement])

  /// One line: what, where, what to do.
  public var description: String {
    switch self {
    case .mpi(let call, let message):
      "\(call) failed: \(message)"
    case .foreignLauncher(let announced, let variable, let library):
      "\(variable) announces \(announced) ranks but MPI found 1, because this mpirun is not that "
        + "of the MPI linked here (\(library)); start with its own mpirun"
    case .disagreement(let all):
      "ranks differ: " + all.map(\.description).joined(separator: "; ")
    }
  }
}

/// The values that groups of ranks hold where all should hold the same.
public struct Disagreement: Equatable, Sendable, CustomStringConvertible {
  /// A value and the ranks that hold it, in the order of the first of them.
  public struct Group: Equatable, Sendable {
    /// What these ranks hold.
    public let value: String

    /// The ranks, ascending.
    public let ranks: [Int]
  }

  /// The groups, at least two.
  public let groups: [Group]

  /// Which values which ranks hold.
  public var description: String {
    groups.map { group in
      (group.ranks.count == 1 ? "rank " : "ranks ")
        + group.ranks.map(String.init).joined(separator: ", ") + " \(group.value)"
    }.joined(separator: ", ")
  }

  /// Groups the values, given in rank order; nil where they are all the same.
  init?(_ values: [String]) {
    var groups: [Group] = []
    for (rank, value) in values.enumerated() {
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
