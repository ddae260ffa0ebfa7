/// Where ranks are to be started.
package enum LaunchPlace: Equatable {
  /// On this machine.
  case here

  /// On these hosts, which all have slots, reached by this command instead of ssh.
  case hosts([LaunchHost], agent: String?)

  /// On the hosts of a Slurm job, or on some of them, where Slurm starts mpirun's daemons; `isWhole`
  /// says whether the job has all processors of this host.
  case slurm(job: String, [LaunchHost], isNarrowed: Bool, isWhole: Bool)

  /// The hosts with this one first: Open MPI 4 gives it the first ranks wherever it is named, and
  /// so all do the same.
  private var orderedHosts: [LaunchHost] {
    switch self {
    case .here: []
    case .hosts(let hosts, _), .slurm(_, let hosts, _, _):
      hosts.filter(\.isHere) + hosts.filter { !$0.isHere }
    }
  }

  /// How many ranks there is room for.
  package func slots(coreCount: Int) -> Int {
    self == .here ? coreCount : orderedHosts.reduce(0) { $0 + ($1.slots ?? 1) }
  }

  /// So many ranks on the hosts, each filled before the next.
  func shares(rankCount: Int, coreCount: Int) -> [LaunchPlan.Share] {
    if self == .here {
      return [LaunchPlan.Share(host: "localhost", ranks: 0..<rankCount, slots: coreCount)]
    }
    var first = 0
    return orderedHosts.compactMap { host in
      let slots = host.slots ?? 1
      let ranks = first..<min(first + slots, rankCount)
      first = ranks.upperBound
      return ranks.isEmpty
        ? nil : LaunchPlan.Share(host: host.name, ranks: ranks, slots: slots)
    }
  }

  /// How many of the ranks this machine gets; nil where it gets none.
  func ownRanks(of shares: [LaunchPlan.Share]) -> Int? {
    guard self != .here else { return shares.first?.ranks.count }
    let own = orderedHosts.first(where: \.isHere)?.name
    return shares.first { $0.host == own }?.ranks.count
  }

  /// Whether the first rank is this machine's.
  var beginsHere: Bool { self == .here || orderedHosts.first?.isHere == true }

  /// Whether all processors of the hosts may be taken for this job's.
  var ownsProcessors: Bool {
    if case .slurm(_, _, _, let isWhole) = self { isWhole } else { true }
  }

  /// The options that say so to mpirun, which asks Slurm itself.
  func options(of flavour: MPIRun.Flavour) throws(HostFault) -> [String] {
    switch self {
    case .here: return []
    case .slurm(_, _, let isNarrowed, _): return isNarrowed ? flavour.hosts(orderedHosts) : []
    case .hosts(_, let agent):
      guard let agent else { return flavour.hosts(orderedHosts) }
      if flavour == .hydra, agent.contains(" ") { throw .agentOfSeveralWords(agent) }
      return flavour.hosts(orderedHosts) + flavour.agent(agent)
    }
  }

  /// Where there is room for more ranks, in words.
  var description: String {
    switch self {
    case .here: "this machine"
    case .slurm(let job, let hosts, _, _): "Slurm job \(job) (\(Self.list(hosts)))"
    case .hosts(let hosts, _): Self.list(hosts)
    }
  }

  private static func list(_ hosts: [LaunchHost]) -> String {
    let shown = hosts.prefix(4).map { "\($0.name):\($0.slots ?? 1)" }.joined(separator: ",")
    return hosts.count > 4 ? shown + ",… of \(hosts.count) hosts" : shown
  }
}
