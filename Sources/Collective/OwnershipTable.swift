/// Who owns which elements of the parameters: who adds their gradients, measures them, updates them,
/// keeps their moments and writes them into checkpoints.
///
/// The elements come in units that nobody cuts (chunks of tensors; an optimizer may ask for whole ones).
/// Groups of ranks get neighbouring units of about equally many bytes, since that is what travels
/// between them, and the ranks of a group such that cost about equally much.
package struct OwnershipTable: Equatable, Sendable {
  /// The units, without gaps, from element 0 on.
  package let units: [Range<Int>]

  /// The elements of each rank; empty where there are more ranks than units.
  package let ranges: [Range<Int>]

  /// The ranks in the order of what they own.
  package let order: [Int]

  init(units: [Range<Int>], cost: (Range<Int>) -> Int, groups: RankGroups) {
    var ranges = Array(repeating: 0..<0, count: groups.order.count)
    let byGroup = Self.shares(of: units.indices, among: groups.groups.count) { units[$0].count }
    for (members, places) in zip(groups.groups, byGroup) {
      let byRank = Self.shares(of: places, among: members.count) { cost(units[$0]) }
      for (rank, own) in zip(members, byRank) {
        let start = own.lowerBound < units.count ? units[own.lowerBound].lowerBound : Int.max
        let end = own.isEmpty ? start : units[own.upperBound - 1].upperBound
        ranges[rank] = own.isEmpty ? 0..<0 : start..<end
      }
    }
    self.units = units
    self.ranges = ranges
    order = groups.order
  }

  /// The units of one rank.
  package func units(of rank: Int) -> ArraySlice<Range<Int>> {
    let range = ranges[rank]
    let first = units.firstIndex { $0.lowerBound >= range.lowerBound } ?? units.endIndex
    return range.isEmpty ? [] : units[first...].prefix { $0.lowerBound < range.upperBound }
  }

  /// Neighbouring places in as many shares: a place goes where the middle of its cost falls.
  private static func shares(
    of places: Range<Int>, among count: Int, cost: (Int) -> Int
  ) -> [Range<Int>] {
    let total = places.reduce(0) { $0 + cost($1) }
    var ends = Array(repeating: places.lowerBound, count: count)
    var before = 0
    for place in places {
      let middle = before + cost(place) / 2
      let share = total == 0 ? 0 : min(count - 1, middle * count / total)
      for later in share..<count { ends[later] = place + 1 }
      before += cost(place)
    }
    return zip([places.lowerBound] + ends, ends).map { $0..<$1 }
  }
}
