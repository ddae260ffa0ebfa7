/// Items dealt out to parts as contiguous ranges whose lengths differ by at most one.
package struct WorkPartition: Sendable {
  /// How many items there are.
  package let itemCount: Int

  /// Over how many parts they go; where there are more parts than items, the last ones are empty.
  package let partCount: Int

  /// Deals out the items.
  package init(itemCount: Int, partCount: Int) {
    precondition(itemCount >= 0 && partCount > 0, "items go to at least one part")
    self.itemCount = itemCount
    self.partCount = partCount
  }

  /// The items of one part.
  package func range(of part: Int) -> Range<Int> {
    precondition((0..<partCount).contains(part), "part \(part) of \(partCount)")
    let (length, remainder) = itemCount.quotientAndRemainder(dividingBy: partCount)
    let start = part * length + min(part, remainder)
    return start..<start + length + (part < remainder ? 1 : 0)
  }
}
