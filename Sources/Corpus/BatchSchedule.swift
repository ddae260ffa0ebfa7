/// Chooses the sequences of every batch as a pure function of the seed and the step.
///
/// The batches are cut from one endless row of epochs, each holding every sequence once in an order
/// of its own. Nothing is stored between steps and no rank appears, so that a run resumed on any
/// number of ranks goes on with the same batches. A batch may be larger than an epoch.
package struct BatchSchedule: Equatable, Sendable {
  /// The sequences to choose from.
  package let sequenceCount: Int
  /// The sequences of one step, all ranks together.
  package let batch: Int
  /// What the order of the sequences depends on.
  package let seed: UInt64

  /// Makes the schedule of a corpus that holds at least one sequence.
  package init(sequenceCount: Int, batch: Int, seed: UInt64) {
    precondition(sequenceCount > 0 && batch > 0, "a schedule needs sequences and a batch")
    self.sequenceCount = sequenceCount
    self.batch = batch
    self.seed = seed
  }

  /// Returns the sequences of a step, counted from 1, in the order of the batch.
  package func sequences(step: Int) -> [Int] {
    sequences(step: step, places: 0..<batch)
  }

  /// Returns the sequences at some places of a step's batch.
  package func sequences(step: Int, places: Range<Int>) -> [Int] {
    precondition(step >= 1, "steps count from 1")
    precondition(places.lowerBound >= 0 && places.upperBound <= batch, "no such place in a batch")
    let start = (step - 1) * batch
    var epoch = (start + places.lowerBound) / sequenceCount
    var order = KeyedPermutation(count: sequenceCount, seed: seed, epoch: epoch)
    return places.map { place in
      let position = start + place
      if position / sequenceCount != epoch {
        epoch = position / sequenceCount
        order = KeyedPermutation(count: sequenceCount, seed: seed, epoch: epoch)
      }
      return order[position % sequenceCount]
    }
  }
}
