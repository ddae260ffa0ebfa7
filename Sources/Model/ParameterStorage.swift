import ParableKernels
import ParablePlatform

/// How several ranks that share parameters also share the packed weights of their networks: each packs
/// a part of them.
package struct ParameterSharing {
  /// Which part is this rank's.
  let position: Int

  /// How many parts there are.
  let count: Int

  /// Where the packed weights lie.
  let arena: PanelArena

  /// Returns when all have packed their parts.
  let synchronize: () throws -> Void

  /// Shares the memory of `arena` between so many ranks.
  package init(
    position: Int, count: Int, arena: PanelArena, synchronize: @escaping () throws -> Void
  ) {
    (self.position, self.count) = (position, count)
    (self.arena, self.synchronize) = (arena, synchronize)
  }
}

/// Memory for one value for every parameter of a network, zero at first.
package final class ParameterStorage {
  private let mutable: MutableParameterView

  /// How often the values have been changed: who has a copy of them knows by it when that is old.
  package private(set) var version = 0

  /// Reserves zeros for a network of this layout.
  package init(_ layout: ParameterLayout) {
    mutable = MutableParameterView(zeros: layout)
    sharing = nil
  }

  /// Takes memory that is there and is freed with `owner`.
  ///
  /// Where `sharing` is not nil, one network is made over these parameters on each rank, and
  /// ``packTogether()`` follows every change.
  package init(
    _ layout: ParameterLayout, values: UnsafeMutableBufferPointer<Float>, owner: AnyObject,
    sharing: ParameterSharing? = nil
  ) {
    mutable = MutableParameterView(layout: layout, values: values, owner: owner)
    self.sharing = sharing
  }

  /// How ranks share the weights that are packed from these parameters; nil where each packs its own.
  let sharing: ParameterSharing?

  /// Packs a part of the parameters for the network over them.
  var packPart: ((_ position: Int, _ count: Int) -> Void)?

  /// Packs such a part again, elsewhere, and names what is not the same.
  var packedDifferently: ((_ position: Int, _ count: Int) -> [String])?

  /// The tensors of which a packed copy is not what another packing gives, of this part of `count`.
  package func packedDifferently(_ position: Int, _ count: Int) -> [String] {
    packedDifferently?(position, count) ?? []
  }

  /// Has all ranks that share these parameters pack them, once they have changed.
  package func packTogether() throws {
    guard let sharing else { return }
    packPart?(sharing.position, sharing.count)
    try sharing.synchronize()
  }

  /// The values, by tensor.
  package var view: ParameterView { mutable.readOnly }

  /// All values in the order of the layout.
  package var values: UnsafeBufferPointer<Float> { view.values }

  /// Changes values: the only way to do so.
  package func update<Result>(
    _ change: (MutableParameterView) throws -> Result
  ) rethrows -> Result {
    defer { version += 1 }
    return try change(mutable)
  }

  /// Draws every tensor as its initialization says: a function of the seed and of each tensor's
  /// place.
  package func initialize(seed: UInt64) {
    update { parameters in
      for (index, entry) in parameters.layout.entries.enumerated() {
        let target = UnsafeMutableBufferPointer(rebasing: parameters.values[entry.range])
        var random = SplitMix64(seed: seed, sequence: UInt64(index))
        switch entry.parameter.initialization {
        case .ones:
          target.update(repeating: 1)
        case .normal(let deviation):
          for element in target.indices { target[element] = Float(random.normal()) * deviation }
        case .xavierUniform:
          let bound = (6 / Double(entry.rows + entry.columns)).squareRoot()
          for element in target.indices {
            target[element] = Float((2 * random.uniform() - 1) * bound)
          }
        }
      }
    }
  }
}
