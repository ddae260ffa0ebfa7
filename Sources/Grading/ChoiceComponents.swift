import ParableKernels
import ParableModel

/// One vector a sequence: hidden_states [batch, sequence, width], attention_mask [batch, sequence].
func pooledStates(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("hidden_states", dimensions: 3)
  let hidden = try given.floats("hidden_states")
  let mask = try keptTokens(given, shape: Array(shape.dropLast()))
  let pooling = try poolingKind(given)
  let output = try given.zeros([shape[0], shape[2]])
  pool(hidden.rows.readOnly, mask: mask, sequence: shape[1], pooling: pooling, into: output.rows)
  return try given.result(output) { dOutput in
    let dHidden = try given.zeros(shape)
    poolBackward(
      dOutput.rows.readOnly, hidden: hidden.rows.readOnly, mask: mask, sequence: shape[1],
      pooling: pooling,
      addingTo: dHidden.rows)
    return ["hidden_states": dHidden]
  }
}

/// One logit a choice and the loss over choices: input_ids and attention_mask [questions, choices,
/// sequence], labels [questions], classifier [1, width].
func multipleChoice(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("input_ids", dimensions: 3)
  let (questions, choices, sequence) = (shape[0], shape[1], shape[2])
  guard questions > 0, choices > 0 else { throw given.broken("input_ids is empty") }
  let network = try CaseParameters(
    network: given, longest: sequence, tokens: questions * choices * sequence, hasOutput: false)
  let width = network.configuration.width
  let ids = try given.indices("input_ids", below: network.configuration.vocabulary)
  let mask = try keptTokens(given, shape: shape)
  let labels =
    given.has("labels")
    ? try given.indices("labels", shape: [questions], below: choices) : nil
  let pooling = try poolingKind(given)
  let classifier = try given.floats("classifier.weight", shape: [1, width])

  let decoder = DecoderNetwork<Float>(network.storage, capacity: ids.count, trainable: true)
  let head = MultipleChoiceHead<Float>(products: MatrixProducts())
  let logits = try given.zeros([questions, choices])
  let dClassifier = try given.zeros([1, width])
  var result = ComponentResult(output: logits)
  try ids.withUnsafeBufferPointer { ids in
    let pass = TokenBatch(ids: ids, batch: questions * choices, sequence: sequence)
    let hidden = decoder.forward(pass)
    let scores = MutableMatrix(logits.base, rows: questions * choices, columns: 1)
    head.logits(
      hidden, mask: mask, sequence: sequence, pooling: pooling,
      classifier: classifier.rows.readOnly, into: scores)
    guard let labels else { return }
    let dLogits = try given.zeros(logits.shape)
    let sum = crossEntropy(
      logits.rows.readOnly, targets: labels, gradientScale: 1 / Float(questions),
      dLogits: dLogits.rows)
    result.outputs["loss"] = .floats(try given.scalar(sum.loss / Double(questions)))
    let dHidden = head.logitsBackward(
      Matrix(dLogits.base, rows: questions * choices, columns: 1), hidden: hidden, mask: mask,
      sequence: sequence, pooling: pooling, classifier: classifier.rows.readOnly,
      addingTo: dClassifier.rows)
    decoder.backward(dHidden, pass, addingTo: network.gradients)
    result.gradients = try network.gradientTensors()
    result.gradients["classifier.weight"] = dClassifier
  }
  return result
}

private func keptTokens(_ given: ComponentCase, shape: [Int]) throws -> [UInt8] {
  try given.integers("attention_mask", shape: shape, in: 0...1).map { UInt8($0) }
}

private func poolingKind(_ given: ComponentCase) throws -> Pooling {
  let name = try given.text("pooling")
  guard let pooling = Pooling(rawValue: name) else {
    let known = Pooling.allCases.map(\.rawValue).joined(separator: ", ")
    throw given.broken("hyperparameter pooling is \"\(name)\" where one of \(known) is expected")
  }
  return pooling
}
