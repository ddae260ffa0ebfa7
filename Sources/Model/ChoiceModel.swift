import Foundation
import Kernels

/// What a question cost in training.
package struct ChoiceCost: Equatable, Sendable {
  /// Cross-entropy of the classifier in nats.
  package var classification = 0.0

  /// Cross-entropy of the text that the language model was to predict, in nats a token.
  package var language = 0.0

  /// Cross-entropy of the choices' likelihoods, as a language model ranks them, in nats.
  package var ranking = 0.0

  /// Whether the classifier's largest logit was that of the answer.
  package var isCorrect = false
}

/// Which tokens a language-model loss beside the classifier's counts.
package enum LanguageScope: String, Codable, Sendable, CaseIterable {
  /// Those of the right choice.
  case answer

  /// Those, and all of the text before.
  case all
}

/// A network that scores the branches of a sequence, behind a type that does not name how
/// activations are stored.
package protocol ChoiceModel: AnyObject {
  /// Takes over parameters that have changed.
  func loadWeights()

  /// The classifier's logit of every branch.
  func logits(_ sequence: BranchedSequence) -> [Float]

  /// The log-probability of every token of every branch, given what stands before it.
  func logLikelihoods(_ sequence: BranchedSequence) -> [[Double]]

  /// The log-probabilities of some tokens after the beginning, whatever the branches.
  func logProbabilities(_ sequence: BranchedSequence, of tokens: [Int32]) -> [Double]

  /// What a question costs, with the gradients of `scale` times that added to `gradients`.
  func costAndGradient(
    _ sequence: BranchedSequence, answer: Int, objective: ChoiceObjective, scale: Float,
    addingTo gradients: ParameterView
  ) -> ChoiceCost
}

/// What the training of a `ChoiceModel` minimises.
package struct ChoiceObjective: Equatable, Sendable {
  /// The weight of the classifier's loss.
  package var classificationWeight: Float

  /// The weight of the language model's loss.
  package var languageWeight: Float

  /// The tokens which that counts.
  package var languageScope: LanguageScope

  /// The weight of the loss of a softmax over the choices' log-likelihoods: prompting, trained.
  package var rankingWeight: Float

  /// Whether the classifier alone learns.
  package var isBackboneFrozen: Bool

  /// Puts an objective together.
  package init(
    classificationWeight: Float = 1, languageWeight: Float = 0,
    languageScope: LanguageScope = .answer, rankingWeight: Float = 0,
    isBackboneFrozen: Bool = false
  ) {
    self.classificationWeight = classificationWeight
    self.languageWeight = languageWeight
    self.languageScope = languageScope
    self.rankingWeight = rankingWeight
    self.isBackboneFrozen = isBackboneFrozen
  }
}

extension Precision {
  /// A network in this precision over `parameters` that scores branches, for packed sequences of up
  /// to `capacity` tokens.
  package func makeChoiceModel(
    _ parameters: ParameterStorage, pooling: Pooling, capacity: Int, trainable: Bool
  ) -> any ChoiceModel {
    switch self {
    case .fp32:
      BranchedModel<Float>(parameters, pooling: pooling, capacity: capacity, trainable: trainable)
    case .bf16:
      BranchedModel<BFloat16>(
        parameters, pooling: pooling, capacity: capacity, trainable: trainable)
    }
  }
}

/// A `Transformer` with a `MultipleChoiceHead` and a `LanguageModelHead`.
///
/// The classifier pools the hidden states of a branch's own tokens: what the branches share would
/// add the same to all of their logits.
final class BranchedModel<Element: ActivationElement>: ChoiceModel {
  private let transformer: Transformer<Element>
  private let language: LanguageModelHead<Element>
  private var choice: MultipleChoiceHead<Element>
  private let parameters: ParameterStorage
  /// The hidden states of the branches, each padded to the longest: as many rows as were needed so
  /// far, which can be many times those of the packed sequence.
  private var branchStates: Rows<Element>
  private var branchRowCapacity: Int
  private let dHidden: Rows<Element>
  private let predictedStates: Rows<Element>

  init(_ parameters: ParameterStorage, pooling: Pooling, capacity: Int, trainable: Bool) {
    let width = parameters.view.layout.configuration.width
    self.parameters = parameters
    transformer = Transformer(parameters, capacity: capacity, trainable: trainable)
    language = LanguageModelHead(of: transformer, capacity: capacity, trainable: trainable)
    choice = MultipleChoiceHead(width: width, pooling: pooling, capacity: capacity)
    branchStates = Rows(capacity, width)
    branchRowCapacity = capacity
    dHidden = Rows(trainable ? capacity : 0, width)
    predictedStates = Rows(capacity, width)
  }

  func loadWeights() {
    transformer.loadWeights()
    language.loadWeights()
  }

