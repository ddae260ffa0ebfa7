import Files
import Foundation

/// `metrics.jsonl`: one JSON object a line, a step or an evaluation.
package final class MetricsLog {
  private let path: String
  private let handle: FileHandle
  private let encoder: JSONEncoder

  /// Opens the file, keeping of what it holds the lines up to `step`.
  package init(path: String, keepingUpTo step: Int) throws {
    self.path = path
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      try Self.keepLines(path: path, upTo: step)
      let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    } catch {
      throw TrainingError.unwritable(path, SystemFailure(.writing, error))
    }
  }

  /// Appends one line in one write.
  package func append(_ record: some Encodable) throws {
    let line = try encoder.encode(record) + Data("\n".utf8)
    do {
      try handle.write(contentsOf: line)
    } catch {
      throw TrainingError.unwritable(path, SystemFailure(.writing, error))
    }
  }

  private struct Line: Decodable { var step: Int }

  private static func keepLines(path: String, upTo step: Int) throws {
    guard let data = FileManager.default.contents(atPath: path), !data.isEmpty else { return }
    let kept = data.split(separator: UInt8(ascii: "\n")).filter { line in
      guard let parsed = try? JSONDecoder().decode(Line.self, from: line) else { return false }
      return parsed.step <= step
    }
    let text = kept.reduce(into: Data()) { $0 += $1 + Data("\n".utf8) }
    if text != data { try text.write(to: URL(fileURLWithPath: path), options: .atomic) }
  }
}

/// An evaluation as a line of `metrics.jsonl`.
struct EvaluationRecord: Encodable {
  var step: Int
  var result: EvaluationResult

  enum CodingKeys: String, CodingKey {
    case step, perplexity
    case validationLoss = "validation_loss"
    case bitsPerByte = "bits_per_byte"
    case tokenAccuracy = "token_accuracy"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(step, forKey: .step)
    try container.encode(result.loss, forKey: .validationLoss)
    try container.encode(result.bitsPerByte, forKey: .bitsPerByte)
    try container.encode(result.perplexity, forKey: .perplexity)
    try container.encode(result.tokenAccuracy, forKey: .tokenAccuracy)
  }
}
