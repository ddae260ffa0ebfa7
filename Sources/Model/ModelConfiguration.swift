/// The sizes of a network, from which everything else about its shape follows.
package struct ModelConfiguration: Codable, Equatable, Sendable {
  /// How many token ids the network knows.
  package var vocabulary: Int

  /// The longest sequence it is trained on, in tokens.
  package var context: Int

  /// The width of the residual stream.
  package var width: Int

  /// How many transformer blocks follow each other.
  package var layers: Int

  /// Attention heads of a block; they divide the width.
  package var heads: Int

  /// The inner width of the feed-forward layer.
  package var hidden: Int

  /// The epsilon under the root of RMSNorm.
  package var normEpsilon: Float

  /// The base of the rotary angles.
  package var ropeTheta: Double

  /// Makes a configuration; `validate()` says whether a network can have it.
  package init(
    vocabulary: Int, context: Int, width: Int, layers: Int, heads: Int, hidden: Int,
    normEpsilon: Float = 1e-5, ropeTheta: Double = 10000
  ) {
    self.vocabulary = vocabulary
    self.context = context
    self.width = width
    self.layers = layers
    self.heads = heads
    self.hidden = hidden
    self.normEpsilon = normEpsilon
    self.ropeTheta = ropeTheta
  }

  /// The width of one attention head.
  package var headWidth: Int { width / heads }

  /// Throws where no network can have these sizes.
  package func validate() throws {
    for (name, size, largest) in [
      ("vocabulary", vocabulary, SizeBounds.vocabulary), ("context", context, SizeBounds.context),
      ("width", width, SizeBounds.width), ("layers", layers, SizeBounds.layers),
      ("heads", heads, SizeBounds.heads), ("hidden", hidden, SizeBounds.hidden),
    ] where size < 1 || size > largest {
      throw ModelError.invalidSize(
        name: name, value: size,
        reason: size < 1 ? "give at least 1" : "give at most \(largest)")
    }
    guard width.isMultiple(of: heads) else {
      throw ModelError.invalidSize(
        name: "heads", value: heads, reason: "give a divisor of the width \(width)")
    }
    guard headWidth.isMultiple(of: 2) else {
      throw ModelError.invalidSize(
        name: "heads", value: heads,
        reason: "give one that makes width / heads even, not \(headWidth)")
    }
    guard Accounting(self).parameterCount <= SizeBounds.parameters else {
      throw ModelError.invalidSize(
        name: "layers", value: layers,
        reason: "with these widths give at most so many that the network has "
          + "\(SizeBounds.parameters) parameters")
    }
    // θ to a power above −1 times a position has to be an angle.
    guard ropeTheta > 0, ropeTheta.isFinite, (Double(context) / ropeTheta).isFinite else {
      throw ModelError.invalidNumber(
        name: "rope-theta", value: ropeTheta, reason: "give a number above 0, such as 10000")
    }
    guard normEpsilon >= 0, normEpsilon.isFinite else {
      throw ModelError.invalidNumber(
        name: "norm-epsilon", value: Double(normEpsilon),
        reason: "give a number from 0 up, such as 1e-5")
    }
  }
}

/// What can be wrong with a network for reasons outside the program.
package enum ModelError: Error, CustomStringConvertible {
  /// A size that no network can have.
  case invalidSize(name: String, value: Int, reason: String)

  /// Another number that no network can have.
  case invalidNumber(name: String, value: Double, reason: String)

  /// A token id that the network has no embedding for.
  case unknownToken(id: Int, vocabulary: Int)

  /// Scores that are no finite numbers.
  case scoresAreNoNumbers

  /// A prompt that does not fit and may not be cut.
  case promptTooLong(tokens: Int, context: Int)

  /// One line: `where: what; remedy`.
  package var description: String {
    switch self {
    case .invalidSize(let name, let value, let reason):
      "\(name): cannot be \(value); \(reason)"
    case .invalidNumber(let name, let value, let reason):
      "\(name): cannot be \(value); \(reason)"
    case .unknownToken(let id, let vocabulary):
      "token id \(id): the network has only \(vocabulary) ids; use the tokenizer that the network "
        + "was trained with"
    case .scoresAreNoNumbers:
      "the network: its scores are no finite numbers; use another checkpoint, this one is damaged or "
        + "its training has diverged"
    case .promptTooLong(let tokens, let context):
      "the prompt: it has \(tokens) tokens and the network's context is \(context); shorten it or "
        + "give --overflow slide"
    }
  }
}
