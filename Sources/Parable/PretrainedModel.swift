import ParableCollective
import ParableModel
import ParableTraining

/// A language model with its tokenizer, in this process alone.
///
/// Its folder is laid out as Hugging Face's Llama; `worker` trains the same on many ranks.
public struct PretrainedModel {
  /// How well a model predicts a text.
  public struct Quality: Equatable, Sendable {
    /// Mean cross-entropy, in nats per token.
    public let loss: Double

    /// The same in bits per byte of text, whatever the tokenizer; nil for a text without bytes.
    public let bitsPerByte: Double?
  }

  /// The tokenizer that it was trained with.
  public let tokenizer: Tokenizer

  private let directory: ModelDirectory

  /// Opens a model's folder, or the newest checkpoint of a run's.
  public init(contentsOf folder: String) throws {
    directory = try ModelDirectory(path: folder)
    tokenizer = Tokenizer(directory.vocabulary)
  }

  /// Trains a model from nothing.
  ///
  /// - Parameters:
  ///   - files: Texts to learn from; none means the built-in stories.
  ///   - folder: Where the run is kept; it must not hold another one.
  ///   - options: Sizes and steps.
  ///   - report: Gets the loss of each step, in nats per token.
  /// - Throws: What is wrong with files, folder or options, in one line.
  public init(
    pretrainedOn files: [String] = [], in folder: String, _ options: PretrainingOptions = .init(),
    report: @escaping (_ step: Int, _ loss: Double) -> Void = { _, _ in }
  ) throws {
    var request = Trainer<LanguageModelling>.Request(options.settings(corpus: files))
    request.folder = folder
    try Trainer(request, communicator: SoloCommunicator()) { event in
      if case .step(let record) = event { report(record.step, record.loss) }
    }.train()
    try self.init(contentsOf: folder)
  }

  /// Continues a text with at most `count` tokens, each drawn among the `topK` likeliest.
  ///
  /// The same arguments give the same text. A `temperature` below 1 is safer, above 1 wilder.
  ///
  /// - Returns: The continuation, without the prompt.
  /// - Throws: What is wrong with the model's files, in one line.
  public func continuation(
    of prompt: String, count: Int = 200, topK: Int = 40, temperature: Double = 0.8,
    seed: UInt64 = 1
  ) throws -> String {
    let vocabulary = directory.vocabulary
    let endOfText = vocabulary.endOfText.map { Int32($0) }
    // Every text of the training began behind the end of another.
    let ids = prompt.isEmpty ? [endOfText ?? 0] : tokenizer.encode(prompt).map { Int32($0) }
    let written = try directory.makeGenerator(Float.self, promptLength: ids.count, count: count)
      .generate(
        prompt: ids, count: count,
        sampler: Sampler(strategy: .topK(topK), temperature: temperature, seed: seed),
        stop: endOfText
      ) { _ in }
    return try vocabulary.decodeText(written)
  }

  /// Measures how well it predicts a text file.
  public func quality(onFile path: String) throws -> Quality {
    let result = try Evaluation.run(directory, textFile: path, communicator: SoloCommunicator())
    return Quality(loss: result.loss, bitsPerByte: result.bitsPerByte)
  }
}
