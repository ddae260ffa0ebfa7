import Foundation

/// The processor cores that this process may use.
package struct AvailableCores: Equatable {
  /// How many ranks can have a core of their own: at least 1.
  package let count: Int

  /// Whether every core of the machine is among them and no quota limits their time.
  package let isWholeMachine: Bool

  /// The NUMA nodes that they belong to.
  package let nodes: [Int]

  /// How many processors' time the control groups grant; nil where they set no limit.
  package let quota: Double?

  /// Counts cores from this process's affinity, the machine's topology and the quotas of the
  /// control groups, as the files below `root` tell them.
  package init(root: String = "") {
    let binding = CoreBinding(root: root)
    quota = processorQuota(root: root)
    let granted = quota.map { Int($0) } ?? .max
    // A quota of 2.5 processors is enough for two ranks: the third would make all wait for it.
    count = max(1, min(binding.cores.count, granted))
    isWholeMachine = binding.isWholeHost && granted >= binding.cores.count
    nodes = binding.nodes
  }
}

/// How many processors' time the control groups grant, of this process's group and those above.
private func processorQuota(root: String) -> Double? {
  let groups = (trimmedText("\(root)/proc/self/cgroup") ?? "").split(separator: "\n")
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
    trimmedText("\(folder)/cpu.max")?.split(separator: " ").map(String.init)
    ?? ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap { trimmedText("\(folder)/\($0)") }
  guard words.count == 2, let time = Double(words[0]), let period = Double(words[1]) else {
    return nil
  }
  return time > 0 && period > 0 ? time / period : nil
}

private func trimmedText(_ path: String) -> String? {
  let text = try? String(contentsOfFile: path, encoding: .utf8)
  return text?.trimmingCharacters(in: .whitespacesAndNewlines)
}
