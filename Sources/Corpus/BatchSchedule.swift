/// Chooses the windows of every batch as a pure function of the seed and the step.
///
/// The batches are cut from one endless row of epochs, each holding every window once in an order
/// of its own. Nothing is stored between steps and no rank appears, so that a run resumed on any
/// number of ranks goes on with the same batches. A batch may be larger than an epoch.
package struct BatchSchedule: Equatable, Sendable {
  /// The windows to choose from.
  package let windowCount: Int
  /// The windows of one step, all ranks together.
  package let batch: Int
  /// What the order of the windows depends on.
  package let seed: UInt64

  /// Makes the schedule of a corpus that holds at least one window.
  package init(windowCount: Int, batch: Int, seed: UInt64) {
    precondition(windowCount > 0 && batch > 0, "a schedule needs windows and a batch")
    self.windowCount = windowCount
    self.batch = batch
    self.seed = seed
  }

  /// Returns the windows of a step, counted from 1, in the order of the batch.
  package func windows(step: Int) -> [Int] {
    windows(step: step, places: 0..<batch)
  }

  /// Returns the windows at some places of a step's batch.
  package func windows(step: Int, places: Range<Int>) -> [Int] {
    precondition(step >= 1, "steps count from 1")
    precondition(places.lowerBound >= 0 && places.upperBound <= batch, "no such place in a batch")
    let start = (step - 1) * batch
    var epoch = (start + places.lowerBound) / windowCount
    var order = KeyedPermutation(count: windowCount, seed: seed, epoch: epoch)
    return places.map { place in
      let position = start + place
      if position / windowCount != epoch {
        epoch = position / windowCount
        order = KeyedPermutation(count: windowCount, seed: seed, epoch: epoch)
      }
      return order[position % windowCount]
    }
  }
}
