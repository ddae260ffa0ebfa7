/// What Slurm gives a job: its hosts, and how many tasks each may have.
package struct SlurmAllocation: Equatable {
  /// The hosts in Slurm's order, each with its slots.
  package let hosts: [LaunchHost]

  /// How many processors of each host the job has; nil where Slurm does not say.
  package let processors: [Int]?

  /// The job's number.
  package let job: String

  /// Reads the variables that `salloc` and `sbatch` set; nil outside of an allocation.
  ///
  /// Slots are tasks, as Open MPI counts them; where Slurm says none, they are a host's processors
  /// over those of a task.
  package init?(_ environment: [String: String]) throws(HostFault) {
    func variable(_ names: String...) -> (name: String, value: String)? {
      names.lazy.compactMap { name in environment[name].map { (name, $0) } }.first
    }
    guard let job = variable("SLURM_JOB_ID", "SLURM_JOBID"),
      let list = variable("SLURM_JOB_NODELIST", "SLURM_NODELIST")
    else { return nil }
    guard let names = HostList.names(inRanges: list.value) else {
      throw .unreadable(
        place: list.name, what: "'\(list.value)' is no list of hosts",
        remedy: "unset it and name them with --hosts")
    }
    let given = variable("SLURM_TASKS_PER_NODE")
    let perHost = try given.map { given throws(HostFault) in
      try Self.counts(given, hosts: names.count)
    }
    processors = try variable("SLURM_JOB_CPUS_PER_NODE").map { given throws(HostFault) in
      try Self.counts(given, hosts: names.count)
    }
    let taskSize = max(1, environment["SLURM_CPUS_PER_TASK"].flatMap { Int($0) } ?? 1)
    let slots = perHost ?? processors?.map { max(1, $0 / taskSize) }
    hosts = zip(names, slots ?? names.map { _ in 1 }).map { LaunchHost($0, slots: $1) }
    self.job = job.value
  }

  /// The numbers of `4(x2),2`, which must be those of so many hosts.
  private static func counts(
    _ variable: (name: String, value: String), hosts: Int
  ) throws(HostFault) -> [Int] {
    var counts: [Int]? = []
    for part in variable.value.split(separator: ",", omittingEmptySubsequences: false) {
      guard let match = part.wholeMatch(of: /([0-9]+)(?:\(x([0-9]+)\))?/), let count = Int(match.1),
        let times = match.2.map({ Int($0) }) ?? 1, times <= hosts - (counts?.count ?? 0)
      else {
        counts = nil
        break
      }
      counts? += Array(repeating: count, count: times)
    }
    guard let counts, counts.count == hosts, counts.allSatisfy({ $0 > 0 }) else {
      throw .unreadable(
        place: variable.name, what: "'\(variable.value)' is no list of \(hosts) numbers",
        remedy: "unset it and name hosts with --hosts")
    }
    return counts
  }
}
