import Foundation
import ParableCollective
import ParablePlatform

/// Where the ranks of a training run, as they say it to each other once.
package struct RankPlacement: Encodable, Sendable {
  /// What each rank says.
  private struct Place: Codable {
    var binding = CoreBinding()
    var bestInstructions = Processor.bestInstructionSet
    var freeBytes: Int?
  }

  /// The number of ranks of each host, hosts in the order of their first ranks.
  let rankCounts: [Int]

  /// What hosts are called, in the same order.
  let hosts: [String]

  /// The widest instruction sets that their processors have.
  let bestInstructions: [String]

  /// How many ranks are bound to one core.
  let boundCount: Int

  /// How many cores the first rank may use.
  let coreCount: Int

  /// The NUMA nodes that ranks run on.
  let nodes: [Int]

  /// What makes ranks slow or unequal, in a line each.
  let notes: [String]

  /// The least memory that a host has free; nil where one does not say.
  let freeBytes: Int?

  /// Asks all ranks of `communicator`; `freeBytes` is what this rank has found free.
  init(_ communicator: any Communicator, freeBytes: Int?) throws {
    let own = try JSONEncoder().encode(Place(freeBytes: freeBytes))
    let places = try communicator.allGather([UInt8](own)).map {
      try JSONDecoder().decode(Place.self, from: Data($0))
    }
    let numbers = communicator.hosts
    let firsts = numbers.indices.filter { numbers[$0] == (numbers[..<$0].max() ?? -1) + 1 }
    rankCounts = firsts.map { first in numbers.count { $0 == numbers[first] } }
    hosts = firsts.map { places[$0].binding.host }
    bestInstructions = Set(places.map(\.bestInstructions)).sorted()
    boundCount = places.count { $0.binding.isBound }
    coreCount = places[0].binding.cores.count
    nodes = Set(places.flatMap(\.binding.nodes)).sorted()
    notes = CoreBinding.notes(on: places.map(\.binding))
    let free = places.compactMap(\.freeBytes)
    self.freeBytes = free.count == places.count ? free.min() : nil
  }

  /// The ranks of the host that has most.
  var ranksOfBusiestHost: Int { rankCounts.max() ?? 1 }

  /// Ranks and hosts, for a person.
  var ranksLine: String {
    let (least, most) = (rankCounts.min() ?? 1, ranksOfBusiestHost)
    let names = hosts.prefix(4).joined(separator: ", ")
    let more = hosts.count > 4 ? " and \(hosts.count - 4) more" : ""
    let each = hosts.count == 1 ? "" : " of \(least == most ? "\(most)" : "\(least) to \(most)")"
    return
      "\(rankCounts.reduce(0, +)) on \(hosts.count) host\(hosts.count == 1 ? "" : "s")\(each): "
      + names + more
  }

  /// Cores and NUMA nodes, or what is wrong with them, for a person.
  var coresLine: String {
    if let note = notes.first {
      return notes.count == 1 ? note : "\(note) (and \(notes.count - 1) more such lines)"
    }
    let ranks = rankCounts.reduce(0, +)
    let binding =
      if boundCount == ranks {
        ranks == 1 ? "the rank is bound to one" : "each rank is bound to one of its own"
      } else {
        "the rank computes on one of \(coreCount), which the system chooses"
      }
    let nodes = nodes.map(String.init).joined(separator: ", ")
    return binding
      + (self.nodes.isEmpty ? "" : "; NUMA node\(self.nodes.count > 1 ? "s" : "") \(nodes)")
  }

  private enum CodingKeys: String, CodingKey {
    case rankCounts = "ranks_of_hosts"
    case bestInstructions = "best_instructions"
    case boundCount = "bound_ranks"
    case nodes = "numa_nodes"
    case notes = "placement_notes"
    case freeBytes = "free_bytes"
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(rankCounts, forKey: .rankCounts)
    try values.encode(bestInstructions.joined(separator: ", "), forKey: .bestInstructions)
    try values.encode(boundCount, forKey: .boundCount)
    try values.encode(nodes, forKey: .nodes)
    try values.encode(notes, forKey: .notes)
    try values.encodeIfPresent(freeBytes, forKey: .freeBytes)
  }
}
