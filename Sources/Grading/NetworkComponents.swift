import ParableCollective
import ParableKernels
import ParableModel
import ParableTraining

/// One block: x + attention(norm(x)), then x + SwiGLU(norm(x)), for x [..., sequence, width].
func transformerBlock(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("x", atLeast: 2)
  let (sequence, width) = (shape[shape.count - 2], shape[shape.count - 1])
  let batch = shape.dropLast(2).reduce(1, *)
  let x = try given.floats("x")
  let hidden = try given.shape("ffn.w1.weight", dimensions: 2)[0]
  let heads = try headCount(given, width: width)
  try requireEvenHeads(given, width: width / heads)
  let positions = try PositionRows(given, leading: [], sequence: sequence)
  try given.requireRoom(for: [positions.count, width])
  let weights = BlockParameter.allCases.map { parameter in
    let name = Parameter.block(0, parameter).stateDictionaryName
    return (String(name.dropFirst("layers.0.".count)), parameter)
  }
  let sublayer = try Sublayer(
    given, width: width, heads: heads, hidden: hidden, tokens: batch * sequence,
    weights: Dictionary(uniqueKeysWithValues: weights), normEpsilon: try given.normEpsilon,
    rotary: (positions.count, try theta(given)))

  let decoder = sublayer.decoder
  let dY = try given.gradient(ofOutput: shape)
  copy(x.rows.readOnly, into: decoder.activations.residual[0])
  let ids = [Int32](repeating: 0, count: batch * sequence)
  ids.withUnsafeBufferPointer { ids in
    positions.ids.withUnsafeBufferPointer { positions in
      let pass = TokenBatch(
        ids: ids, batch: batch, sequence: sequence, positions: positions.baseAddress)
      decoder.block(0, pass)
      guard let dY else { return }
      copy(dY.rows.readOnly, into: sublayer.activationGradients.residual)
      decoder.blockBackward(0, pass, addingTo: sublayer.weights.gradients)
    }
  }
  var result = ComponentResult(
    output: try given.copy(decoder.activations.residual[1].readOnly, shape: shape))
  if dY != nil {
    result.gradients = try sublayer.weights.gradientTensors()
    result.gradients["x"] = try given.copy(
      sublayer.activationGradients.residual.readOnly, shape: shape)
  }
  return result
}

/// The whole network: logits of token_ids [..., sequence], or with targets their mean loss.
func languageModel(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("token_ids", atLeast: 1)
  let sequence = shape[shape.count - 1]
  let batch = shape.dropLast().reduce(1, *)
  guard batch > 0 else { throw given.broken("token_ids is empty") }
  let network = try CaseParameters(network: given, longest: sequence, tokens: batch * sequence)
  let vocabulary = network.configuration.vocabulary
  let ids = try given.indices("token_ids", below: vocabulary)
  let model = DecoderNetwork<Float>(
    network.storage, capacity: ids.count, trainable: true)
  defer { withExtendedLifetime((network, model)) {} }
  let logits = try given.zeros(shape + [vocabulary])
  var result = ComponentResult(output: logits)

  try ids.withUnsafeBufferPointer { ids in
    let pass = TokenBatch(ids: ids, batch: batch, sequence: sequence)
    let hidden = model.forward(pass)
    for rows in DecoderNetwork<Float>.chunks(of: hidden) {
      copy(model.logits(hidden[rows]).readOnly, into: logits.rows[rows])
    }
    if given.has("targets") {
      guard !given.has(ComponentCase.upstream) else {
        throw given.broken("there are both targets and grad_output")
      }
      let targets = try Targets(given, shape: shape, classes: vocabulary)
      let (sum, dHidden) = model.lossAndGradient(
        of: hidden, targets: targets.ids, ignoring: targets.ignored,
        gradientScale: 1 / Float(targets.counted), addingTo: network.gradients)
      model.backward(dHidden, pass, addingTo: network.gradients)
      result.outputs["loss"] = .floats(try given.scalar(sum.loss / Double(targets.counted)))
      result.gradients = try network.gradientTensors()
    } else if let dLogits = try given.gradient(ofOutput: logits.shape) {
      let dHidden = try given.zeros([ids.count, network.configuration.width])
      model.logitsBackward(
        dLogits.rows.readOnly, hidden: hidden, into: dHidden.rows, addingTo: network.gradients)
      model.backward(dHidden.rows.readOnly, pass, addingTo: network.gradients)
      result.gradients = try network.gradientTensors()
    }
  }
  return result
}

/// Several updates of the network: batches [steps, sequences, context + 1] of token ids.
func pretrainingSteps(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("batches", dimensions: 3)
  let (steps, sequences, context) = (shape[0], shape[1], shape[2] - 1)
  guard steps > 0, sequences > 0 else { throw given.broken("batches is empty") }
  let tokens = sequences * context
  let network = try CaseParameters(network: given, longest: context, tokens: tokens)
  defer { withExtendedLifetime(network) {} }
  let ids = try given.indices("batches", below: network.configuration.vocabulary)
  let firstStep = try given.integer("first_step", in: 0...largestContext)
  let schedule = try learningRateSchedule(given)
  let optimizer = Optimizer(
    network.storage.view.layout, adamW: try optimizerConstants(given, epsilon: "adam_eps"))
  let model = DecoderNetwork<Float>(network.storage, capacity: tokens, trainable: true)
  let alone = SoloCommunicator()
  let update = ParameterUpdate(
    communicator: alone,
    parameters: try TrainedParameters(network.storage, communicator: alone, microBatchCount: 1),
    optimizer: optimizer, gradientClipping: try maximumNorm(given))

  let losses = try given.zeros([steps])
  let norms = try given.zeros([steps])
  for index in 0..<steps {
    // Each sequence's ids, without the last one as input and without the first one as target.
    let rows = (0..<sequences).map { (index * sequences + $0) * (context + 1) }
    let inputs = rows.flatMap { row in (row..<row + context).map { ids[$0] } }
    let targets = rows.flatMap { row in (row + 1...row + context).map { ids[$0] } }
    let gradients = update.begin()
    var sums = StepSums()
    sums.loss = inputs.withUnsafeBufferPointer {
      model.lossAndGradient(
        TokenBatch(ids: $0, batch: sequences, sequence: context), targets: targets,
        gradientScale: 1 / Float(tokens), addingTo: gradients
      ).loss
    }
    update.end()
    let outcome = try update.finish(
      [sums], step: index + 1, learningRate: schedule.rate(at: firstStep + index))
    losses.values[index] = Float(outcome.sums.loss / Double(tokens))
    norms.values[index] = Float(outcome.gradientNorm)
  }
  var result = ComponentResult(
    outputs: ["losses": .floats(losses), "gradient_norms": .floats(norms)])
  for (name, tensor) in try network.tensors(network.storage.view) {
    result.outputs["final.\(name)"] = .floats(tensor)
  }
  return result
}
