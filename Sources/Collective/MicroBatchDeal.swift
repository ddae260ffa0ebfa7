/// Which micro-batches each rank computes.
///
/// They are dealt out to groups, then to the ranks of each, as neighbours. The busiest rank has as few
/// as can be; among such deals the groups, and then the ranks, are left with the fewest sums of
/// subtrees, since each of these travels to the ranks that add them; among these the most even one is
/// taken.
struct MicroBatchDeal {
  let tree: ReductionTree

  /// The micro-batches of each rank.
  let ranks: [Range<Int>]

  /// The micro-batches of each group.
  let groups: [Range<Int>]

  init(leafCount: Int, groups: RankGroups) {
    let tree = ReductionTree(leafCount: leafCount)
    let size = groups.order.count
    let most = (leafCount + size - 1) / size
    self.tree = tree
    self.groups = tree.deal(0..<leafCount, limits: groups.groups.map { $0.count * most })
    var ranks = Array(repeating: 0..<0, count: size)
    for (members, leaves) in zip(groups.groups, self.groups) {
      let limits = Array(repeating: most, count: members.count)
      for (rank, own) in zip(members, tree.deal(leaves, limits: limits)) { ranks[rank] = own }
    }
    self.ranks = ranks
  }

  /// The most sums that a rank holds at once: those that wait and the leaf being computed.
  func bufferCount(of rank: Int) -> Int {
    var carry = CarryStack(tree)
    var most = 0
    for leaf in ranks[rank] {
      most = max(most, carry.nodes.count + 1)
      carry.push(.init(level: 0, index: leaf))
    }
    return most
  }
}

extension ReductionTree {
  /// A deal of neighbouring leaves to parts that take at most so many each, up to some leaf.
  fileprivate struct Deal {
    var rootCount = 0
    /// The sum of the squares of the parts' lengths: the more even, the smaller.
    var unevenness = 0
    /// Where the last part begins.
    var lastStart = 0

    func isBetter(than other: Deal) -> Bool {
      (rootCount, unevenness) < (other.rootCount, other.unevenness)
    }
  }

  /// Above this many leaves times parts, looking for the best deal would take seconds.
  private static let largestSearch = 1 << 21

  /// Deals leaves to parts, none of which gets more than its limit, with the fewest roots.
  ///
  /// What is best up to some leaf does not depend on how the rest is dealt out, so that one pass over
  /// the parts finds it (dynamic programming). Very many leaves on very many ranks are dealt out evenly.
  func deal(_ leaves: Range<Int>, limits: [Int]) -> [Range<Int>] {
    let total = limits.reduce(0, +)
    precondition(total >= leaves.count, "there is room for all leaves")
    guard leaves.count * limits.count <= Self.largestSearch else {
      return evenDeal(leaves, limits: limits)
    }
    var best = [[leaves.lowerBound: Deal()]]
    var left = total
    for limit in limits {
      left -= limit
      var next: [Int: Deal] = [:]
      // Of equally good deals the one in which the first parts have more.
      for (start, deal) in best[best.count - 1].sorted(by: { $0.key > $1.key }) {
        let last = min(start + limit, leaves.upperBound)
        // The parts to come can take no more than their limits.
        let first = max(start, leaves.upperBound - left)
        for end in stride(from: last, through: first, by: -1) {
          let longer = Deal(
            rootCount: deal.rootCount + roots(of: start..<end).count,
            unevenness: deal.unevenness + (end - start) * (end - start), lastStart: start)
          if next[end].map({ longer.isBetter(than: $0) }) ?? true { next[end] = longer }
        }
      }
      best.append(next)
    }
    var end = leaves.upperBound
    let parts = best.dropFirst().reversed().map { deals in
      let start = deals[end]?.lastStart ?? end
      defer { end = start }
      return start..<end
    }
    return parts.reversed()
  }

  /// Deals leaves to parts in proportion to their limits.
  private func evenDeal(_ leaves: Range<Int>, limits: [Int]) -> [Range<Int>] {
    let total = limits.reduce(0, +)
    var before = 0
    return limits.map { limit in
      let start = leaves.lowerBound + leaves.count * before / total
      before += limit
      return start..<leaves.lowerBound + leaves.count * before / total
    }
  }
}
