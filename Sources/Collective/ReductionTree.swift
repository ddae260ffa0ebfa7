/// The binary tree in whose order the gradients of the global batch are added.
///
/// Its leaves are the batch's micro-batches. Node `index` of a level covers the leaves
/// `index · 2^level ..< (index + 1) · 2^level` as far as there are leaves, and is the sum of the two
/// nodes below it; a node whose right half is empty is its left half. This depends on the number
/// of leaves alone, so any ranks that own contiguous leaves can share the additions.
package struct ReductionTree: Sendable {
  /// One sum of the tree.
  package struct Node: Hashable, Sendable {
    /// 0 for leaves.
    package let level: Int

    /// The number of the node among those of its level, from the left.
    package let index: Int
  }

  /// How many leaves there are.
  package let leafCount: Int

  /// The level of the node that is the sum of everything.
  package let rootLevel: Int

  /// The tree over so many leaves.
  package init(leafCount: Int) {
    precondition(leafCount > 0, "a tree has leaves")
    self.leafCount = leafCount
    rootLevel = Int.bitWidth - (leafCount - 1).leadingZeroBitCount
  }

  /// The fewest nodes that together cover these leaves, from the left.
  ///
  /// - Complexity: O(n) of the leaves in the range.
  package func roots(of leaves: Range<Int>) -> [Node] {
    var carry = CarryStack(self)
    for leaf in leaves { carry.push(Node(level: 0, index: leaf)) }
    return carry.nodes
  }

  /// The leaves that a node is the sum of.
  package func leaves(of node: Node) -> Range<Int> {
    node.index << node.level..<min((node.index + 1) << node.level, leafCount)
  }
}

/// Neighbouring nodes that come from the left and are added as soon as both halves of their parent
/// are there, like the carries of a binary counter.
struct CarryStack {
  private let tree: ReductionTree

  /// The sums that wait, from the left.
  private(set) var nodes: [ReductionTree.Node] = []

  init(_ tree: ReductionTree) { self.tree = tree }

  /// Puts a node on top and returns how many times the two topmost sums are then added.
  @discardableResult
  mutating func push(_ node: ReductionTree.Node) -> Int {
    var merges = 0
    var top = liftedOverEmptyHalves(node)
    while let left = nodes.last, top.index % 2 == 1, left.level == top.level,
      left.index == top.index - 1
    {
      nodes.removeLast()
      top = liftedOverEmptyHalves(.init(level: top.level + 1, index: top.index / 2))
      merges += 1
    }
    nodes.append(top)
    return merges
  }

  /// The highest node that is this node because its right halves are empty.
  private func liftedOverEmptyHalves(_ node: ReductionTree.Node) -> ReductionTree.Node {
    var node = node
    while node.level < tree.rootLevel, node.index % 2 == 0,
      (node.index + 1) << node.level >= tree.leafCount
    {
      node = .init(level: node.level + 1, index: node.index / 2)
    }
    return node
  }
}
