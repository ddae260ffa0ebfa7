import Collective
import Foundation
import Kernels
import Model

/// One update of the parameters from the gradients of a fixed number of grains, the same bits on
/// every rank and for every number of ranks.
///
/// Each rank computes the gradients of its own grains, one at a time, and all are summed in the
/// order of one fixed tree.
package final class GradientStep {
  /// What an update was made from.
  package struct Outcome: Equatable, Sendable {
    /// The sum of what the grains cost.
    package var loss: Double

    /// The norm of all gradients before clipping.
    package var gradientNorm: Double
  }

  /// Where the time of the last update's sum of gradients went.
  package private(set) var timing = SumTiming()

  private let communicator: any Communicator
  private let parameters: ParameterStorage
  private let optimizer: AdamW
  private let maximumNorm: Double
  private let treeSum: TreeSum
  private let checkEvery: Int

  /// How gradients travel between the ranks, and why, in one line.
  package var transportNote: String { treeSum.transportNote }

  /// Prepares updates of `parameters` from `grainCount` grains; every `checkEvery` steps the ranks
  /// make sure that they agree.
  package init(
    communicator: any Communicator, parameters: ParameterStorage, optimizer: AdamW,
    maximumNorm: Double, grainCount: Int, transport: CollectiveTransport? = nil,
    checkEvery: Int = 50
  ) throws {
    self.communicator = communicator
    self.parameters = parameters
    self.optimizer = optimizer
    self.maximumNorm = maximumNorm
    self.checkEvery = checkEvery
    treeSum = try TreeSum(
      communicator: communicator, leafCount: grainCount,
      elementCount: parameters.view.layout.elementCount, transport: transport)
  }

  /// Makes update number `step`, counted from 1.
  ///
  /// `grain` adds the gradient of a grain and returns what it costs. Throws on all ranks where the
  /// cost or a gradient of any rank is not finite, and then leaves the parameters as they were.
  package func run(
    step: Int, learningRate: Double, grain: (Int, MutableParameterView) throws -> Double
  ) throws -> Outcome {
    var losses: [Double] = []
    for leaf in treeSum.leaves {
      try treeSum.accumulate { gradients in
        losses.append(
          try grain(
            leaf,
            MutableParameterView(
              layout: parameters.view.layout, values: gradients, owner: treeSum)))
      }
    }
    let gradients = try treeSum.sum()
    timing = treeSum.timing
    if let profile = Profile.current {
      profile.add(.folding, seconds: timing.folding)
      profile.add(.waiting, seconds: timing.waiting)
      profile.add(.communication, seconds: timing.moving)
    }
    let loss = try communicator.allGather(values: losses).joined().reduce(0, +)
    let norm = sumOfSquares(UnsafeBufferPointer(gradients)).squareRoot()
    guard loss.isFinite else { throw TrainingError.notFinite(step: step, what: "loss") }
    guard norm.isFinite else { throw TrainingError.notFinite(step: step, what: "gradient") }
    optimizer.update(
      parameters, gradients: gradients,
      gradientScale: clippingScale(norm: norm, maximum: maximumNorm), learningRate: learningRate,
      step: step)
    if step.isMultiple(of: checkEvery) {
      // Replicas that have come apart are named, on all ranks.
      try communicator.agree(on: parameters.checksum, of: "parameters after step \(step)")
    }
    return Outcome(loss: loss, gradientNorm: norm)
  }
}
