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

  init(
    _ parameters: ParameterStorage, precision: Precision, pooling: Pooling, capacity: Int,
    trainable: Bool
  ) {
    self.trainable = trainable
    self.parameters = parameters
    self.precision = precision
    self.pooling = pooling
    self.capacity = capacity
    model = precision.makeChoiceModel(
      parameters, pooling: pooling, capacity: capacity, trainable: trainable)
  }

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
