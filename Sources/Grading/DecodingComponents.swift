import Model

/// The most likely token, `max_new_tokens` times: input_ids [batch, prompt], output [batch, prompt +
/// max_new_tokens].
///
/// Every token is found twice, with the key-value cache and by reading the sequence anew, and the
/// two must agree. What grows past the context is read from its last tokens.
func greedyDecoding(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("input_ids", dimensions: 2)
  let (batch, promptLength) = (shape[0], shape[1])
  let count = try given.integer("max_new_tokens", in: 0...65_536)
  let context = try given.integer("context_length", in: 1...largestContext)
  guard batch > 0, promptLength > 0 else { throw given.broken("input_ids is empty") }
  let longest = min(context, promptLength + count)
  let network = try Network(given, longest: longest, tokens: longest)
  let prompts = try given.indices("input_ids", below: network.configuration.vocabulary)
  let model = DecoderLanguageModel<Float>(
    network.storage, capacity: longest, trainable: false, products: .ofSingleRows())
  let cached = TokenGenerator(model, overflow: .refuse)
  let uncached = TokenGenerator(model, usesCache: false)
  defer { withExtendedLifetime((network, model)) {} }

  var ids: [Int64] = []
  for item in 0..<batch {
    let prompt = Array(prompts[item * promptLength..<(item + 1) * promptLength])
    var sequence = prompt
    for _ in 0..<count {
      let scores = try uncached.scores(after: sequence.suffix(context))
      sequence.append(Sampler.largest(UnsafeBufferPointer(scores.row(0))))
    }
    if promptLength <= context {
      let written = try cached.generate(
        prompt: prompt, count: min(count, context - promptLength),
        sampler: Sampler(strategy: .greedy))
      guard sequence.starts(with: prompt + written) else {
        throw given.broken("the key-value cache leads to other tokens: \(written)")
      }
    }
    ids += sequence.map { Int64($0) }
  }
  var result = ComponentResult()
  result.outputs["output"] = .integers(ids, shape: [batch, promptLength + count])
  return result
}