  func logits(_ sequence: BranchedSequence) -> [Float] {
    sequence.withBatch { batch in
      let hidden = transformer.forward(batch)
      return logits(PaddedBranches(sequence), hidden)
    }
  }

  func logLikelihoods(_ sequence: BranchedSequence) -> [[Double]] {
    sequence.withBatch { batch in
      let hidden = transformer.forward(batch)
      let predictions = sequence.branches.indices.flatMap { Prediction.ofBranch($0, in: sequence) }
      let losses = language.losses(gather(predictions, from: hidden), predictions.map(\.target))
      var rest = losses[...]
      return sequence.branches.map { branch in
        defer { rest = rest.dropFirst(branch.count) }
        return rest.prefix(branch.count).map { -$0 }
      }
    }
  }

  func logProbabilities(_ sequence: BranchedSequence, of tokens: [Int32]) -> [Double] {
    sequence.withBatch { batch in
      let hidden = transformer.forward(batch)
      let last = sequence.beginning.count - 1
      let predictions = tokens.map { Prediction(row: last, target: $0) }
      return language.losses(gather(predictions, from: hidden), tokens).map { -$0 }
    }
  }

  func costAndGradient(
    _ sequence: BranchedSequence, answer: Int, objective: ChoiceObjective, scale: Float,
    addingTo gradients: ParameterView
  ) -> ChoiceCost {
    sequence.withBatch { batch in
      let hidden = transformer.forward(batch)
      let dHidden = dHidden[batch.tokens]
      dHidden.base.update(repeating: Element(0), count: dHidden.count)
      var cost = ChoiceCost()
      classify(
        sequence, hidden, answer: answer, scale: scale * objective.classificationWeight,
        into: &cost, addingTo: dHidden, addingTo: gradients)
      if objective.languageWeight > 0 {
        cost.language = predict(
          sequence, hidden, answer: answer, scope: objective.languageScope,
          scale: scale * objective.languageWeight, addingTo: dHidden, addingTo: gradients)
      }
      if objective.rankingWeight > 0 {
        cost.ranking = rank(
          sequence, hidden, answer: answer, scale: scale * objective.rankingWeight,
          addingTo: dHidden, addingTo: gradients)
      }
      if !objective.isBackboneFrozen {
        transformer.backward(dHidden, batch, addingTo: gradients)
      }
      return cost
    }
  }

  private func classify(
    _ sequence: BranchedSequence, _ hidden: Matrix<Element>, answer: Int, scale: Float,
    into cost: inout ChoiceCost, addingTo dHidden: Matrix<Element>,
    addingTo gradients: ParameterView
  ) {
    let padded = PaddedBranches(sequence)
    let logits = logits(padded, hidden)
    let top = logits.max() ?? 0
    let sum = logits.reduce(0.0) { $0 + exp(Double($1 - top)) }
    cost.classification = Double(top - logits[answer]) + log(sum)
    cost.isCorrect = logits.firstIndex(of: top) == answer
    guard scale > 0, let classifier = parameters.view.classifier,
      let dClassifier = gradients.classifier
    else { return }
    let dLogits = logits.enumerated().map { index, logit in
      scale * (Float(exp(Double(logit - top)) / sum) - (index == answer ? 1 : 0))
    }
    let dStates = dLogits.withUnsafeBufferPointer { dLogits in
      padded.mask.withUnsafeBufferPointer { mask in
        mask.baseAddress.map {
          choice.backward(
            dLogits, hidden: branchStates[padded.mask.count], mask: $0, sequence: padded.longest,
            classifier: classifier, addingTo: dClassifier)
        }
      }
    }
    guard let dStates else { return }
    for (branch, rows) in sequence.rows.enumerated() {
      for (offset, row) in rows.enumerated() {
        add(dStates.row(branch * padded.longest + offset), to: dHidden.row(row))
      }
    }
  }

  /// The logits of branches whose hidden states are copied side by side.
  private func logits(_ padded: PaddedBranches, _ hidden: Matrix<Element>) -> [Float] {
    guard let classifier = parameters.view.classifier else {
      preconditionFailure("this network has no classifier")
    }
    makeRoom(forBranchRows: padded.mask.count)
    let states = branchStates[padded.mask.count]
    states.base.update(repeating: Element(0), count: states.count)
    for (branch, rows) in padded.rows.enumerated() {
      for (offset, row) in rows.enumerated() {
        _ = states.row(branch * padded.longest + offset).update(fromContentsOf: hidden.row(row))
      }
    }
    return [Float](unsafeUninitializedCapacity: padded.rows.count) { logits, count in
      count = padded.rows.count
      padded.mask.withUnsafeBufferPointer { mask in
        guard let mask = mask.baseAddress else { return }
        choice.logits(
          states, mask: mask, sequence: padded.longest, classifier: classifier,
          into: UnsafeMutableBufferPointer(rebasing: logits[..<count]))
      }
    }
  }

