/// How much of a training's batch there is to share out among ranks: each micro-batch is one rank's.
package struct WorkShare: Equatable, Sendable {
  /// Examples of a step, of all ranks together.
  package let batch: Int

  /// Examples whose gradient is computed at once.
  package let microBatch: Int

  /// Makes one; the batch is a multiple of the micro-batch.
  package init(batch: Int, microBatch: Int) {
    self.batch = batch
    self.microBatch = max(1, microBatch)
  }

  /// How many micro-batches a batch has: more ranks than that have nothing to do.
  package var microBatchCount: Int { max(1, batch / microBatch) }

  /// How many of so many ranks would have nothing to do.
  package func idleCount(ranks: Int) -> Int { max(0, ranks - microBatchCount) }

  /// What to change so that so many ranks have work: `use --batch 256, or --batch 64 --micro-batch 1`.
  package func remedy(ranks: Int) -> String {
    let larger = "use --batch \(ranks * microBatch)"
    // The largest micro-batch below this one of which the same batch has enough.
    let smaller = (1..<max(2, microBatch)).last {
      $0 < microBatch && batch.isMultiple(of: $0) && batch / $0 >= ranks
    }
    if let smaller { return "\(larger), or --micro-batch \(smaller)" }
    return microBatch == 1 ? larger : "\(larger), or --batch \(ranks) --micro-batch 1"
  }

  /// One line for ranks that would have nothing to do; nil where all have work.
  package func idleNote(ranks: Int) -> String? {
    let idle = idleCount(ranks: ranks)
    guard idle > 0 else { return nil }
    return "\(ranks) ranks, \(microBatches): \(idle) would idle; \(remedy(ranks: ranks))"
  }

  /// One line for slots that are left empty, since there is no work for a rank on each.
  package func fewerNote(slots: Int) -> String {
    let started = microBatchCount == 1 ? "1 rank is" : "\(microBatchCount) ranks are"
    return
      "\(slots) slots, \(microBatches): \(started) started; \(remedy(ranks: slots)) for \(slots)"
  }

  private var microBatches: String {
    microBatchCount == 1 ? "1 micro-batch" : "\(microBatchCount) micro-batches"
  }
}
