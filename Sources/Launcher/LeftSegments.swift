import Foundation
import ParablePlatform

/// Shared memory that ranks of Open MPI had and nobody has any more: one that was killed leaves its
/// segments of 4 MiB behind, until /dev/shm is full.
struct LeftSegments {
  /// Their folder.
  var folder = "/dev/shm"

  /// The host whose ranks' segments are looked at; those of others, as of containers that share the
  /// folder, may have owners that are not seen from here.
  var host = CoreBinding.thisHost

  /// Younger ones may not be mapped yet.
  private static let leastAge = 60.0

  /// Deletes them, and says how many there were.
  @discardableResult
  func sweep() -> Int {
    // `vader_segment.HOST.USER.JOB.RANK` of version 4, `sm_segment.…` of version 5.
    let shortHost = host.prefix { $0 != "." }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
      $0.hasPrefix("vader_segment.\(shortHost).") || $0.hasPrefix("sm_segment.\(shortHost).")
    }
    let old = names.filter(isOldAndOurs)
    guard !old.isEmpty else { return 0 }
    let mapped = mappedNames()
    return old.count { !mapped.contains($0) && unlink("\(folder)/\($0)") == 0 }
  }

  private func isOldAndOurs(_ name: String) -> Bool {
    var status = stat()
    guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return false
    }
    let age = Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec)
    return status.st_uid == geteuid() && age > Self.leastAge
  }

  /// What processes have mapped of the folder.
  private func mappedNames() -> Set<String> {
    var names: Set<String> = []
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for process in entries where process.allSatisfy(\.isNumber) {
      guard let maps = try? contents(ofFile: "/proc/\(process)/maps") else { continue }
      for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
        guard let start = line.range(of: folder + "/") else { continue }
        names.insert(String(line[start.upperBound...].prefix { $0 != " " }))
      }
    }
    return names
  }
}
