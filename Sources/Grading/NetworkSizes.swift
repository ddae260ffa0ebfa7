import ParableModel

/// The largest width, hidden width, layer or head count that a case may name; one that is built has
/// to be a network's besides.
let largestWidth = SizeBounds.hidden

/// The longest context and largest vocabulary that a case may name.
let largestContext = SizeBounds.context

extension ModelConfiguration {
  /// The sizes that a case's hyperparameters name.
  init(_ given: ComponentCase, normEpsilon: Float = 0, ropeTheta: Double = 10000) throws {
    self.init(
      vocabulary: try given.integer("vocab_size", in: 1...largestContext),
      context: try given.integer("context_length", in: 1...largestContext),
      width: try given.integer("d_model", in: 1...largestWidth),
      layers: try given.integer("num_layers", in: 0...largestWidth),
      heads: try given.integer("num_heads", in: 1...largestWidth),
      hidden: try given.integer("d_ff", in: 1...largestWidth),
      normEpsilon: normEpsilon, ropeTheta: ropeTheta)
  }
}

/// What follows from the sizes of a case's network alone: one count.
func accounting(
  _ count: @escaping @Sendable (Accounting, ComponentCase) throws -> Int
) -> @Sendable (ComponentCase) throws -> ComponentResult {
  { given in
    let value = try count(Accounting(try ModelConfiguration(given)), given)
    return ComponentResult(outputs: ["output": .integers([Int64(value)], shape: [])])
  }
}
