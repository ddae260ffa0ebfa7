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
  /// A deal of neighbouring leaves to parts that take at most so many each.
  fileprivate struct Deal {
    var rootCount = 0
    /// The sum of the squares of the parts' lengths: the more even, the smaller.
    var unevenness = 0
    var ends: [Int] = []

    func adding(_ part: Range<Int>, of tree: ReductionTree) -> Deal {
      Deal(
        rootCount: rootCount + tree.roots(of: part).count,
        unevenness: unevenness + part.count * part.count, ends: ends + [part.upperBound])
    }

    func isBetter(than other: Deal) -> Bool {
      (rootCount, unevenness) < (other.rootCount, other.unevenness)
    }
  }

  /// Deals leaves to parts, none of which gets more than its limit, with the fewest roots.
  ///
  /// What is best up to some leaf does not depend on how the rest is dealt out, so that one pass over
  /// the parts finds it (dynamic programming).
  func deal(_ leaves: Range<Int>, limits: [Int]) -> [Range<Int>] {
    var best = [leaves.lowerBound: Deal()]
    var left = limits.reduce(0, +)
    precondition(left >= leaves.count, "there is room for all leaves")
    for limit in limits {
      left -= limit
      var next: [Int: Deal] = [:]
      // Of equally good deals the one in which the first parts have more.
      for (start, deal) in best.sorted(by: { $0.key > $1.key }) {
        let last = min(start + limit, leaves.upperBound)
        // The parts to come can take no more than their limits.
        let first = max(start, leaves.upperBound - left)
        for end in stride(from: last, through: first, by: -1) {
          let longer = deal.adding(start..<end, of: self)
          if next[end].map({ longer.isBetter(than: $0) }) ?? true { next[end] = longer }
        }
      }
      best = next
    }
    let ends = best[leaves.upperBound]?.ends ?? []
    return zip([leaves.lowerBound] + ends, ends).map { $0..<$1 }
  }
}