  private func makeRoom(forBranchRows count: Int) {
    guard count > branchRowCapacity else { return }
    let width = parameters.view.layout.configuration.width
    choice = MultipleChoiceHead(width: width, pooling: choice.pooling, capacity: count)
    branchStates = Rows(count, width)
    branchRowCapacity = count
  }

  /// The mean cost of the tokens in scope, with gradients.
  private func predict(
    _ sequence: BranchedSequence, _ hidden: Matrix<Element>, answer: Int, scope: LanguageScope,
    scale: Float, addingTo dHidden: Matrix<Element>, addingTo gradients: ParameterView
  ) -> Double {
    let text = scope == .all ? Prediction.ofBeginning(of: sequence) : []
    let counted = text + Prediction.ofBranch(answer, in: sequence)
    return cost(
      counted, hidden, scale: scale / Float(counted.count), addingTo: dHidden,
      addingTo: gradients) / Double(counted.count)
  }

  /// The cost of the right choice in a softmax over the log-likelihoods of all, with gradients.
  private func rank(
    _ sequence: BranchedSequence, _ hidden: Matrix<Element>, answer: Int, scale: Float,
    addingTo dHidden: Matrix<Element>, addingTo gradients: ParameterView
  ) -> Double {
    let branches = sequence.branches.indices.map { Prediction.ofBranch($0, in: sequence) }
    let likelihoods = branches.map { branch in
      -language.losses(gather(branch, from: hidden), branch.map(\.target)).reduce(0, +)
    }
    let top = likelihoods.max() ?? 0
    let sum = likelihoods.reduce(0) { $0 + exp($1 - top) }
    for (index, branch) in branches.enumerated() {
      // The derivative by a branch's cost, which is its log-likelihood with the other sign.
      let share = (index == answer ? 1 : 0) - exp(likelihoods[index] - top) / sum
      _ = cost(
        branch, hidden, scale: scale * Float(share), addingTo: dHidden, addingTo: gradients)
    }
    return top + log(sum) - likelihoods[answer]
  }

  /// The sum of what some tokens cost, with `scale` times its gradient.
  private func cost(
    _ counted: [Prediction], _ hidden: Matrix<Element>, scale: Float,
    addingTo dHidden: Matrix<Element>, addingTo gradients: ParameterView
  ) -> Double {
    // Few shapes of products: the rows that fill up do not count.
    let filling = (-counted.count) & 7
    let predictions = counted + Array(repeating: .ignored, count: filling)
    let targets = predictions.map(\.target)
    let states = gather(predictions, from: hidden)
    let (sum, dStates) = targets.withUnsafeBufferPointer { targets in
      targets.baseAddress.map {
        language.lossAndGradient(
          states, targets: $0, ignoring: Prediction.ignored.target,
          gradientScale: scale, addingTo: gradients)
      } ?? (LossSum(), states)
    }
    for (index, prediction) in counted.enumerated() {
      add(dStates.row(index), to: dHidden.row(prediction.row))
    }
    return sum.loss
  }

  private func gather(
    _ predictions: [Prediction], from hidden: Matrix<Element>
  ) -> Matrix<Element> {
    let states = predictedStates[predictions.count]
    for (index, prediction) in predictions.enumerated() {
      _ = states.row(index).update(fromContentsOf: hidden.row(prediction.row))
    }
    return states
  }

  private func add(
    _ source: UnsafeMutableBufferPointer<Element>, to target: UnsafeMutableBufferPointer<Element>
  ) {
    for index in target.indices {
      target[index] = Element(target[index].float + source[index].float)
    }
  }
}

/// A token to predict, and the row of the hidden state that predicts it.
private struct Prediction {
  let row: Int
  let target: Int32

  /// A row that is computed with others and counts for nothing.
  static let ignored = Prediction(row: 0, target: -1)

  static func ofBeginning(of sequence: BranchedSequence) -> [Prediction] {
    sequence.beginning.indices.dropLast().map {
      Prediction(row: $0, target: sequence.beginning[$0 + 1])
    }
  }

  static func ofBranch(_ branch: Int, in sequence: BranchedSequence) -> [Prediction] {
    sequence.branches[branch].enumerated().map { offset, target in
      let row =
        offset == 0 ? sequence.beginning.count - 1 : sequence.rows[branch].lowerBound + offset - 1
      return Prediction(row: row, target: target)
    }
  }
}

/// Branches side by side, padded to the longest.
private struct PaddedBranches {
  let rows: [Range<Int>]
  let longest: Int
  let mask: [UInt8]

  init(_ sequence: BranchedSequence) {
    let longest = sequence.rows.map(\.count).max() ?? 0
    rows = sequence.rows
    self.longest = longest
    mask = sequence.rows.flatMap { row in
      (0..<longest).map { $0 < row.count ? UInt8(1) : 0 }
    }
  }
}
