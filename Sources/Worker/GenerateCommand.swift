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

  static let groups = [
    OptionGroup(
      "Model and prompt",
      [
        .text("model", "DIR", "folder of a model, or a run (its latest)", isRequired: true),
        .text(
          "prompt", "TEXT", "what to write on from", isRepeatable: true,
          unlessGiven: "the start of a text"),
        .text("prompts", "FILE", "prompts to write on from, one a line"),
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
          "strategy", ["greedy", "top-k", "top-p"], "how tokens are chosen", default: "top-k"),
        .integer("top-k", "N", "tokens to choose among", minimum: 1, default: 40),
        .number("top-p", "X", "probability to choose within", minimum: 0, default: 0.9),
        .number("temperature", "X", "below 1 safer, above 1 wilder", minimum: 0, default: 0.8),
        .integer("seed", "N", "where all chance comes from", minimum: 0, default: 1),
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
    let arguments = invocation.arguments
    let sampler = try sampler(arguments)
    let directory = try ModelDirectory(path: arguments.requiredText("model"))
    let prompts = try prompts(arguments, vocabulary: directory.vocabulary)
    // Every processor gains from weights of half the size: generation waits for memory.
    switch invocation.askedPrecision {
    case .bf16: try write(prompts, BFloat16.self, directory, sampler, invocation)
    case .fp32: try write(prompts, Float.self, directory, sampler, invocation)
    }
  }

  /// Writes on from every prompt, each with a generator of its own and the same sampler.
  private static func write<Element: ActivationElement>(
    _ prompts: [[Int32]], _ element: Element.Type, _ directory: ModelDirectory,
    _ sampler: Sampler, _ invocation: Invocation
  ) throws {
    let arguments = invocation.arguments
    let isJSON = arguments.flag("json")
    let vocabulary = directory.vocabulary
    let model = DecoderLanguageModel<Element>(
      try directory.loadParameters(), capacity: directory.configuration.context,
      trainable: false, products: .ofSingleRows())
    let overflow = arguments.text("overflow").flatMap(ContextOverflow.init) ?? .slide
    let generator = TokenGenerator(model, overflow: overflow)
    var reports: [Report] = []
    for (index, prompt) in prompts.enumerated() {
      var decoder = StreamingDecoder(vocabulary)
      if !isJSON {
        if index > 0 { try invocation.output.text("\n") }
        for id in prompt { try invocation.output.text(decoder.feed(id)) }
      }
      let clock = ContinuousClock()
      let start = clock.now
      let written = try generator.generate(
        prompt: prompt, count: arguments.integer("tokens") ?? 200, sampler: sampler,
        stop: vocabulary.endOfText.map { Int32($0) }
      ) { token in
        if !isJSON { try invocation.output.text(decoder.feed(token)) }
      }
      let seconds = (clock.now - start) / .seconds(1)
      if !isJSON { try invocation.output.text(decoder.finish() + "\n") }
      let ids = prompt + written
      reports.append(
        Report(
          ids: ids, newIDs: written, text: try vocabulary.decodeText(ids),
          tokensPerSecond: Double(written.count) / max(seconds, 1e-9)))
    }
    guard isJSON else { return }
    if reports.count == 1, let report = reports.first {
      try invocation.output.object(report)
    } else {
      try invocation.output.object(Reports(results: reports))
    }
  }

  private static func sampler(_ arguments: ParsedArguments) throws -> Sampler {
    let temperature = arguments.number("temperature") ?? 1
    guard temperature > 0 else {
      throw arguments.unsuitable(
        "--temperature 0 divides by nothing", remedy: "use --strategy greedy")
    }
    let strategy: SamplingStrategy =
      switch arguments.text("strategy") {
      case "greedy": .greedy
      case "top-p": .topP(arguments.number("top-p") ?? 1)
      default: .topK(arguments.integer("top-k") ?? 1)
      }
    return Sampler(
      strategy: strategy, temperature: temperature, seed: UInt64(arguments.integer("seed") ?? 1))
  }

  private static func prompts(
    _ arguments: ParsedArguments, vocabulary: Vocabulary
  ) throws -> [[Int32]] {
    let given = ["prompt", "prompts", "promptIds"].filter { arguments.values[$0] != nil }
    guard given.count <= 1 else {
      throw arguments.unsuitable(
        "--prompt, --prompts and --prompt-ids exclude each other", remedy: "give one of them")
    }
    let texts =
      try arguments.text("prompts").map { try lines(ofFile: $0, arguments) }
      ?? arguments.texts("prompt")
    if let list = arguments.text("prompt-ids") {
      let ids = list.split(separator: ",").map { Int32($0.trimmingPrefix(" ")) }
      guard !ids.isEmpty, !ids.contains(nil) else {
        throw arguments.unsuitable(
          "'\(list)' is no list of ids", remedy: "give --prompt-ids as 1,2,3")
      }
      return [ids.compactMap { $0 }]
    }
    let encoder = Encoder(vocabulary)
    return try (texts.isEmpty ? [""] : texts).map { text in
      let ids = encoder.encode(text)
      if !ids.isEmpty { return ids }
      guard let endOfText = vocabulary.endOfText else {
        throw arguments.unsuitable(
          "an empty prompt needs a tokenizer with <|endoftext|>", remedy: "give --prompt TEXT")
      }
      // Every text of the training began behind the end of another.
      return [Int32(endOfText)]
    }
  }

  /// The lines of a file, empty ones left out.
  private static func lines(ofFile path: String, _ arguments: ParsedArguments) throws -> [String] {
    var bytes: [UInt8] = []
    try ByteInput(path: path).forEachPart { bytes += $0 }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard !lines.isEmpty else {
      throw arguments.unsuitable("\(path) has no prompt", remedy: "write one a line")
    }
    return lines.map(String.init)
  }
}
