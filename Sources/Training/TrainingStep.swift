import Collective
import Foundation
import Kernels
import Model

/// One update of the parameters from one global batch, the same bits on every rank and for every
/// number of ranks.
///
/// The batch is `grainCount` grains; each rank computes the gradients of its own grains, one at a
/// time, and all are summed in the order of one fixed tree.
public final class TrainingStep {
  /// Reads the windows of a grain: ids and the ids that follow them, each [windows, context].
  public typealias GrainReader = (
    _ windows: Range<Int>, _ ids: UnsafeMutableBufferPointer<Int32>,
    _ targets: UnsafeMutableBufferPointer<Int32>
  ) throws -> Void

  /// What an update was made from.
  public struct Outcome: Equatable, Sendable {
    /// Mean cross-entropy in nats a token.
    public var loss: Double

    /// The norm of all gradients before clipping.
    public var gradientNorm: Double
  }

  private let communicator: any Communicator
  private let model: any LanguageModel
  private let parameters: ParameterStorage
  private let optimizer: AdamW
  private let maximumNorm: Double
  private let grain: Int
  private let grainCount: Int
  private let treeSum: TreeSum
  private let checkEvery: Int

  /// How gradients travel between the ranks, and why, in one line.
  public var transportNote: String { treeSum.transportNote }

  private let ids: AlignedMemory<Int32>
  private let targets: AlignedMemory<Int32>

  /// Prepares updates of `parameters`, which `model` computes with, from `grainCount` grains of
  /// `grain` windows; every `checkEvery` steps the ranks make sure that they agree.
  public init(
    communicator: any Communicator, model: any LanguageModel, parameters: ParameterStorage,
    optimizer: AdamW, maximumNorm: Double, grain: Int, grainCount: Int,
    transport: CollectiveTransport? = nil, checkEvery: Int = 50
  ) throws {
    self.checkEvery = checkEvery
    self.communicator = communicator
    self.model = model
    self.parameters = parameters
    self.optimizer = optimizer
    self.maximumNorm = maximumNorm
    self.grain = grain
    self.grainCount = grainCount
    treeSum = try TreeSum(
      communicator: communicator, leafCount: grainCount,
      elementCount: parameters.view.layout.elementCount, transport: transport)
    ids = AlignedMemory(count: grain * model.configuration.context)
    targets = AlignedMemory(count: grain * model.configuration.context)
  }

  /// Makes update number `step`, counted from 1.
  ///
  /// Throws on all ranks where the loss or a gradient of any rank is not finite, and then leaves the
  /// parameters as they were.
  public func run(step: Int, learningRate: Double, reader: GrainReader) throws -> Outcome {
    let context = model.configuration.context
    let tokens = grainCount * grain * context
    var losses: [Double] = []
    for leaf in treeSum.leaves {
      try reader(leaf * grain..<(leaf + 1) * grain, ids.buffer, targets.buffer)
      treeSum.accumulate { gradients in
        let batch = TokenBatch(
          ids: UnsafeBufferPointer(ids.buffer), batch: grain, sequence: context)
        let sum = model.lossAndGradient(
          batch, targets: targets.base, gradientScale: 1 / Float(tokens),
          addingTo: ParameterView(layout: parameters.view.layout, values: gradients))
        losses.append(sum.loss)
      }
    }
    let gradients = try treeSum.sum()
    let loss = try communicator.allGather(values: losses).joined().reduce(0, +) / Double(tokens)
    let norm = sumOfSquares(UnsafeBufferPointer(gradients)).squareRoot()
    guard loss.isFinite else { throw TrainingError.notFinite(step: step, what: "loss") }
    guard norm.isFinite else { throw TrainingError.notFinite(step: step, what: "gradient") }
    optimizer.update(
      parameters.view, gradients: gradients,
      gradientScale: clippingScale(norm: norm, maximum: maximumNorm), learningRate: learningRate,
      step: step)
    model.loadWeights()
    if step.isMultiple(of: checkEvery) { try checkReplicas(step) }
    return Outcome(loss: loss, gradientNorm: norm)
  }

  /// Throws on all ranks, naming them, unless all hold the same parameters.
  private func checkReplicas(_ step: Int) throws {
    try communicator.agree(on: parameters.checksum, of: "parameters after step \(step)")
  }
}
