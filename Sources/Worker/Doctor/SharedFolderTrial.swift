import Foundation
import ParableCollective

/// Whether the hosts of a job see the same folder and respect each other's locks there.
enum SharedFolderTrial {
  private static let subject = "shared folder"

  /// What one rank finds.
  struct Signs: BitwiseCopyable {
    /// Whether it sees the file of the first rank.
    var sees: Bool

    /// Whether it can lock the file although the first rank has.
    var locks: Bool
  }

  /// To be called by all ranks; nil where there is one host only.
  static func finding(
    in folder: String, _ communicator: any Communicator
  ) throws -> Finding? {
    guard Set(communicator.hosts).count > 1 else { return nil }
    let path = try communicator.fromFirstRank { "\(folder)/.doctor-lock-\(getpid())" }
    var descriptor: Int32 = -1
    if communicator.rank == 0 {
      descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      if descriptor >= 0 { _ = flock(descriptor, LOCK_EX | LOCK_NB) }
    }
    try communicator.barrier()
    var own = Signs(sees: true, locks: false)
    if communicator.rank > 0 {
      let other = open(path, O_RDWR | O_CLOEXEC)
      own = Signs(sees: other >= 0, locks: other >= 0 && flock(other, LOCK_EX | LOCK_NB) == 0)
      if other >= 0 { close(other) }
    }
    let all = try communicator.allGather(values: [own]).map { $0[0] }
    if descriptor >= 0 {
      unlink(path)
      close(descriptor)
    }
    return finding(all, folder: folder)
  }

  /// What the signs of all ranks mean.
  static func finding(_ signs: [Signs], folder: String) -> Finding {
    if let blind = signs.firstIndex(where: { !$0.sees }) {
      return .error(
        subject, "\(folder): rank \(blind) does not see what rank 0 writes there",
        remedy: "choose a --run on a file system that all hosts share")
    }
    if let other = signs.firstIndex(where: \.locks) {
      return .warning(
        subject, "\(folder): rank \(other) can lock what rank 0 has locked",
        remedy: "see to it that nothing else writes into the run, or mount it with locks")
    }
    return .ok(subject, "\(folder): all hosts see it and respect its locks")
  }
}
