import Foundation
import ParableCommandLineInterface
import ParableKernels
import ParableModel
import ParableSettings
import ParableTokenization
import ParableTraining

enum GenerateCommand: Command {
  static let name = "generate"
  static let summary = "write a text on from a prompt"
  static let discussion = [
    "--top-p without a strategy means --strategy top-p, and --temperature 0 means greedy, whatever "
      + "the strategy. Options that say different things are refused. Ids that the tokenizer has no "
      + "token for are never written."
  ]

  struct Options: JSONOptions {
    var model = ""
    var prompt: [String] = []
    var prompts: String?
    var promptIds: String?
    var tokens = 200
    var overflow = ContextOverflow.slide
    var precision = Precision.fp32
    var strategy: Strategy?
    var topK = 40
    var topP = 0.9
    var temperature = 0.8
    var seed: UInt64 = 1
    var json = false

    static var settings: [Setting<Options>] {
      Setting.model(\.model).heading("Model and prompt")
      Setting(\.prompt, "prompt", "what to write on from").unlessGiven("the start of a text")
      Setting(
        \.prompts, "prompts", "prompts to write on from, one per line, empty lines left out",
        unit: "FILE")
      Setting(\.promptIds, "promptIds", "the prompt as token ids", unit: "1,2,3")
      Setting(\.tokens, "tokens", "most tokens to write", unit: "TOKENS", in: .from(0))
      Setting(
        choice: \.overflow, "overflow", "forget the oldest tokens past the context, or end there")
      Setting(choice: \.precision, "precision", "how weights are read and stored")
      Setting(choice: \.strategy, "strategy", "how tokens are chosen")
        .unlessGiven("top-k, or what the other options mean").heading("Sampling")
      Setting(\.topK, "topK", "tokens to choose among", unit: "TOKENS", in: .from(1))
      Setting(\.topP, "topP", "probability to choose within", unit: "PROBABILITY", in: .from(0))
      Setting(\.temperature, "temperature", "below 1 safer, above 1 wilder, 0 greedy", in: .from(0))
      Setting(\.seed, "seed", "where all chance comes from; greedy has none", in: .from(0))
      Setting.json(\.json)
    }
  }

  enum Strategy: String, CaseIterable {
    case greedy
    case topK = "top-k"
    case topP = "top-p"
  }

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

  static func run(_ invocation: Invocation<Options>) throws {
    let sampler = try sampler(invocation)
    let directory = try ModelDirectory(path: invocation.options.model)
    let prompts = try Prompt.all(invocation, directory)
    // Every processor gains from weights of half the size: generation waits for memory.
    switch invocation.options.precision {
    case .bf16: try write(prompts, BFloat16.self, directory, sampler, invocation)
    case .fp32: try write(prompts, Float.self, directory, sampler, invocation)
    }
  }

  /// Writes on from every prompt, each with a generator of its own and the same sampler.
  private static func write<Element: ActivationElement>(
    _ prompts: [Prompt], _ element: Element.Type, _ directory: ModelDirectory,
    _ sampler: Sampler, _ invocation: Invocation<Options>
  ) throws {
    let options = invocation.options
    let isJSON = options.json
    let generator = try directory.makeGenerator(
      element, promptLength: prompts.map(\.ids.count).max() ?? 0, count: options.tokens,
      overflow: options.overflow)
    var reports: [Report] = []
    for (index, prompt) in prompts.enumerated() {
      var decoder = StreamingDecoder(directory.vocabulary)
      if !isJSON {
        if index > 0 { try invocation.output.text("\n") }
        for id in prompt.shown { try invocation.output.text(decoder.feed(id)) }
      }
      let start = ContinuousClock.now
      let written = try generator.generate(
        prompt: prompt.ids, count: options.tokens, sampler: sampler,
        stop: directory.vocabulary.endOfText.map { Int32($0) }
      ) { token in
        if !isJSON { try invocation.output.text(decoder.feed(token)) }
      }
      let seconds = (.now - start) / .seconds(1)
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
      try invocation.output.object(["results": reports])
    }
  }

  /// What the sampling options mean together.
  private static func sampler(_ invocation: Invocation<Options>) throws -> Sampler {
    let arguments = invocation.arguments
    func refuse(_ first: String, with second: String) -> CommandLineError {
      arguments.unsuitable("\(first) does not go with \(second)", remedy: "leave one of them out")
    }
    let options = invocation.options
    let hasTopP = arguments.isGiven(\.topP)
    let hasTopK = arguments.isGiven(\.topK)
    if hasTopK, hasTopP { throw refuse("--top-k", with: "--top-p") }
    let strategy = options.strategy ?? (hasTopP ? .topP : .topK)
    let asked = "--strategy \(strategy.rawValue)"
    if hasTopK, strategy != .topK { throw refuse("--top-k", with: asked) }
    if hasTopP, strategy != .topP { throw refuse("--top-p", with: asked) }
    if strategy == .greedy, arguments.isGiven(\.temperature), options.temperature > 0 {
      let temperature = SettingValue.number(options.temperature)
      throw refuse("--temperature \(temperature)", with: asked)
    }
    guard strategy != .greedy, options.temperature > 0 else {
      if arguments.isGiven(\.seed) {
        invocation.progress.note("--seed changes nothing: greedy leaves nothing to chance")
      }
      return Sampler(strategy: .greedy)
    }
    return Sampler(
      strategy: strategy == .topP ? .topP(options.topP) : .topK(options.topK),
      temperature: options.temperature, seed: options.seed)
  }
}
