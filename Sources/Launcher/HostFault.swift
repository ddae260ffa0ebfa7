import ParablePlatform

/// What is wrong with the hosts that ranks are to be started on.
package enum HostFault: Error, Equatable {
  case unreadable(place: String, what: String, remedy: String)
  case unreadableFile(path: String, reason: String)
  case tooManyRanks(rankCount: Int, slots: Int, place: LaunchPlace)
  case notOfJob(host: String, job: String)
  case hostsTwice
  case agentWithoutHosts
  case agentOfSeveralWords(String)
  case unreachable(host: String, reason: String, trial: String)
  case noLauncher(host: String, path: String)
  case otherWorker(host: String, path: String)

  /// What the launcher ends with: 2 for wrong usage, else 1.
  package var exitCode: Int32 {
    switch self {
    case .unreachable, .noLauncher, .otherWorker: 1
    default: 2
    }
  }
}

extension HostFault: CustomStringConvertible {
  /// Where, what, and what to do, in one line.
  package var description: String {
    switch self {
    case .unreadable(let place, let what, let remedy):
      "\(quoted(place)): \(quoted(what)); \(remedy)"
    case .unreadableFile(let path, let reason):
      "\(quoted(path)): it cannot be read (\(reason)); name another file"
    case .tooManyRanks(let rankCount, let slots, let place):
      "-n: \(rankCount) ranks for \(Self.slots(slots)) on \(quoted(place.description)); give at most "
        + "-n \(slots), or \(Self.slots(rankCount - slots)) more"
    case .notOfJob(let host, let job):
      "\(quoted(host)): it is none of the hosts of Slurm job \(job); leave it out, or start outside "
        + "of the job"
    case .hostsTwice: "--hosts: it does not go with --hostfile; leave one of them out"
    case .agentWithoutHosts: "--remote-agent: there are no hosts to reach; name them with --hosts"
    case .agentOfSeveralWords(let agent):
      "--remote-agent: '\(quoted(agent))' is of several words, and this mpirun takes one program; "
        + "write a script that runs it"
    case .unreachable(let host, let reason, let trial):
      "\(quoted(host)): it cannot be reached (\(quoted(reason))); try: \(quoted(trial))"
    case .noLauncher(let host, let path):
      "\(quoted(host)): \(quoted(path)) is not there, or does not start; put the same build into the "
        + "same folder of every host"
    case .otherWorker(let host, let path):
      "\(quoted(host)): \(quoted(path)) is another build than here; put the same build into the "
        + "same folder of every host"
    }
  }

  private static func slots(_ count: Int) -> String { count == 1 ? "1 slot" : "\(count) slots" }
}
