import ParableCollective
import ParableKernels
import ParableModel

/// What micro-batches cost and what was counted on the way; each number is a plain sum.
package struct StepSums: BitwiseCopyable, Equatable, Sendable {
  /// What the training minimises, not yet divided by how much of it there is.
  package var loss = 0.0
  /// The tokens that were read.
  package var tokens = 0.0
  /// The loss of a language model beside it.
  package var languageLoss = 0.0
  /// The loss of choices ranked by their likelihood.
  package var rankingLoss = 0.0
  /// The questions that were answered rightly.
  package var correct = 0.0

  /// Nothing yet.
  package init() {}

  /// Adds each number.
  package static func += (sum: inout StepSums, other: StepSums) {
    sum.loss += other.loss
    sum.tokens += other.tokens
    sum.languageLoss += other.languageLoss
    sum.rankingLoss += other.rankingLoss
    sum.correct += other.correct
  }
}

/// Updates of the parameters, each from the gradients of a fixed number of micro-batches: the same
/// bits on every rank and for every number of ranks.
///
/// Each rank computes the gradients of its own micro-batches, one at a time, and all are summed in
/// the order of one fixed tree:
///
///     for microBatch in update.microBatches {
///       sums.append(costAndGradient(of: microBatch, addingTo: try update.begin()))
///       update.end()
///     }
///     let outcome = try update.finish(sums, step: step, learningRate: learningRate)
package final class ParameterUpdate {
  /// What an update was made from.
  package struct Outcome: Equatable, Sendable {
    /// The sums over all micro-batches of all ranks.
    package var sums: StepSums

    /// The norm of all gradients before clipping.
    package var gradientNorm: Double
  }

  private let communicator: any Communicator
  private let parameters: ParameterStorage
  private let optimizer: AdamW
  private let gradientClipping: Double
  private let treeSum: TreeSum
  private let checkEvery: Int

  /// This rank's micro-batches; empty where there are more ranks than micro-batches.
  package var microBatches: Range<Int> { treeSum.microBatches }

  /// How gradients travel between the ranks, and why, in one line.
  package var collectiveNote: String { treeSum.collectiveNote }

  /// Where the time of the last update's sum of gradients went.
  package var timing: SumTiming { treeSum.timing }

  /// Prepares updates of `parameters` from `microBatchCount` micro-batches; every `checkEvery` steps
  /// the ranks make sure that they agree.
  package init(
    communicator: any Communicator, parameters: ParameterStorage, optimizer: AdamW,
    gradientClipping: Double, microBatchCount: Int, collective: CollectiveTransport? = nil,
    checkEvery: Int = 50
  ) throws {
    self.communicator = communicator
    self.parameters = parameters
    self.optimizer = optimizer
    self.gradientClipping = gradientClipping
    self.checkEvery = checkEvery
    treeSum = try TreeSum(
      communicator: communicator, microBatchCount: microBatchCount,
      elementCount: parameters.view.layout.elementCount, collective: collective)
  }

  /// Gives zeros, to which the gradient of this rank's next micro-batch is added.
  package func begin() throws -> MutableParameterView {
    MutableParameterView(
      layout: parameters.view.layout, values: try treeSum.begin(), owner: treeSum)
  }

  /// Takes the gradient that was added to those of ``begin()``.
  package func end() { treeSum.end() }

  /// Makes update number `step`, counted from 1, from the gradients of all ranks' micro-batches;
  /// `sums` are those of this rank's, in order.
  ///
  /// Throws on all ranks where the loss or a gradient of any rank is not finite, and then leaves the
  /// parameters as they were.
  package func finish(
    _ sums: [StepSums], step: Int, learningRate: Double
  ) throws -> Outcome {
    let gradients = try treeSum.sum()
    if let profile = Profile.current {
      profile.add(.localAccumulation, seconds: timing.localAccumulation)
      profile.add(.waiting, seconds: timing.waiting)
      profile.add(.communication, seconds: timing.communication)
    }
    // One by one: sums of whole ranks would differ in their last digits with how many there are.
    let all = try communicator.allGather(values: sums).joined().reduce(into: StepSums(), +=)
    // Chunk by chunk in the order of the layout, whoever has which of them.
    let norm = parameters.view.layout.chunks.reduce(0) { sum, chunk in
      sum + sumOfSquares(UnsafeBufferPointer(rebasing: gradients[chunk]))
    }.squareRoot()
    guard all.loss.isFinite else { throw TrainingError.notFinite(step: step, what: "loss") }
    guard norm.isFinite else { throw TrainingError.notFinite(step: step, what: "gradient") }
    optimizer.update(
      parameters, gradients: gradients,
      gradientScale: clippingScale(norm: norm, maximum: gradientClipping),
      learningRate: learningRate, step: step)
    if step.isMultiple(of: checkEvery) {
      // Replicas that have come apart are named, on all ranks.
      try communicator.agree(on: parameters.checksum, of: "parameters after step \(step)")
    }
    return Outcome(sums: all, gradientNorm: norm)
  }
}
