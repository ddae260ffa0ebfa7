import CommandLineInterface
import Foundation
import Kernels
import Model
import Tokenization
import Training

/// `worker generate`: writes on from a prompt.
enum GenerateCommand: Command {
  static let name = "generate"
  static let summary = "write a text on from a prompt"
  static let discussion = [
    "--top-p without a strategy means --strategy top-p, and --temperature 0 means greedy, whatever "
      + "the strategy. Options that say different things are refused. Ids that the tokenizer has no "
      + "token for are never written."
  ]

  static let groups = [
    OptionGroup(
      "Model and prompt",
      [
        .text("model", "DIR", "folder of a model, or a run (its latest)", isRequired: true),
        .text(
          "prompt", "TEXT", "what to write on from", isRepeatable: true,
          unlessGiven: "the start of a text"),
        .text("prompts", "FILE", "prompts to write on from, one a line, empty lines left out"),
        .text("prompt-ids", "1,2,3", "the prompt as token ids"),
        .integer("tokens", "N", "most tokens to write", minimum: 0, default: 200),
        .choice(
          "overflow", ContextOverflow.allCases.map(\.rawValue),
          "forget the oldest tokens past the context, or end there", default: "slide"),
        .choice(
          "precision", Precision.allCases.map(\.rawValue), "how weights are read and stored",
          default: Precision.fp32.rawValue),
      ]),
    OptionGroup(
      "Sampling",
      [
        .choice(
          "strategy", ["greedy", "top-k", "top-p"], "how tokens are chosen",
          unlessGiven: "top-k, or what the other options mean"),
        .integer("top-k", "N", "tokens to choose among", minimum: 1, default: 40),
        .number("top-p", "X", "probability to choose within", minimum: 0, default: 0.9),
        .number(
          "temperature", "X", "below 1 safer, above 1 wilder, 0 greedy", minimum: 0, default: 0.8),
        .integer(
          "seed", "N", "where all chance comes from; greedy has none", minimum: 0, default: 1),
        .json,
      ]),
  ]

  /// What `--json` prints.
  private struct Report: Encodable {
    var ids: [Int32]
    var newIDs: [Int32]
    var text: String
    var tokensPerSecond: Double

    enum CodingKeys: String, CodingKey {
      case ids, text
      case newIDs = "new_ids"
      case tokensPerSecond = "tokens_per_second"
    }
  }

  /// What `--json` prints for several prompts.
  private struct Reports: Encodable {
    var results: [Report]
  }

  static func run(_ invocation: Invocation) throws {
    let sampler = try sampler(invocation)
    let directory = try ModelDirectory(path: invocation.arguments.requiredText("model"))
    let prompts = try Prompt.all(invocation, directory)
    // Every processor gains from weights of half the size: generation waits for memory.
    switch invocation.askedPrecision {
    case .bf16: try write(prompts, BFloat16.self, directory, sampler, invocation)
    case .fp32: try write(prompts, Float.self, directory, sampler, invocation)
    }
  }

  /// Writes on from every prompt, each with a generator of its own and the same sampler.
  private static func write<Element: ActivationElement>(
    _ prompts: [Prompt], _ element: Element.Type, _ directory: ModelDirectory,
    _ sampler: Sampler, _ invocation: Invocation
  ) throws {
    let arguments = invocation.arguments
    let isJSON = arguments.flag("json")
    let generator = try makeGenerator(prompts, element, directory, arguments)
    var reports: [Report] = []
    for (index, prompt) in prompts.enumerated() {
      var decoder = StreamingDecoder(directory.vocabulary)
      if !isJSON {
        if index > 0 { try invocation.output.text("\n") }
        for id in prompt.shown { try invocation.output.text(decoder.feed(id)) }
      }
      let clock = ContinuousClock()
      let start = clock.now
      let written = try generator.generate(
        prompt: prompt.ids, count: arguments.integer("tokens") ?? 200, sampler: sampler,
        stop: directory.vocabulary.endOfText.map { Int32($0) }
      ) { token in
        if !isJSON { try invocation.output.text(decoder.feed(token)) }
      }
      let seconds = (clock.now - start) / .seconds(1)
      if !isJSON { try invocation.output.text(decoder.finish() + "\n") }
      reports.append(
        Report(
          ids: prompt.ids + written, newIDs: written,
          text: try directory.vocabulary.decodeText(prompt.shown + written),
          tokensPerSecond: Double(written.count) / max(seconds, 1e-9)))
    }
    guard isJSON else { return }
    if reports.count == 1, let report = reports.first {
      try invocation.output.object(report)
    } else {
      try invocation.output.object(Reports(results: reports))
    }
  }

  /// A generator with room for the longest text that can come of these prompts, and no more: a
  /// context may be much longer than anything that is asked for.
  private static func makeGenerator<Element: ActivationElement>(
    _ prompts: [Prompt], _ element: Element.Type, _ directory: ModelDirectory,
    _ arguments: ParsedArguments
  ) throws -> TokenGenerator<Element> {
    let configuration = directory.configuration
    let tokens = min(arguments.integer("tokens") ?? 200, configuration.context)
    let longest = min((prompts.map(\.ids.count).max() ?? 0) + tokens, configuration.context)
    let model = DecoderNetwork<Element>(
      try directory.loadParameters(), capacity: longest, trainable: false,
      products: .ofSingleRows())
    return TokenGenerator(
      model, overflow: arguments.text("overflow").flatMap(ContextOverflow.init) ?? .slide,
      longest: longest,
      unused: (0..<configuration.vocabulary).filter { directory.vocabulary.bytes(of: $0) == nil }
        .map { Int32($0) })
  }

  /// What the sampling options mean together.
  private static func sampler(_ invocation: Invocation) throws -> Sampler {
    let arguments = invocation.arguments
    func refuse(_ first: String, with second: String) -> CommandLineError {
      arguments.unsuitable("\(first) does not go with \(second)", remedy: "leave one of them out")
    }
    let temperature = arguments.number("temperature") ?? 1
    let hasTopP = arguments.isGiven("top-p")
    let hasTopK = arguments.isGiven("top-k")
    if hasTopK, hasTopP { throw refuse("--top-k", with: "--top-p") }
    let strategy = arguments.text("strategy") ?? (hasTopP ? "top-p" : "top-k")
    if hasTopK, strategy != "top-k" { throw refuse("--top-k", with: "--strategy \(strategy)") }
    if hasTopP, strategy != "top-p" { throw refuse("--top-p", with: "--strategy \(strategy)") }
    if strategy == "greedy", arguments.isGiven("temperature"), temperature > 0 {
      throw refuse("--temperature \(OptionValue.number(temperature))", with: "--strategy greedy")
    }
    guard strategy != "greedy", temperature > 0 else {
      if arguments.isGiven("seed") {
        invocation.progress.note("--seed changes nothing: greedy leaves nothing to chance")
      }
      return Sampler(strategy: .greedy)
    }
    return Sampler(
      strategy: strategy == "top-p"
        ? .topP(arguments.number("top-p") ?? 1) : .topK(arguments.integer("top-k") ?? 1),
      temperature: temperature, seed: UInt64(arguments.integer("seed") ?? 1))
  }
}
