/// The sizes of a network, from which everything else about its shape follows.
public struct ModelConfiguration: Codable, Equatable, Sendable {
  /// How many token ids the network knows.
  public var vocabulary: Int

  /// The longest sequence it is trained on, in tokens.
  public var context: Int

  /// The width of the residual stream.
  public var width: Int

  /// How many transformer blocks follow each other.
  public var layers: Int

  /// Attention heads of a block; they divide the width.
  public var heads: Int

  /// The inner width of the feed-forward layer.
  public var hidden: Int

  /// The epsilon under the root of RMSNorm.
  public var normEpsilon: Float

  /// The base of the rotary angles.
  public var ropeTheta: Double

  /// Makes a configuration; `validate()` says whether a network can have it.
  public init(
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
  public var headWidth: Int { width / heads }

  /// Throws where no network can have these sizes.
  public func validate() throws {
    for (name, size) in [
      ("vocabulary", vocabulary), ("context", context), ("width", width), ("layers", layers),
      ("heads", heads), ("hidden", hidden),
    ] where size < 1 {
      throw ModelError.invalidSize(name: name, value: size, reason: "give at least 1")
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
  }
}

/// What can be wrong with a network for reasons outside the program.
public enum ModelError: Error, CustomStringConvertible {
  /// A size that no network can have.
  case invalidSize(name: String, value: Int, reason: String)

  /// A token id that the network has no embedding for.
  case unknownToken(id: Int, vocabulary: Int)

  /// A prompt that does not fit and may not be cut.
  case promptTooLong(tokens: Int, context: Int)

  /// One line: `where: what; remedy`.
  public var description: String {
    switch self {
    case .invalidSize(let name, let value, let reason):
      "\(name): cannot be \(value); \(reason)"
    case .unknownToken(let id, let vocabulary):
      "token id \(id): the network has only \(vocabulary) ids; use the tokenizer that the network "
        + "was trained with"
    case .promptTooLong(let tokens, let context):
      "the prompt: it has \(tokens) tokens and the network's context is \(context); shorten it or "
        + "give --overflow slide"
    }
  }
}
