import ParableCollective
import ParableKernels
import ParableModel

/// The parameters that ranks train together, in memory that those of a host share where they can, and
/// the gradients that are summed for them.
package final class TrainedParameters {
  /// The parameters.
  package let storage: ParameterStorage

  /// What the ranks do with them together.
  package let parallel: DataParallel

  /// Whether so many ranks of a host pack their weights together.
  ///
  /// A window has pages of 4 KiB. Products that read weights there take 1 to 2 % longer than from pages
  /// of 2 MiB: more than two ranks save by sharing out the packing. More ranks save more of it, and
  /// much memory.
  static func sharesPackedWeights(ranks: Int) -> Bool { ranks > 2 }

  /// Takes memory for parameters of this layout, zero at first, and for the gradients of
  /// `microBatchCount` micro-batches a step, owned as `optimizer` needs it; all ranks call this with the same values.
  ///
  /// With a `precision` the ranks of a host that share the parameters also share the packed weights of
  /// the one network that each of them makes over the parameters, unless they are few.
  package init(
    _ layout: ParameterLayout, communicator: any Communicator, microBatchCount: Int,
    optimizer: Optimizer.Kind = .adamw, precision: Precision? = nil,
    collective: CollectiveTransport? = nil
  ) throws {
    let ranks = communicator.hosts.count { $0 == communicator.hosts[communicator.rank] }
    let sharing = Self.sharesPackedWeights(ranks: ranks) ? precision : nil
    let parallel = try DataParallel(
      communicator: communicator, microBatchCount: microBatchCount,
      units: optimizer.units(of: layout), cost: optimizer.cost(of: layout), collective: collective,
      moreBytes: sharing.map { PassMemory.sharedWeights(layout, $0) } ?? 0)
    self.parallel = parallel
    storage = ParameterStorage(
      layout, values: parallel.parameters, owner: parallel,
      sharing: parallel.shared.map { shared in
        ParameterSharing(
          position: shared.position, count: shared.count,
          arena: PanelArena(shared.memory, owner: parallel),
          synchronize: { [unowned parallel] in
            try Profile.during(.waiting) { try parallel.synchronize() }
          })
      })
  }

  /// Trains parameters that are there already, and which this rank shares with nobody.
  package init(
    _ storage: ParameterStorage, communicator: any Communicator, microBatchCount: Int
  ) throws {
    self.storage = storage
    parallel = try storage.update { view in
      try DataParallel(
        communicator: communicator, microBatchCount: microBatchCount, units: view.layout.chunks,
        parameters: view.values)
    }
  }

  /// Has one of the ranks that share the parameters fill them; all ranks go on when it is done.
  package func fill(_ body: (ParameterStorage) throws -> Void) throws {
    try parallel.fill { try body(storage) }
    // On the other ranks they have changed as well.
    storage.update { _ in }
    try storage.packTogether()
  }
}
