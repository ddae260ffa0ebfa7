import Foundation
import ParableCollective
import ParableCorpus
import ParableModel
import ParableTokenization

/// How well a network predicts a text.
package struct EvaluationResult: Encodable, Equatable, Sendable {
  /// Mean cross-entropy in nats per token; infinite or no number where the network computes such.
  package var loss: Double

  /// exp(loss), where that is a number.
  package var perplexity: Double?

  /// loss × tokens ÷ ln 2 ÷ bytes: comparable between tokenizers; nil where the text has no bytes.
  package var bitsPerByte: Double?

  /// The share of tokens that had the largest score.
  package var tokenAccuracy: Double

  /// How many tokens were predicted.
  package var tokens: Int

  /// How many bytes the text has without its special tokens.
  package var bytes: Int

  enum CodingKeys: String, CodingKey {
    case loss, perplexity, tokens, bytes
    case bitsPerByte = "bits_per_byte"
    case tokenAccuracy = "token_accuracy"
  }

  init(_ sum: LossSum, bytes: Int) {
    let tokens = Double(sum.counted)
    loss = sum.loss / tokens
    perplexity = exp(loss).finite
    bitsPerByte = (sum.loss / log(2) / Double(bytes)).finite
    tokenAccuracy = Double(sum.correct) / tokens
    self.tokens = sum.counted
    self.bytes = bytes
  }

  /// Writes all keys; what is no finite number, which JSON lacks, is null.
  package func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(loss.finite, forKey: .loss)
    try container.encode(perplexity, forKey: .perplexity)
    try container.encode(bitsPerByte, forKey: .bitsPerByte)
    try container.encode(tokenAccuracy, forKey: .tokenAccuracy)
    try container.encode(tokens, forKey: .tokens)
    try container.encode(bytes, forKey: .bytes)
  }
}

extension Double {
  /// The number, where it is one.
  var finite: Double? { isFinite ? self : nil }
}

/// Evaluation on a whole text: consecutive sequences of context + 1 ids, the last shorter one
/// included, shared out over the ranks and summed in the order of the text.
package struct Evaluation {
  /// Sequences that are computed at once: part of the result's bits, so not a matter of ranks.
  package static let sequencesAtOnce = 4

  private let communicator: any Communicator
  private let model: any LanguageModel

  /// Evaluates `model`, which has room for ``sequencesAtOnce``.
  package init(communicator: any Communicator, model: any LanguageModel) {
    self.communicator = communicator
    self.model = model
  }

  /// Evaluates a model on a text file, which ranks share by shards of `shardLength` bytes.
  package static func run(
    _ directory: ModelDirectory, textFile path: String, communicator: any Communicator,
    shardLength: Int = DocumentReader.shardLength
  ) throws -> EvaluationResult {
    try refuseOtherForms(path)
    let corpus = try DocumentReader(
      paths: [path], specialTokens: directory.vocabulary.specialTokens.map(\.text),
      shardLength: shardLength)
    let perItem = sequencesAtOnce * directory.configuration.context
    let text = try CollectiveTokenizer(communicator: communicator, reader: corpus)
      .encodeShare(with: directory.vocabulary, following: perItem + 1)
    guard text.total > 1 else { throw TrainingError.nothingToEvaluate(path: path) }
    let model = Precision.fp32.makeLanguageModel(
      try directory.loadParameters(), capacity: perItem, trainable: false)
    let evaluation = Evaluation(communicator: communicator, model: model)
    // A rank computes what begins among its own ids.
    let items = text.own.lowerBound.itemsUpTo(perItem)..<text.own.upperBound.itemsUpTo(perItem)
    let result = try evaluation.run(
      idCount: text.total, bytes: text.bytes,
      items: items.clamped(to: 0..<(text.total - 1).itemsUpTo(perItem))
    ) { offset, target in
      let start = offset - text.own.lowerBound
      _ = target.update(from: text.ids[start..<start + target.count])
    }
    guard result.loss.isFinite else {
      throw TrainingError.file(
        path: path, reason: "the loss of \(directory.path) on it is not a finite number",
        remedy: "evaluate a network that has not diverged")
    }
    return result
  }

  /// The cost of predicting all ids but the first.
  ///
  /// `read` copies ids from an offset on; `bytes` is the length of the text without its special
  /// tokens. Items are sequences that are computed at once, in the order of the text; `items` are this
  /// rank's, nil for even shares.
  package func run(
    idCount: Int, bytes: Int, items: Range<Int>? = nil,
    read: (_ offset: Int, UnsafeMutableBufferPointer<Int32>) throws -> Void
  ) throws -> EvaluationResult {
    let context = model.configuration.context
    let predicted = idCount - 1
    let perItem = Self.sequencesAtOnce * context
    // The last item may be some whole sequences and a shorter one: the shorter one stands alone.
    let mine =
      items
      ?? WorkPartition(itemCount: predicted.itemsUpTo(perItem), partCount: communicator.size)
      .range(of: communicator.rank)
    var losses: [Double] = []
    var correct: [Double] = []
    for item in mine {
      let start = item * perItem
      let count = min(perItem, predicted - start)
      let whole = count / context
      var sum = LossSum()
      for (offset, batch, sequence) in [
        (0, whole, context), (whole * context, 1, count - whole * context),
      ] where batch * sequence > 0 {
        var ids = [Int32](repeating: 0, count: batch * sequence + 1)
        try ids.withUnsafeMutableBufferPointer { try read(start + offset, $0) }
        sum += model.loss(ofPredicting: ids, batch: batch, sequence: sequence)
      }
      losses.append(sum.loss)
      correct.append(Double(sum.correct))
    }
    var total = LossSum()
    total.loss = try communicator.allGather(values: losses).joined().reduce(0, +)
    total.correct = Int(try communicator.allGather(values: correct).joined().reduce(0, +))
    total.counted = predicted
    return EvaluationResult(total, bytes: bytes)
  }
}

extension Int {
  /// How many items of `length` begin before this place.
  fileprivate func itemsUpTo(_ length: Int) -> Int { (self + length - 1) / length }
}

extension LanguageModel {
  /// The cost of predicting all but the first of `ids`, `batch · sequence` + 1 consecutive ones.
  fileprivate func loss(ofPredicting ids: [Int32], batch: Int, sequence: Int) -> LossSum {
    ids.withUnsafeBufferPointer { ids in
      guard let base = ids.baseAddress else { return LossSum() }
      return loss(
        TokenBatch(
          ids: UnsafeBufferPointer(start: base, count: batch * sequence), batch: batch,
          sequence: sequence), targets: base + 1)
    }
  }
}
