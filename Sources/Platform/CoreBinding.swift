import Foundation

/// Where the system lets this process run: the physical cores, their NUMA nodes, the host.
///
/// It is a plain value, so that the ranks of a job can gather theirs and compare them
/// (``notes(on:)``).
package struct CoreBinding: Equatable, Codable, Sendable {
  /// The host's name.
  package var host: String

  /// The physical cores, each by the lowest number of its processors: hyper-threads of one core
  /// count once, since they share its vector units.
  package var cores: [Int]

  /// The NUMA nodes that these cores belong to; empty where the system has none.
  package var nodes: [Int]

  /// How many physical cores the host has.
  package var hostCoreCount: Int

  /// Whether every processor of the host is allowed.
  package var isWholeHost: Bool

  /// The widest instruction set of the host's processor.
  package var instructionSet: String

  /// Makes one that is known already.
  package init(
    host: String, cores: [Int], nodes: [Int], hostCoreCount: Int, isWholeHost: Bool,
    instructionSet: String
  ) {
    self.host = host
    self.cores = cores
    self.nodes = nodes
    self.hostCoreCount = hostCoreCount
    self.isWholeHost = isWholeHost
    self.instructionSet = instructionSet
  }

  /// Reads that of this process from the kernel's files below `root`.
  ///
  /// The affinity stands in `/proc/self/status`. It may name processors that are not there (a
  /// virtual machine that could be given more); those that are online are what `sched_getaffinity`
  /// would tell as well.
  package init(
    root: String = "", host: String = Self.thisHost,
    instructionSet: String = Processor.instructionSet
  ) {
    let system = "\(root)/sys/devices/system"
    let status = firstText(["\(root)/proc/self/status"]) ?? ""
    let affinity = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let online = processorNumbers(in: firstText(["\(system)/cpu/online"]) ?? "0")
    let listed = affinity?.split(separator: ":").last.map { processorNumbers(in: $0) }
    let allowed = Set(listed ?? online).intersection(online)

    func cores(_ processors: some Sequence<Int>) -> [Int] {
      let lowest = processors.map { processor in
        let topology = "\(system)/cpu/cpu\(processor)/topology"
        // The second name is that of kernels before 5.3.
        let siblings = firstText(["\(topology)/core_cpus_list", "\(topology)/thread_siblings_list"])
        return siblings.flatMap { processorNumbers(in: $0).min() } ?? processor
      }
      return Set(lowest).sorted()
    }

    let nodes = processorNumbers(in: firstText(["\(system)/node/online"]) ?? "")
    self.init(
      host: host, cores: cores(allowed),
      nodes: nodes.filter { node in
        let own = firstText(["\(system)/node/node\(node)/cpulist"]) ?? ""
        return !allowed.isDisjoint(with: processorNumbers(in: own))
      }, hostCoreCount: cores(online).count, isWholeHost: allowed.isSuperset(of: online),
      instructionSet: instructionSet)
  }

  /// The name of this host, as the kernel has it.
  package static var thisHost: String {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether it is bound to one core, as a rank with its one thread should be.
  package var isBound: Bool { cores.count == 1 }
}

extension CoreBinding {
  /// What makes the ranks of a job slow or unequal, a line for each: `where: what; remedy`.
  ///
  /// - Parameter ranks: The bindings of all ranks, in their order.
  /// - Returns: The lines; none where nothing is wrong.
  package static func notes(on ranks: [CoreBinding]) -> [String] {
    var hosts: [String] = []
    for rank in ranks where !hosts.contains(rank.host) { hosts.append(rank.host) }
    let ofHosts = hosts.compactMap { host in
      note(on: host, ranks.indices.filter { ranks[$0].host == host }, of: ranks)
    }
    let instructionSets = Set(ranks.map(\.instructionSet)).sorted()
    guard instructionSets.count > 1 else { return ofHosts }
    let owners = instructionSets.map { set in
      "\(set) on \(list(hosts.filter { host in ranks.contains { $0.host == host && $0.instructionSet == set } }))"
    }
    return ofHosts + [
      "hosts: unlike instruction sets, \(owners.joined(separator: ", ")); use hosts that are alike, "
        + "or PARABLE_INSTRUCTIONS for the least of them on all"
    ]
  }

  /// What is wrong with the ranks of one host; `numbers` are theirs.
  private static func note(on host: String, _ numbers: [Int], of ranks: [CoreBinding]) -> String? {
    guard numbers.count > 1 else { return nil }
    let cores = Set(numbers.flatMap { ranks[$0].cores })
    if numbers.count > cores.count {
      return "\(host): \(numbers.count) ranks share \(amount(cores.count, "core")); use at most "
        + "\(amount(cores.count, "rank")) there"
    }
    let bound = Dictionary(grouping: numbers.filter { ranks[$0].isBound }) { ranks[$0].cores[0] }
    if let (core, sharing) = bound.filter({ $0.value.count > 1 }).min(by: { $0.key < $1.key }) {
      return
        "\(host): ranks \(list(sharing.map(String.init))) are all bound to core \(core); start "
        + "them by launcher, or mpirun --bind-to core"
    }
    let unbound = numbers.filter { !ranks[$0].isBound }
    guard !unbound.isEmpty else { return nil }
    return "\(host): \(amount(unbound.count, "rank")) not bound to a core, so that the system may "
      + "move them; start them by launcher on whole hosts, or mpirun --bind-to core"
  }

  private static func amount(_ count: Int, _ what: String) -> String {
    "\(count) \(what)\(count == 1 ? "" : "s")"
  }

  /// A few of the names, and how many there are more.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(4).joined(separator: ", ")
    return names.count > 4 ? shown + " and \(names.count - 4) more" : shown
  }
}

/// The text of the first of these files that is there.
private func firstText(_ paths: [String]) -> String? {
  paths.lazy.compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }.first?
    .trimmingCharacters(in: .whitespacesAndNewlines)
}
