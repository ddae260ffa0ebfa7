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
