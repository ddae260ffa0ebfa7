/// The ranks of a job in groups that share memory: those of each host, or each alone.
///
/// Groups stand in the order of their first ranks, ranks within a group in theirs. This order, not
/// that of the launcher, is the one in which micro-batches and elements are dealt out, so that those
/// of a host are neighbours.
struct RankGroups: Equatable {
  /// The ranks of each group.
  let groups: [[Int]]

  /// The group of this rank.
  let own: Int

  /// The place of this rank in its group.
  let position: Int

  /// Groups the ranks by the number of their host.
  init(hosts: [Int], rank: Int) {
    groups = Dictionary(grouping: hosts.indices) { hosts[$0] }
      .sorted { $0.key < $1.key }.map(\.value)
    own = hosts[rank]
    position = groups[own].firstIndex(of: rank) ?? 0
  }

  /// Groups of one rank each.
  init(apart count: Int, rank: Int) { self.init(hosts: Array(0..<count), rank: rank) }

  /// The ranks of this rank's group.
  var members: [Int] { groups[own] }

  /// All ranks, group by group.
  var order: [Int] { Array(groups.joined()) }

  /// The rank of `group` that takes care of a piece of what rank number `position` of another group
  /// owns: over the pieces all ranks of the group get equally many.
  func partner(in group: Int, position: Int, piece: Int) -> Int {
    groups[group][(position + piece) % groups[group].count]
  }
}
