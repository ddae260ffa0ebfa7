import ParableCollective
import ParableKernels
import ParableModel
import ParablePlatform

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

    /// Why the parameters stay as they were; nil where they were updated.
    package var skipped: SkipReason?

    /// What the ranks know together of an end that is asked for.
    package var notice: StopNotice
  }

  private let communicator: any Communicator
  private let parameters: ParameterStorage
  private let parallel: DataParallel
  private let optimizer: Optimizer
  private let gradientClipping: Double
  private let checkEvery: Int
  private let spikeFactor: Double?
  private let memory: MemoryCheck
  private let units: ArraySlice<Range<Int>>

  /// This rank's micro-batches; empty where there are more ranks than micro-batches.
  package var microBatches: Range<Int> { parallel.microBatches }

  /// How gradients travel between the ranks, and why, in one line.
  package var collectiveNote: String { parallel.collectiveNote }

  /// Where the time of the last update's sum of gradients went.
  package var timing: SumTiming { parallel.timing }

  /// Which steps were skipped, and what decides on the next.
  package private(set) var skips: SkipHistory

  /// Prepares updates of `parameters`, of which the optimizer owns what this rank owns; every
  /// `checkEvery` steps the ranks make sure that they agree, and that nothing but the next update
  /// changes what they agree on.
  package init(
    communicator: any Communicator, parameters: TrainedParameters, optimizer: Optimizer,
    gradientClipping: Double, checkEvery: Int = TrainingSettings.defaultCheckEvery,
    spikeFactor: Double? = nil,
    skips: SkipHistory = SkipHistory()
  ) {
    precondition(optimizer.owned == parameters.parallel.owned, "each owner has its moments")
    self.spikeFactor = spikeFactor
    self.skips = skips
    memory = MemoryCheck(communicator, parameters, optimizer)
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
  /// Where the loss or a gradient of any rank is not finite, or the norm is a spike, all ranks leave
  /// parameters and moments as they were, and say why.
  ///
  /// A step that any rank drops is dropped by all.
  ///
  /// - Throws: ``DroppedStep``, and on all ranks where weights are not finite, which no step that is
  ///   skipped can mend, and where memory has changed by itself.
  package func finish(
    _ sums: [StepSums], step: Int, learningRate: Double, notice own: StopNotice = StopNotice()
  ) throws -> Outcome {
    Whereabouts.doing(.summing)
    let gradients = try parallel.sum()
    let (all, losses, norm, notice) = try agreeOnSums(sums, gradients, own)
    if notice.dropsStep {
      // Ends the step without a change, so that it can be made again.
      try parallel.discard()
      throw DroppedStep(notice: notice)
    }
    let reason = skips.reason(
      toSkip: losses, total: all.loss, norm: norm, spikeFactor: spikeFactor)
    try memory.verify(in: step)
    if reason != nil {
      try parallel.discard()
      try memory.requireFiniteWeights(step)
    } else {
      try apply(gradients, norm: norm, learningRate: learningRate, step: step)
    }
    skips.count(step, norm: norm, skipped: reason)
    if let profile = Profile.current {
      profile.add(.localAccumulation, seconds: timing.localAccumulation)
      profile.add(.waiting, seconds: timing.waiting)
      profile.add(.communication, seconds: timing.communication)
    }
    // Replicas that have come apart are named, on all ranks.
    if step.isMultiple(of: checkEvery) { try agree(after: step) }
    return Outcome(sums: all, gradientNorm: norm, skipped: reason, notice: notice)
  }

  /// Counts a step that is skipped before anything of it is computed.
  package func skip(_ step: Int) { skips.count(step, norm: 0, skipped: .asked) }

  /// Computes the micro-batches of a step whose update was skipped once more, for who looks for the
  /// one that spoils it: the loss and the norm of the gradient of each, of all ranks in their order.
  ///
  /// No update follows.
  package func measure(
    _ costAndGradient: (_ microBatch: Int, MutableParameterView) throws -> StepSums
  ) throws -> [(loss: Double, norm: Double)] {
    var own: [Double] = []
    // None is ended, so that each begins in the place of the one before.
    for microBatch in microBatches {
      let gradients = begin()
      own.append(try costAndGradient(microBatch, gradients).loss)
      own.append(sumOfSquares(UnsafeBufferPointer(gradients.values)).squareRoot())
    }
    let all = try communicator.allGather(values: own)
    let numbers = parallel.order.flatMap { all[$0] }
    return stride(from: 0, to: numbers.count, by: 2).map { (numbers[$0], numbers[$0 + 1]) }
  }

  private func apply(
    _ gradients: UnsafeMutableBufferPointer<Float>, norm: Double, learningRate: Double, step: Int
  ) throws {
    memory.open()
    Whereabouts.doing(.updating)
    optimizer.update(
      parameters, gradients: gradients,
      gradientScale: clippingScale(norm: norm, maximum: gradientClipping),
      learningRate: learningRate, step: step)
    try parallel.share()
    try parameters.packTogether()
  }

  /// Throws on all ranks where not all have the same parameters; from now on to the next update
  /// ``verify(in:)`` knows what they and the moments have to be.
  package func agree(after step: Int) throws { try memory.seal(after: step) }

  /// Throws on all ranks where parameters or moments have changed since the ranks agreed on them
  /// and no update was made.
  package func verify(in step: Int) throws { try memory.verify(in: step) }

  /// Adds up what all ranks counted and the squares of the gradients: one by one in the order of
  /// micro-batches and of the layout, since sums of whole ranks would differ in their last digits with
  /// how many there are.
  ///
  /// The loss of each micro-batch is given beside.
  private func agreeOnSums(
    _ sums: [StepSums], _ gradients: UnsafeMutableBufferPointer<Float>, _ own: StopNotice
  ) throws -> (sums: StepSums, losses: [Double], norm: Double, notice: StopNotice) {
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
    var losses: [Double] = []
    var square = 0.0
    var notice = StopNotice()
    for rank in parallel.order {
      let numbers = gathered[rank]
      let unitCount = parallel.ownership.units(of: rank).count
      notice += StopNotice(number: numbers[0])
      for start in stride(
        from: 1, to: numbers.count - unitCount, by: StepSums.numberCount)
      {
        let one = StepSums(numbers[start..<start + StepSums.numberCount])
        all += one
        losses.append(one.loss)
      }
      for unit in numbers.suffix(unitCount) { square += unit }
    }
    return (all, losses, square.squareRoot(), notice)
  }
}
