import Foundation
import TestSupport
import Testing

/// What a training writes, as Hugging Face's transformers sees it.
@Suite struct TransformersTests {
  /// What both measure a text by.
  private struct Evaluation: Decodable {
    var loss: Double
    var perplexity: Double
    var bitsPerByte: Double
    var tokenAccuracy: Double
    var tokens: Int?
    var bytes: Int?
    var continuation: [Int]?
  }

  private struct ValidationLine: Decodable {
    var validationLoss: Double?
    var perplexity: Double?
    var bitsPerByte: Double?
    var tokenAccuracy: Double?
  }

  private struct Generated: Decodable {
    var newIds: [Int]
  }

  private let folder: TemporaryFolder

  private let decoder = JSONDecoder()

  init() throws {
    folder = try TemporaryFolder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
  }

  private func run(_ command: String) throws -> Data {
    let words = command.split(separator: " ").map(String.init)
    let result = try runProcess(BuiltProduct.path("worker"), words, in: folder.path)
    try #require(result.exitCode == 0, "\(command): \(result.errors)")
    return Data(result.output.utf8)
  }

  /// The checkpoint loads without a missing or superfluous tensor; its Llama in float64 finds the loss,
  /// the bits per byte and the accuracy that `worker evaluate` and the validation of the training say, and
  /// continues a text alike.
  @Test(.enabled(if: PythonPackages.has("torch", "transformers"), PythonPackages.comment))
  func findsTheSameInACheckpoint() throws {
    _ = try run("stories --count 150 --seed 5 --output train.txt")
    _ = try run("stories --count 6 --seed 6 --output held.txt")
    _ = try run(
      "pretrain --corpus train.txt --validation held.txt --run run --width 32 --layers 2 --heads 4 "
        + "--hidden 48 --context 48 --batch 8 --grain 4 --steps 30 --warmup-steps 3 "
        + "--vocabulary-size 400 --evaluate-every 30 --rope-theta 5000")
    let ours = try decoder.decode(
      Evaluation.self, from: run("evaluate --model run --corpus held.txt --json"))
    let script = SharedFixtures.packageRoot.appendingPathComponent("Scripts/check_transformers.py")
    let result = try runProcess(
      PythonPackages.python,
      [script.path, "run/checkpoints/step-00000030", "held.txt"], in: folder.path)
    try #require(result.exitCode == 0, "\(result.errors)")
    let theirs = try decoder.decode(Evaluation.self, from: Data(result.output.utf8))
    #expect(ours.tokens == theirs.tokens && ours.bytes == theirs.bytes)
    expectClose(
      [ours.loss, ours.perplexity, ours.bitsPerByte],
      [theirs.loss, theirs.perplexity, theirs.bitsPerByte], absolute: 0, relative: 1e-5)
    // One token of them may be decided by the last bit.
    let tokens = Double(try #require(theirs.tokens))
    #expect(abs(ours.tokenAccuracy - theirs.tokenAccuracy) * tokens < 1.5)
    let generated = try decoder.decode(
      Generated.self,
      from: run("generate --model run --prompt Once --tokens 8 --strategy greedy --json"))
    #expect(generated.newIds == theirs.continuation)

    let lines = String(decoding: try folder.read("run/metrics.jsonl"), as: UTF8.self)
    let validation = try lines.split(separator: "\n")
      .map { try decoder.decode(ValidationLine.self, from: Data($0.utf8)) }
      .filter { $0.validationLoss != nil }
    try #require(validation.count == 1)
    expectClose(
      [validation[0].validationLoss ?? 0, validation[0].bitsPerByte ?? 0],
      [theirs.loss, theirs.bitsPerByte], absolute: 0, relative: 1e-5)
    expectClose(
      [validation[0].perplexity ?? 0, validation[0].tokenAccuracy ?? 0],
      [ours.perplexity, ours.tokenAccuracy], absolute: 0, relative: 1e-9)
  }
}
