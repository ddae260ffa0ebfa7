import ParableKernels
import ParableTraining

/// Tensors gradient.0, gradient.1, … scaled by one factor, so that their common norm is at most
/// `max_norm`.
func gradientClipping(_ given: ComponentCase) throws -> ComponentResult {
  var names: [String] = []
  repeat { names.append("\(names.count)") } while given.has("gradient.\(names.count)")
  // Side by side in one buffer, as training has them.
  let sizes = try names.map { try given.shape("gradient.\($0)").reduce(1, *) }
  let all = try given.zeros([sizes.reduce(0, +)])
  var start = 0
  var clipped: [String: ComponentValue] = [:]
  for (name, size) in zip(names, sizes) {
    let part = Tensor(shape: try given.shape("gradient.\(name)"), base: all.base + start)
    try given.readFloats("gradient.\(name)", shape: nil, into: part.values)
    clipped["clipped.\(name)"] = .floats(part)
    start += size
  }
  let norm = sumOfSquares(UnsafeBufferPointer(all.values)).squareRoot()
  let factor = clippingScale(norm: norm, maximum: try maximumNorm(given))
  scale(all.values, by: Float(factor))
  clipped["norm"] = .floats(try given.scalar(norm))
  return ComponentResult(outputs: clipped)
}

func maximumNorm(_ given: ComponentCase) throws -> Double {
  try given.number("max_norm", in: Double.leastNormalMagnitude...Double.greatestFiniteMagnitude)
}

/// The learning rate at each of `steps`.
func cosineSchedule(_ given: ComponentCase) throws -> ComponentResult {
  let schedule = try learningRateSchedule(given)
  let steps = try given.integers("steps", in: 0...Int64(Int32.max))
  let rates = try given.zeros(given.shape("steps"))
  for (index, step) in steps.enumerated() {
    rates.values[index] = Float(schedule.rate(at: Int(step)))
  }
  return ComponentResult(output: rates)
}

func learningRateSchedule(_ given: ComponentCase) throws -> LearningRateSchedule {
  LearningRateSchedule(
    maximum: try given.number("max_learning_rate", in: 0...1e9),
    minimum: try given.number("min_learning_rate", in: 0...1e9),
    warmupSteps: try given.integer("warmup_steps", in: 0...Int(Int32.max)),
    totalSteps: try given.integer("total_steps", in: 0...Int(Int32.max)))
}

func optimizerConstants(
  _ given: ComponentCase, epsilon: String
) throws -> AdamW {
  AdamW(
    beta1: try given.number("beta1", in: 0...1.0.nextDown),
    beta2: try given.number("beta2", in: 0...1.0.nextDown),
    epsilon: try given.number(epsilon, in: 0...1e9),
    weightDecay: try given.number("weight_decay", in: 0...1e9))
}

/// The parameter after each of several updates: parameter [...], gradients [steps, ...].
func adamWSteps(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("parameter")
  let steps = try given.shape("gradients", dimensions: shape.count + 1)[0]
  let gradients = try given.floats("gradients", shape: [steps] + shape)
  let parameter = try given.floats("parameter")
  let (firstMoment, secondMoment) = (try given.zeros(shape), try given.zeros(shape))
  let constants = try optimizerConstants(given, epsilon: "eps")
  let learningRate = try given.number("learning_rate", in: 0...1e9)
  let output = try given.zeros([steps] + shape)
  for step in 0..<steps {
    adamW(
      parameters: parameter.base, gradients: gradients.part(step).base,
      firstMoment: firstMoment.base, secondMoment: secondMoment.base, count: parameter.count,
      learningRate: learningRate, beta1: constants.beta1, beta2: constants.beta2,
      epsilon: constants.epsilon, weightDecay: constants.weightDecay, step: step + 1)
    output.part(step).base.update(from: parameter.base, count: parameter.count)
  }
  return ComponentResult(output: output)
}
