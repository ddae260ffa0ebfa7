import ParableCollective
import ParableKernels
import ParableModel

/// What micro-batches cost and what was counted on the way; each number is a plain sum.
package struct StepSums: Equatable, Sendable {
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

  static let numberCount = 5

  /// All numbers, for a message.
  var numbers: [Double] { [loss, tokens, languageLoss, rankingLoss, correct] }

  /// From the numbers of a message.
  init(_ numbers: ArraySlice<Double>) {
    let numbers = Array(numbers)
    (loss, tokens, languageLoss) = (numbers[0], numbers[1], numbers[2])
    (rankingLoss, correct) = (numbers[3], numbers[4])
  }

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
///       sums.append(costAndGradient(of: microBatch, addingTo: update.begin()))
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

    /// What the ranks know together of an end that is asked for.
    package var notice: StopNotice
  }

  private let communicator: any Communicator
  private let parameters: ParameterStorage
  private let parallel: DataParallel
  private let optimizer: AdamW
  private let gradientClipping: Double
  private let checkEvery: Int
  private let units: ArraySlice<Range<Int>>

  /// This rank's micro-batches; empty where there are more ranks than micro-batches.
  package var microBatches: Range<Int> { parallel.microBatches }

  /// How gradients travel between the ranks, and why, in one line.
  package var collectiveNote: String { parallel.collectiveNote }

  /// Where the time of the last update's sum of gradients went.
  package var timing: SumTiming { parallel.timing }

  /// Prepares updates of `parameters`, of which the optimizer owns what this rank owns; every
  /// `checkEvery` steps the ranks make sure that they agree.
  package init(
    communicator: any Communicator, parameters: TrainedParameters, optimizer: AdamW,
    gradientClipping: Double, checkEvery: Int = 50
  ) {
    precondition(optimizer.owned == parameters.parallel.owned, "each owner has its moments")
    self.communicator = communicator
    self.parameters = parameters.storage
    parallel = parameters.parallel
    self.optimizer = optimizer
    self.gradientClipping = gradientClipping
    self.checkEvery = checkEvery
    units = parallel.ownership.units(of: communicator.rank)
  }

  /// Gives zeros, to which the gradient of this rank's next micro-batch is added.
  package func begin() -> MutableParameterView {
    MutableParameterView(
      layout: parameters.view.layout, values: parallel.begin(), owner: parallel)
  }

  /// Takes the gradient that was added to those of ``begin()``.
  package func end() { parallel.end() }

  /// Makes update number `step`, counted from 1, from the gradients of all ranks' micro-batches;
  /// `sums` are those of this rank's, in order.
  ///
  /// Throws on all ranks where the loss or a gradient of any rank is not finite, and then leaves the
  /// parameters as they were. A step that any rank drops is dropped by all, by ``DroppedStep``.
  package func finish(
    _ sums: [StepSums], step: Int, learningRate: Double, notice own: StopNotice = StopNotice()
  ) throws -> Outcome {
    let gradients = try parallel.sum()
    let (all, norm, notice) = try agreeOnSums(sums, gradients, own)
    if notice.dropsStep {
      // Ends the step without a change, so that it can be made again.
      try parallel.share()
      throw DroppedStep(notice: notice)
    }
    guard all.loss.isFinite else { throw TrainingError.notFinite(step: step, what: "loss") }
    guard norm.isFinite else { throw TrainingError.notFinite(step: step, what: "gradient") }
    optimizer.update(
      parameters, gradients: gradients,
      gradientScale: clippingScale(norm: norm, maximum: gradientClipping),
      learningRate: learningRate, step: step)
    try parallel.share()
    try parameters.packTogether()
    if let profile = Profile.current {
      profile.add(.localAccumulation, seconds: timing.localAccumulation)
      profile.add(.waiting, seconds: timing.waiting)
      profile.add(.communication, seconds: timing.communication)
    }
    // Replicas that have come apart are named, on all ranks.
    if step.isMultiple(of: checkEvery) { try agree(after: step) }
    return Outcome(sums: all, gradientNorm: norm, notice: notice)
  }

  /// Throws on all ranks where not all have the same parameters.
  package func agree(after step: Int) throws {
    // Who shares them with another rank need not look at them again.
    try Profile.during(.checksums) {
      try communicator.agree(
        on: parallel.isWriter ? parameters.checksum : nil, of: "parameters after step \(step)")
    }
  }

  /// Adds up what all ranks counted and the squares of the gradients: one by one in the order of
  /// micro-batches and of the layout, since sums of whole ranks would differ in their last digits with
  /// how many there are.
  private func agreeOnSums(
    _ sums: [StepSums], _ gradients: UnsafeMutableBufferPointer<Float>, _ own: StopNotice
  ) throws -> (sums: StepSums, norm: Double, notice: StopNotice) {
    let squares = units.map { unit in
      let start = unit.lowerBound - optimizer.owned.lowerBound
      return sumOfSquares(
        UnsafeBufferPointer(rebasing: gradients[start..<start + unit.count]))
    }
    // One message for all: the notice, the numbers of sums, the squares.
    // Few bytes: whoever takes long here waits for a rank that is still at its squares.
    let gathered = try Profile.during(.waiting) {
      try communicator.allGather(values: [own.number] + sums.flatMap(\.numbers) + squares)
    }
    var all = StepSums()
    var square = 0.0
    var notice = StopNotice()
    for rank in parallel.order {
      let numbers = gathered[rank]
      let unitCount = parallel.ownership.units(of: rank).count
      notice += StopNotice(number: numbers[0])
      for start in stride(
        from: 1, to: numbers.count - unitCount, by: StepSums.numberCount)
      {
        all += StepSums(numbers[start..<start + StepSums.numberCount])
      }
      for unit in numbers.suffix(unitCount) { square += unit }
    }
    return (all, square.squareRoot(), notice)
  }
}
