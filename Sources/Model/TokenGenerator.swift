import ParableKernels

/// What happens when prompt and continuation grow past the context.
package enum ContextOverflow: String, CaseIterable, Sendable {
  /// The oldest half of the tokens is forgotten.
  case slide

  /// A longer prompt is an error and writing ends at the context.
  case refuse
}

/// Writes on from a prompt, one token at a time.
package final class TokenGenerator<Element: ActivationElement> {
  private let model: DecoderNetwork<Element>
  private let overflow: ContextOverflow
  private let usesCache: Bool
  private let cache: KeyValueCache<Element>
  private let unused: [Int32]

  /// Makes a generator for texts of up to `longest` tokens, prompt and continuation; left out, the
  /// text may fill the context and slide past it.
  ///
  /// Ids in `unused` have no token and are never written. Without the cache every token reads the
  /// whole sequence again: for comparison.
  package init(
    _ model: DecoderNetwork<Element>, overflow: ContextOverflow = .slide,
    longest: Int? = nil, unused: [Int32] = [], usesCache: Bool = true
  ) {
    self.model = model
    self.overflow = overflow
    self.usesCache = usesCache
    self.unused = unused
    cache = KeyValueCache(model.configuration, longest: longest)
  }

  /// The scores of the token after `ids`, which are read as one sequence from its beginning.
  package func scores(after ids: [Int32]) throws -> Matrix<Float> {
    try checkIDs(ids)
    cache.clear()
    return scores(reading: ids).readOnly
  }

  /// Writes up to `count` tokens behind `prompt` and returns them.
  ///
  /// `stop` ends the text and is not returned; `receive` gets each token as it comes.
  package func generate(
    prompt: [Int32], count: Int, sampler: Sampler, stop: Int32? = nil,
    receive: (Int32) throws -> Void = { _ in }
  ) throws -> [Int32] {
    precondition(!prompt.isEmpty)
    try checkIDs(prompt)
    let context = model.configuration.context
    guard overflow == .slide || prompt.count <= context else {
      throw ModelError.promptTooLong(tokens: prompt.count, context: context)
    }
    var sampler = sampler
    var sequence = Array(prompt.suffix(context))
    var unread = sequence
    var written: [Int32] = []
    cache.clear()
    while written.count < count {
      if sequence.count > context {
        guard overflow == .slide else { break }
        sequence = Array(sequence.suffix((context + 1) / 2))
        unread = sequence
        cache.clear()
      }
      let scores = scores(reading: usesCache ? unread : sequence)
      let row = scores.row(0)
      guard sumOfSquares(UnsafeBufferPointer(row)).isFinite else {
        throw ModelError.scoresAreNoNumbers
      }
      for id in unused { row[Int(id)] = -.infinity }
      let token = sampler.next(UnsafeBufferPointer(row))
      if token == stop { break }
      written.append(token)
      try receive(token)
      sequence.append(token)
      unread = [token]
    }
    return written
  }

  private func scores(reading ids: [Int32]) -> MutableMatrix<Float> {
    if !usesCache { cache.clear() }
    let past = cache.length
    let positions = (0..<ids.count).map { Int32(past + $0) }
    return ids.withUnsafeBufferPointer { ids in
      positions.withUnsafeBufferPointer { positions in
        let batch = TokenBatch(
          ids: ids, batch: 1, sequence: ids.count, positions: positions.baseAddress)
        let hidden = model.forward(batch, cache: usesCache ? cache : nil)
        return model.logits(hidden[ids.count - 1..<ids.count])
      }
    }
  }

  private func checkIDs(_ ids: [Int32]) throws {
    let vocabulary = model.configuration.vocabulary
    if let unknown = ids.first(where: { $0 < 0 || Int($0) >= vocabulary }) {
      throw ModelError.unknownToken(id: Int(unknown), vocabulary: vocabulary)
    }
  }
}
