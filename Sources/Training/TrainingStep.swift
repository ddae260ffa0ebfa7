import Collective
import Kernels
import Model
import Platform

/// One update of a language model from one global batch of windows.
///
/// The batch is `grainCount` grains of so many windows each.
package final class TrainingStep {
  /// Reads the windows of a grain: ids and the ids that follow them, each [windows, context].
  package typealias GrainReader = (
    _ windows: Range<Int>, _ ids: UnsafeMutableBufferPointer<Int32>,
    _ targets: UnsafeMutableBufferPointer<Int32>
  ) throws -> Void

  private let model: any LanguageModel
  private let gradientStep: GradientStep
  private let grain: Int
  private let tokens: Int
  private let ids: OwnedBuffer<Int32>
  private let targets: OwnedBuffer<Int32>

  /// How gradients travel between the ranks, and why, in one line.
  package var transportNote: String { gradientStep.transportNote }

  /// Where the time of the last update's sum of gradients went.
  package var timing: SumTiming { gradientStep.timing }

  /// Prepares updates of `parameters`, which `model` computes with, from `grainCount` grains of
  /// `grain` windows; every `checkEvery` steps the ranks make sure that they agree.
  package init(
    communicator: any Communicator, model: any LanguageModel, parameters: ParameterStorage,
    optimizer: AdamW, maximumNorm: Double, grain: Int, grainCount: Int,
    transport: CollectiveTransport? = nil, checkEvery: Int = 50
  ) throws {
    self.model = model
    self.grain = grain
    gradientStep = try GradientStep(
      communicator: communicator, parameters: parameters, optimizer: optimizer,
      maximumNorm: maximumNorm, grainCount: grainCount, transport: transport,
      checkEvery: checkEvery)
    let context = model.configuration.context
    tokens = grainCount * grain * context
    ids = OwnedBuffer(count: grain * context)
    targets = OwnedBuffer(count: grain * context)
  }

  /// Makes update number `step`, counted from 1; the loss is the mean cross-entropy in nats a token.
  ///
  /// Throws on all ranks where the loss or a gradient of any rank is not finite, and then leaves the
  /// parameters as they were.
  package func run(
    step: Int, learningRate: Double, reader: GrainReader
  ) throws -> GradientStep.Outcome {
    var outcome = try gradientStep.run(step: step, learningRate: learningRate) { leaf, gradients in
      try reader(leaf * grain..<(leaf + 1) * grain, ids.buffer, targets.buffer)
      let batch = TokenBatch(
        ids: UnsafeBufferPointer(ids.buffer), batch: grain, sequence: model.configuration.context)
      return model.lossAndGradient(
        batch, targets: targets.base, gradientScale: 1 / Float(tokens), addingTo: gradients
      ).loss
    }
    outcome.loss /= Double(tokens)
    return outcome
  }
}
