import Foundation
import ParableKernels

/// Scores of choices, whose hidden states are pooled for the classifier, and whose tokens the output
/// layer predicts.
///
/// The classifier pools the hidden states of a choice's own tokens: what the choices share would add
/// the same to all of their logits.
extension DecoderNetwork {
  /// The classifier's logit of every choice.
  package func choiceLogits(_ sequence: ChoiceSequence, pooling: Pooling) -> [Float] {
    choiceHead.scratch.reset()
    return sequence.withBatch { batch in
      let states = PaddedChoices(sequence, forward(batch), in: choiceHead.scratch)
      return values(logits(states, pooling))
    }
  }

  /// The log-probability of every token of every choice, given what stands before it.
  package func logLikelihoods(_ sequence: ChoiceSequence) -> [[Double]] {
    choiceHead.scratch.reset()
    return sequence.withBatch { batch in
      let hidden = forward(batch)
      let predictions = sequence.continuations.indices.flatMap {
        Prediction.ofChoice($0, in: sequence)
      }
      var rest = losses(predictions, hidden)[...]
      return sequence.continuations.map { continuation in
        defer { rest = rest.dropFirst(continuation.count) }
        return rest.prefix(continuation.count).map { -$0 }
      }
    }
  }

  /// What a question costs, with the gradients of `scale` times that added to `gradients`.
  package func choiceCostAndGradient(
    _ sequence: ChoiceSequence, answer: Int, pooling: Pooling, objective: ChoiceObjective,
    scale: Float, addingTo gradients: MutableParameterView
  ) -> ChoiceCost {
    choiceHead.scratch.reset()
    return sequence.withBatch { batch in
      let hidden = forward(batch)
      let dHidden: MutableMatrix<Element> = choiceHead.scratch.matrix(hidden.rows, hidden.columns)
      dHidden.clear()
      var cost = ChoiceCost()
      classify(
        sequence, hidden, answer: answer, pooling, scale: scale * objective.classificationWeight,
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
      if !objective.isBackboneFrozen { backward(dHidden.readOnly, batch, addingTo: gradients) }
      return cost
    }
  }

  /// The classifier's cost and whether it is right, with gradients.
  private func classify(
    _ sequence: ChoiceSequence, _ hidden: Matrix<Element>, answer: Int, _ pooling: Pooling,
    scale: Float, into cost: inout ChoiceCost, addingTo dHidden: MutableMatrix<Element>,
    addingTo gradients: MutableParameterView
  ) {
    let states = PaddedChoices(sequence, hidden, in: choiceHead.scratch)
    let dLogits = logits(states, pooling)
    let logits = values(dLogits)
    let top = logits.max() ?? 0
    let sum = logits.reduce(0.0) { $0 + exp(Double($1 - top)) }
    cost.classification = Double(top - logits[answer]) + log(sum)
    cost.isCorrect = logits.firstIndex(of: top) == answer
    guard scale > 0, let dClassifier = gradients.classifier else { return }
    for (index, logit) in logits.enumerated() {
      let probability = Float(exp(Double(logit - top)) / sum)
      dLogits[index, 0] = scale * (probability - (index == answer ? 1 : 0))
    }
    let dStates = choiceHead.logitsBackward(
      dLogits.readOnly, hidden: states.hidden, mask: states.mask, sequence: states.longest,
      pooling: pooling, classifier: classifier, addingTo: dClassifier)
    for (choice, rows) in sequence.rows.enumerated() {
      for (offset, row) in rows.enumerated() {
        add(dStates.row(choice * states.longest + offset), to: dHidden.row(row))
      }
    }
  }

  private func logits(
    _ states: PaddedChoices<Element>, _ pooling: Pooling
  ) -> MutableMatrix<Float> {
    let logits: MutableMatrix<Float> = choiceHead.scratch.matrix(states.count, 1)
    choiceHead.logits(
      states.hidden, mask: states.mask, sequence: states.longest, pooling: pooling,
      classifier: classifier, into: logits)
    return logits
  }

  private func values(_ column: MutableMatrix<Float>) -> [Float] {
    (0..<column.rows).map { column[$0, 0] }
  }

  private var classifier: Matrix<Float> {
    guard let classifier = parameters.view.classifier else {
      preconditionFailure("this network has no classifier")
    }
    return classifier
  }

  /// The mean cost of the tokens in scope, with gradients.
  private func predict(
    _ sequence: ChoiceSequence, _ hidden: Matrix<Element>, answer: Int, scope: LanguageScope,
    scale: Float, addingTo dHidden: MutableMatrix<Element>,
    addingTo gradients: MutableParameterView
  ) -> Double {
    let text = scope == .all ? Prediction.ofBeginning(of: sequence) : []
    let counted = text + Prediction.ofChoice(answer, in: sequence)
    return cost(
      counted, hidden, scale: scale / Float(counted.count), addingTo: dHidden,
      addingTo: gradients) / Double(counted.count)
  }

  /// The cost of the right choice in a softmax over the log-likelihoods of all, with gradients.
  private func rank(
    _ sequence: ChoiceSequence, _ hidden: Matrix<Element>, answer: Int, scale: Float,
    addingTo dHidden: MutableMatrix<Element>, addingTo gradients: MutableParameterView
  ) -> Double {
    let choices = sequence.continuations.indices.map { Prediction.ofChoice($0, in: sequence) }
    let likelihoods = choices.map { -losses($0, hidden).reduce(0, +) }
    let top = likelihoods.max() ?? 0
    let sum = likelihoods.reduce(0) { $0 + exp($1 - top) }
    for (index, choice) in choices.enumerated() {
      // The derivative by a choice's cost, which is its log-likelihood with the other sign.
      let share = (index == answer ? 1 : 0) - exp(likelihoods[index] - top) / sum
      _ = cost(
        choice, hidden, scale: scale * Float(share), addingTo: dHidden, addingTo: gradients)
    }
    return top + log(sum) - likelihoods[answer]
  }

  /// What each of some tokens costs.
  private func losses(_ predictions: [Prediction], _ hidden: Matrix<Element>) -> [Double] {
    losses(of: gather(predictions, from: hidden), targets: predictions.map(\.target))
  }

  /// The sum of what some tokens cost, with `scale` times its gradient.
  private func cost(
    _ counted: [Prediction], _ hidden: Matrix<Element>, scale: Float,
    addingTo dHidden: MutableMatrix<Element>, addingTo gradients: MutableParameterView
  ) -> Double {
    // A product is prepared once per number of rows: rounded up to a multiple of 8, with rows that
    // do not count, these are few.
    let filling = (-counted.count) & 7
    let predictions = counted + Array(repeating: .ignored, count: filling)
    let (sum, dStates) = lossAndGradient(
      of: gather(predictions, from: hidden), targets: predictions.map(\.target),
      ignoring: Prediction.ignored.target, gradientScale: scale, addingTo: gradients)
    for (index, prediction) in counted.enumerated() {
      add(dStates.row(index), to: dHidden.row(prediction.row))
    }
    return sum.loss
  }

  private func gather(
    _ predictions: [Prediction], from hidden: Matrix<Element>
  ) -> Matrix<Element> {
    let states: MutableMatrix<Element> = choiceHead.scratch.matrix(
      predictions.count, hidden.columns)
    for (index, prediction) in predictions.enumerated() {
      _ = states.row(index).update(fromContentsOf: hidden.row(prediction.row))
    }
    return states.readOnly
  }

  private func add(
    _ source: UnsafeBufferPointer<Element>, to target: UnsafeMutableBufferPointer<Element>
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

  static func ofBeginning(of sequence: ChoiceSequence) -> [Prediction] {
    sequence.beginning.indices.dropLast().map {
      Prediction(row: $0, target: sequence.beginning[$0 + 1])
    }
  }

  static func ofChoice(_ choice: Int, in sequence: ChoiceSequence) -> [Prediction] {
    sequence.continuations[choice].enumerated().map { offset, target in
      let row =
        offset == 0 ? sequence.beginning.count - 1 : sequence.rows[choice].lowerBound + offset - 1
      return Prediction(row: row, target: target)
    }
  }
}

/// The hidden states of choices side by side, padded to the longest: many times the rows of the packed
/// sequence where one choice is long.
private struct PaddedChoices<Element: ActivationElement> {
  let count: Int
  let longest: Int
  /// 1 for the tokens of the choices, 0 for padding, [count, longest].
  let mask: [UInt8]
  /// [count · longest, width].
  let hidden: Matrix<Element>

  init(_ sequence: ChoiceSequence, _ hidden: Matrix<Element>, in scratch: Scratch) {
    let longest = sequence.rows.map(\.count).max() ?? 0
    count = sequence.rows.count
    self.longest = longest
    mask = sequence.rows.flatMap { rows in
      (0..<longest).map { $0 < rows.count ? UInt8(1) : 0 }
    }
    let states: MutableMatrix<Element> = scratch.matrix(count * longest, hidden.columns)
    states.clear()
    for (choice, rows) in sequence.rows.enumerated() {
      let first = choice * longest
      copy(hidden[rows], into: states[first..<first + rows.count])
    }
    self.hidden = states.readOnly
  }
}
