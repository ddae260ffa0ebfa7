import ParableKernels
import ParableModel

/// One id for every row of logits [..., vocabulary], chosen as generation chooses.
func sampledTokens(_ given: ComponentCase) throws -> ComponentResult {
  let shape = try given.shape("logits", atLeast: 1)
  let logits = try given.floats("logits")
  guard logits.width > 0 else { throw given.broken("logits has no token to choose") }
  if let scores = logits.values.first(where: { $0.isNaN }) {
    throw given.broken("logits holds \(scores)")
  }
  var sampler = Sampler(
    strategy: try strategy(given),
    temperature: given.file.metadata["temperature"] != nil
      ? try given.number("temperature", in: 1e-6...1e6) : 1,
    seed: UInt64(try given.integer("seed", in: 0...Int.max)))
  let rows = logits.rows
  let ids = (0..<rows.rows).map { row in
    Int64(sampler.next(UnsafeBufferPointer(rows.row(row))))
  }
  return ComponentResult(outputs: ["output": .integers(ids, shape: shape.dropLast())])
}

private func strategy(_ given: ComponentCase) throws -> SamplingStrategy {
  switch try given.text("strategy") {
  case "greedy": return .greedy
  case "top-k": return .topK(try given.integer("top_k", in: 1...largestContext))
  case "top-p": return .topP(try given.number("top_p", in: 0...1))
  case let name:
    throw given.broken(
      "hyperparameter strategy is \"\(name)\" where one of greedy, top-k, top-p is expected")
  }
}

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
  let network = try CaseParameters(network: given, longest: longest, tokens: longest)
  let prompts = try given.indices("input_ids", below: network.configuration.vocabulary)
  let model = DecoderNetwork<Float>(
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
      sequence.append(Sampler.largest(scores.row(0)))
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
  return ComponentResult(
    outputs: ["output": .integers(ids, shape: [batch, promptLength + count])])
}
