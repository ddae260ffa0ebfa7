import ParableKernels
import ParableModel

/// x / √(mean x² + eps) · weight: x [..., width], weight [width].
func rootMeanSquareNorm(_ given: ComponentCase) throws -> ComponentResult {
  let width = try given.shape("weight", dimensions: 1)[0]
  let leading = try given.shape("x", atLeast: 1).dropLast()
  let x = try given.floats("x", shape: leading + [width])
  let gain = try given.floats("weight")
  let y = try given.zeros(x.shape)
  let inverseRMS = try given.zeros([x.rows.rows])
  let epsilon = try given.normEpsilon

  rmsNorm(
    x.rows.readOnly, gain: gain.base, epsilon: epsilon, into: y.rows, inverseRMS: inverseRMS.base)
  return try given.result(y) { dY in
    let dX = try given.zeros(x.shape)
    let dGain = try given.zeros(gain.shape)
    rmsNormBackward(
      dY.rows.readOnly, x: x.rows.readOnly, gain: gain.base, inverseRMS: inverseRMS.base,
      addingTo: dX.rows,
      addingTo: dGain.base)
    return ["x": dX, "weight": dGain]
  }
}

/// input · σ(input), element by element.
func sigmoidLinearUnit(_ given: ComponentCase) throws -> ComponentResult {
  let x = try given.floats("input")
  let y = try given.zeros(x.shape)
  silu(x.rows.readOnly, into: y.rows)
  return try given.result(y) { dY in
    let dX = try given.zeros(x.shape)
    siluBackward(dY.rows.readOnly, x: x.rows.readOnly, into: dX.rows)
    return ["input": dX]
  }
}

/// (SiLU(x · w1ᵀ) ⊙ x · w3ᵀ) · w2ᵀ: x [..., width], w1 and w3 [hidden, width], w2 [width, hidden].
func feedForward(_ given: ComponentCase) throws -> ComponentResult {
  let weightShape = try given.shape("w1", dimensions: 2)
  let (hidden, width) = (weightShape[0], weightShape[1])
  let leading = try given.shape("x", atLeast: 1).dropLast()
  let x = try given.floats("x", shape: leading + [width])
  let sublayer = try Sublayer(
    given, width: width, heads: 1, hidden: hidden, tokens: x.rows.rows,
    weights: ["w1": .gate, "w2": .down, "w3": .up])
  let y = try given.zeros(x.shape)
  copy(x.rows.readOnly, into: sublayer.saved.feedForwardInput)
  sublayer.decoder.feedForward(0, into: y.rows)
  return try given.result(y) { dY in
    sublayer.decoder.feedForwardBackward(0, dY.rows.readOnly, addingTo: sublayer.weights.gradients)
    var gradients = try sublayer.weights.gradientTensors()
    gradients["x"] = try given.copy(
      sublayer.activationGradients.sublayerInput.readOnly, shape: x.shape)
    return gradients
  }
}

/// e^x / Σ e^x along the dimension `dim`, which counts from the end where it is negative.
func softmaxAlongDimension(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("x", atLeast: 1)
  let dim = try given.integer("dim", in: -shape.count...shape.count - 1)
  let dimension = dim < 0 ? dim + shape.count : dim
  let before = shape[..<dimension].reduce(1, *)
  let along = shape[dimension]
  let after = shape[(dimension + 1)...].reduce(1, *)
  let x = try given.floats("x")
  let y = try given.zeros(shape)
  softmax(x.base, before: before, along: along, after: after, into: y.base)
  return try given.result(y) { dY in
    let dX = try given.zeros(shape)
    softmaxBackward(
      dY.base, y: y.base, before: before, along: along, after: after, into: dX.base)
    return ["x": dX]
  }
}
