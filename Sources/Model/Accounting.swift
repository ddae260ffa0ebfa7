/// What a network costs, computed from its sizes alone.
package struct Accounting: Sendable {
  private let configuration: ModelConfiguration

  /// Accounts for a network of these sizes.
  package init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  /// How many numbers a network has to learn.
  package var parameterCount: Int {
    let width = configuration.width
    let block = 4 * width * width + 3 * width * configuration.hidden + 2 * width
    return 2 * configuration.vocabulary * width + configuration.layers * block + width
  }

  /// Floating-point operations of a forward pass for one token of a full context, counted as the
  /// assignment does: two a multiply-add, attention over the whole context, four a norm's element.
  package var forwardFLOPsPerToken: Int {
    let width = configuration.width
    let projections = 6 * width * width + 2 * width * width
    let attention = 4 * width * configuration.context
    let feedForward = 6 * width * configuration.hidden
    let norms = 4 * width
    return configuration.layers * (projections + attention + feedForward + norms) + 2 * width
      + 2 * width * configuration.vocabulary
  }

  /// Floating-point operations of training on one token: the matrix products forward and twice
  /// backward, attention over the half of the context that it sees.
  package var trainingFLOPsPerToken: Int {
    let width = configuration.width
    let matrices =
      configuration.layers * (4 * width * width + 3 * width * configuration.hidden)
      + configuration.vocabulary * width
    let attention = configuration.layers * 2 * width * configuration.context
    return 3 * (2 * matrices + attention)
  }

  /// Bytes of the parameters, each stored in `bytesPerParameter`.
  package func parameterBytes(bytesPerParameter: Int = 4) -> Int {
    parameterCount * bytesPerParameter
  }
}
