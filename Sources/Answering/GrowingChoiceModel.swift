import Kernels
import Model

/// A `ChoiceModel` that is made anew with more room when a sequence needs it.
final class GrowingChoiceModel: ChoiceModel {
  private let parameters: ParameterStorage
  private let precision: Precision
  private let pooling: Pooling
  private var capacity: Int
  private let trainable: Bool
  private var model: any ChoiceModel

  /// Makes a model for texts of up to `context` tokens, beside which choices rarely take more than a
  /// quarter of the room; a long context rarely is filled, so that what it would take is taken when
  /// it is.
  init(
    _ parameters: ParameterStorage, precision: Precision, pooling: Pooling, context: Int,
    trainable: Bool
  ) {
    self.trainable = trainable
    self.parameters = parameters
    self.precision = precision
    self.pooling = pooling
    capacity = min(context * 5 / 4, Self.firstCapacity)
    model = precision.makeChoiceModel(
      parameters, pooling: pooling, capacity: capacity, trainable: trainable)
  }

  private static let firstCapacity = 4_096

  private func model(for sequence: BranchedSequence) -> any ChoiceModel {
    if sequence.length > capacity {
      capacity = sequence.length * 5 / 4
      model = precision.makeChoiceModel(
        parameters, pooling: pooling, capacity: capacity, trainable: trainable)
    }
    return model
  }

  func loadWeights() { model.loadWeights() }

  func logits(_ sequence: BranchedSequence) -> [Float] { model(for: sequence).logits(sequence) }

  func logLikelihoods(_ sequence: BranchedSequence) -> [[Double]] {
    model(for: sequence).logLikelihoods(sequence)
  }

  func logProbabilities(_ sequence: BranchedSequence, of tokens: [Int32]) -> [Double] {
    model(for: sequence).logProbabilities(sequence, of: tokens)
  }

  func costAndGradient(
    _ sequence: BranchedSequence, answer: Int, objective: ChoiceObjective, scale: Float,
    addingTo gradients: ParameterView
  ) -> ChoiceCost {
    model(for: sequence).costAndGradient(
      sequence, answer: answer, objective: objective, scale: scale, addingTo: gradients)
  }
}
