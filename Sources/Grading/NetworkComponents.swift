import Collective
import Kernels
import Model
import Training

/// One block: x + attention(norm(x)), then x + SwiGLU(norm(x)), for x [..., sequence, width].
func transformerBlock(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("x", atLeast: 2)
  let (sequence, width) = (shape[shape.count - 2], shape[shape.count - 1])
  let batch = shape.dropLast(2).reduce(1, *)
  let x = try given.floats("x")
  let hidden = try given.shape("ffn.w1.weight", dimensions: 2)[0]
  let names =
    ["ln1", "attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.output_proj", "ln2"]
    + ["ffn.w1", "ffn.w2", "ffn.w3"]
  let sublayer = try Sublayer(
    given, width: width, heads: try headCount(given, width: width), hidden: hidden,
    tokens: batch * sequence,
    weights: Dictionary(uniqueKeysWithValues: names.map { ("\($0).weight", "\($0).weight") }),
    normEpsilon: try given.normEpsilon)
  defer { withExtendedLifetime(sublayer) {} }
  try requireEvenHeads(given, sublayer.configuration)
  let positions = try PositionRows(given, leading: [], sequence: sequence)
  try given.requireRoom(for: [positions.count, width])
  let rotary = RotaryTable(
    headWidth: sublayer.configuration.headWidth, positions: positions.count,
    theta: try theta(given))
  let parameters = sublayer.parameters.layer(0)
  let block = TransformerBlock<Float>(
    sublayer.configuration, products: MatrixProducts(), rotary: rotary)
  block.load(parameters)

  let tokens = batch * sequence
  let y = try given.zeros(shape)
  let branch = try given.zeros(shape)
  let dY = try given.gradient(ofOutput: shape)
  let stream = sublayer.flow.stream[tokens]
  sublayer.kept.input[tokens].base.update(from: x.base, count: x.count)
  let ids = [Int32](repeating: 0, count: tokens)
  ids.withUnsafeBufferPointer { ids in
    positions.ids.withUnsafeBufferPointer { positions in
      let pass = TokenBatch(
        ids: ids, batch: batch, sequence: sequence, positions: positions.baseAddress)
      block.forward(
        pass, parameters: parameters, kept: sublayer.kept, branch: branch.rows, into: y.rows)
      guard let dY else { return }
      stream.base.update(from: dY.base, count: dY.count)
      block.backward(
        pass, parameters: parameters, kept: sublayer.kept, flow: sublayer.flow,
        addingTo: sublayer.gradients.layer(0))
    }
  }
  var result = ComponentResult(output: y)
  if dY != nil {
    result.gradients = try sublayer.weightGradients()
    result.gradients["x"] = try given.copy(Tensor(shape: shape, base: stream.base))
  }
  return result
}

/// The whole network: logits of token_ids [..., sequence], or with targets their mean loss.
func languageModel(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("token_ids", atLeast: 1)
  let sequence = shape[shape.count - 1]
  let batch = shape.dropLast().reduce(1, *)
  guard batch > 0 else { throw given.broken("token_ids is empty") }
  let network = try Network(given, longest: sequence, tokens: batch * sequence)
  let vocabulary = network.configuration.vocabulary
  let ids = try given.indices("token_ids", below: vocabulary)
  let model = DecoderLanguageModel<Float>(
    network.storage, capacity: ids.count, trainable: true)
  defer { withExtendedLifetime((network, model)) {} }
  let logits = try given.zeros(shape + [vocabulary])
  var result = ComponentResult(output: logits)

  try ids.withUnsafeBufferPointer { ids in
    let pass = TokenBatch(ids: ids, batch: batch, sequence: sequence)
    let hidden = model.transformer.forward(pass)
    for start in stride(from: 0, to: ids.count, by: model.head.chunkRows) {
      let rows = start..<min(start + model.head.chunkRows, ids.count)
      let scores = model.head.logits(hidden[rows])
      logits.rows[rows].base.update(from: scores.base, count: scores.count)
    }
    if given.has("targets") {
      guard !given.hasUpstreamGradient else {
        throw given.broken("there are both targets and grad_output")
      }
      let targets = try Targets(given, shape: shape, classes: vocabulary)
      let (sum, dHidden) = model.head.lossAndGradient(
        hidden, targets: targets.ids, ignoring: targets.ignored,
        gradientScale: 1 / Float(targets.counted), addingTo: network.gradients.view)
      model.transformer.backward(dHidden, pass, addingTo: network.gradients.view)
      result.outputs["loss"] = .floats(try given.scalar(sum.loss / Double(targets.counted)))
      result.gradients = try network.tensors(network.gradients.view)
    } else if let dLogits = try given.gradient(ofOutput: logits.shape) {
      let dHidden = try given.zeros([ids.count, network.configuration.width])
      model.head.accumulate(
        dLogits.rows, hidden: hidden, into: dHidden.rows, addingTo: network.gradients.view)
      model.transformer.backward(dHidden.rows, pass, addingTo: network.gradients.view)
      result.gradients = try network.tensors(network.gradients.view)
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
  let network = try Network(given, longest: context, tokens: tokens)
  defer { withExtendedLifetime(network) {} }
  let ids = try given.indices("batches", below: network.configuration.vocabulary)
  let firstStep = try given.integer("first_step", in: 0...largestContext)
  let schedule = try learningRateSchedule(given)
  let optimizer = AdamW(
    network.storage.view.layout, constants: try optimizerConstants(given, epsilon: "adam_eps"))
  let model = DecoderLanguageModel<Float>(network.storage, capacity: tokens, trainable: true)
  let update = try ParameterUpdate(
    communicator: SoloCommunicator(), parameters: network.storage, optimizer: optimizer,
    gradientClipping: try maximumNorm(given), microBatchCount: 1)

  let losses = try given.zeros([steps])
  let norms = try given.zeros([steps])
  for index in 0..<steps {
    // Each sequence's ids, without the last one as input and without the first one as target.
    let rows = (0..<sequences).map { (index * sequences + $0) * (context + 1) }
    let inputs = rows.flatMap { row in (row..<row + context).map { ids[$0] } }
    let targets = rows.flatMap { row in (row + 1...row + context).map { ids[$0] } }
    let gradients = try update.begin()
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
    model.loadWeights()
    losses.values[index] = Float(outcome.sums.loss / Double(tokens))
    norms.values[index] = Float(outcome.gradientNorm)
  }
  var result = ComponentResult()
  result.outputs = ["losses": .floats(losses), "gradient_norms": .floats(norms)]
  for (name, tensor) in try network.tensors(network.storage.view) {
    result.outputs["final.\(name)"] = .floats(tensor)
  }
  return result
}
