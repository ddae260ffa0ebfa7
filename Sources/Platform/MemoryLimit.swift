import Foundation

/// The most memory that this process can have: the least of what the machine has, its control group
/// allows and its own limits leave.
package struct MemoryLimit: Equatable, Sendable {
  /// How many bytes that is.
  package let bytes: Int

  /// What sets the limit, in words that a number follows: `this machine has`.
  package let source: String

  /// The limit of this process, as it is now.
  package static var current: MemoryLimit { least([ofMachine, addressSpace, data]) }

  /// What no process here can have more of, as it was when somebody first asked.
  static let ofMachine = least([machine, controlGroup])

  private static func least(_ limits: [MemoryLimit?]) -> MemoryLimit {
    limits.compactMap { $0 }.min { $0.bytes < $1.bytes } ?? MemoryLimit(bytes: .max, source: "")
  }

  /// Throws where `byteCount` more bytes than are in use cannot be had, before anybody asks the
  /// system for them.
  ///
  /// - Parameters:
  ///   - byteCount: What is going to be allocated and used.
  ///   - place: Where the error is to be found: a command, an option, a file.
  ///   - what: What takes the memory: `the training of such a network`.
  ///   - remedy: What to do.
  /// - Throws: ``NotEnoughMemory`` with all of that.
  package static func require(
    _ byteCount: Int, at place: String, for what: String, remedy: String
  ) throws(NotEnoughMemory) {
    let limit = current
    guard byteCount > limit.bytes else { return }
    throw NotEnoughMemory(
      place: place, what: what, byteCount: byteCount, limit: limit, remedy: remedy)
  }

  /// Main memory and swap space.
  private static var machine: MemoryLimit? {
    let sizes = kernelSizes(in: "/proc/meminfo", ["MemTotal", "SwapTotal"])
    guard !sizes.isEmpty else { return nil }
    return MemoryLimit(bytes: sizes.values.reduce(0, +), source: "this machine has")
  }

  /// What the control groups that this process is in allow, those of containers and batch systems.
  private static var controlGroup: MemoryLimit? {
    let own = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    var files: [String] = []
    for line in own.split(separator: "\n") {
      // 0::/path for version 2, 5:memory:/path for version 1.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].isEmpty || parts[1].split(separator: ",").contains("memory")
      else { continue }
      let (root, name) =
        parts[1].isEmpty
        ? ("/sys/fs/cgroup", "memory.max") : ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
      // A group is held by its own limit and by those above it.
      var path = String(parts[2])
      while !path.isEmpty, path != "/" {
        files.append(root + path + "/" + name)
        path = (path as NSString).deletingLastPathComponent
      }
      files.append(root + "/" + name)
    }
    let limits = files.compactMap { file in
      (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
        Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
      }
    }
    return limits.min().map { MemoryLimit(bytes: $0, source: "the control group allows") }
  }

  /// What `ulimit -v` leaves beside what is mapped already.
  private static var addressSpace: MemoryLimit? {
    left(of: RLIMIT_AS, beside: 0, source: "ulimit -v leaves about")
  }

  /// What `ulimit -d` leaves beside the data that is there already.
  private static var data: MemoryLimit? {
    left(of: RLIMIT_DATA, beside: 5, source: "ulimit -d leaves about")
  }

  /// What is left of a limit of this process beside a column of `/proc/self/statm`, in pages, and
  /// beside the quarter that libraries, stacks and gaps between allocations take of addresses.
  private static func left(
    of resource: __rlimit_resource, beside column: Int, source: String
  ) -> MemoryLimit? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0,
      limit.rlim_cur < rlim_t(Int.max)
    else { return nil }
    let pages =
      (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
      .split(separator: " ").map { Int($0) ?? 0 } ?? []
    let used = pages.count > column ? pages[column] * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    return MemoryLimit(bytes: max(0, Int(limit.rlim_cur) - used) / 4 * 3, source: source)
  }
}

/// More memory was asked for than this process can have.
package struct NotEnoughMemory: Error, Equatable, CustomStringConvertible {
  let place: String
  let what: String
  let byteCount: Int
  let limit: MemoryLimit
  let remedy: String

  /// One line: where, what, what to do.
  package var description: String {
    "\(place): \(what) takes \(Self.amount(byteCount)), and \(limit.source) "
      + "\(Self.amount(limit.bytes)); \(remedy)"
  }

  /// A number of bytes as a person reads it: `812 MB`, `4.2 GB`.
  private static func amount(_ bytes: Int) -> String {
    bytes < 1_000_000_000
      ? "\((bytes + 999_999) / 1_000_000) MB" : String(format: "%.1f GB", Double(bytes) / 1e9)
  }
}
