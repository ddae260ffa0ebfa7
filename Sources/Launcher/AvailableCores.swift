import Foundation

/// The processor cores that this process may use.
package struct AvailableCores: Equatable {
  /// How many ranks can have a core of their own: at least 1.
  package let count: Int

  /// Whether every core of the machine is among them and no quota limits their time.
  package let isWholeMachine: Bool

  /// Counts cores from this process's affinity, the machine's topology and the quotas of the
  /// control groups, as the files below `root` tell them.
  package init(root: String = "") {
    let status = contents("\(root)/proc/self/status") ?? ""
    let affinity = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let online = numbers(inList: contents("\(root)/sys/devices/system/cpu/online") ?? "0")
    let list = affinity?.split(separator: ":").last.map { numbers(inList: String($0)) }
    let processors = list ?? online
    // Two threads of one core count once: they share its vector units.
    let cores = Set(
      processors.map { processor in
        let topology = "sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"
        return contents("\(root)/\(topology)") ?? "\(processor)"
      })
    let quota = processorQuota(root: root).map { Int($0) } ?? .max
    // A quota of 2.5 processors is enough for two ranks: the third would make all wait for it.
    count = max(1, min(cores.count, quota))
    isWholeMachine = Set(processors).isSuperset(of: online) && quota >= cores.count
  }
}

/// The numbers of a list like `0-3,8`.
private func numbers(inList list: String) -> [Int] {
  list.split(separator: ",").flatMap { part -> [Int] in
    let ends = part.split(separator: "-").compactMap {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
    guard let first = ends.first, let last = ends.last, first <= last else { return [] }
    return Array(first...last)
  }
}

/// How many processors' time the control groups grant, of this process's group and those above.
private func processorQuota(root: String) -> Double? {
  let groups = (contents("\(root)/proc/self/cgroup") ?? "").split(separator: "\n")
  let quotas = groups.flatMap { line -> [Double] in
    // hierarchy:controllers:path, with no controllers in version 2
    let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3 else { return [] }
    let controllers = fields[1].split(separator: ",")
    guard controllers.isEmpty || controllers.contains("cpu") else { return [] }
    let mount = "\(root)/sys/fs/cgroup" + (controllers.isEmpty ? "" : "/cpu")
    return ancestors(of: String(fields[2])).compactMap { quota(ofGroup: mount + $0) }
  }
  return quotas.min()
}

/// A group's path and those of the groups above it, the empty root last: in a container the path
/// may not exist below the mount, the root always does.
private func ancestors(of path: String) -> [String] {
  let parts = path.split(separator: "/")
  return (0...parts.count).reversed().map { count in
    parts.prefix(count).map { "/\($0)" }.joined()
  }
}

private func quota(ofGroup folder: String) -> Double? {
  let words =
    contents("\(folder)/cpu.max")?.split(separator: " ").map(String.init)
    ?? ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap { contents("\(folder)/\($0)") }
  guard words.count == 2, let time = Double(words[0]), let period = Double(words[1]) else {
    return nil
  }
  return time > 0 && period > 0 ? time / period : nil
}

private func contents(_ path: String) -> String? {
  let text = try? String(contentsOfFile: path, encoding: .utf8)
  return text?.trimmingCharacters(in: .whitespacesAndNewlines)
}
