import Foundation
import TestSupport
import Testing

/// `metrics.jsonl` of a whole training, as scripts read it.
@Suite struct MetricsFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ command: String) throws {
    let words = command.split(separator: " ").map(String.init)
    let result = try runProcess(BuiltProduct.path("worker"), words, in: folder.path)
    try #require(result.exitCode == 0, "\(command): \(result.errors)")
  }

  private func lines() throws -> [[String: Any]] {
    try String(decoding: folder.read("run/metrics.jsonl"), as: UTF8.self)
      .split(separator: "\n").map {
        try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
  }

  /// One object per step and per evaluation, in order, with numbers that fit each other.
  @Test func hasALineForEveryStepAndEvaluation() throws {
    try run("stories --count 60 --output train.txt")
    try run("stories --count 4 --seed 9 --output held.txt")
    let start = ContinuousClock.now
    try run(
      "pretrain --corpus train.txt --validation held.txt --run run --width 16 --layers 1 --heads 2 "
        + "--hidden 24 --context 24 --batch 6 --grain 2 --steps 9 --warmup-steps 4 "
        + "--learning-rate 0.004 --minimum-learning-rate 0.001 --vocabulary-size 300 "
        + "--evaluate-every 4")
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let lines = try lines()
    let steps = lines.filter { $0["loss"] != nil }
    let evaluations = lines.filter { $0["validation_loss"] != nil }
    #expect(steps.compactMap { $0["step"] as? Int } == Array(1...9))
    #expect(evaluations.compactMap { $0["step"] as? Int } == [4, 8, 9])
    // An evaluation follows the step that it belongs to.
    let order = lines.filter { $0["loss"] != nil || $0["validation_loss"] != nil }
      .compactMap { $0["step"] as? Int }
    #expect(order == [1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 9])
    var total = 0.0
    for (index, line) in steps.enumerated() {
      func number(_ key: String) throws -> Double { try #require(line[key] as? Double, "\(key)") }
      #expect(line["tokens"] as? Int == (index + 1) * 6 * 24)
      let (seconds, speed) = (try number("seconds"), try number("tokens_per_second"))
      #expect(seconds > 0 && abs(speed * seconds - 6 * 24) < 1e-6)
      total += seconds
      #expect(try number("gradient_norm") > 0)
      // Linear up over 4 steps, then half a cosine down to 0.001 at the last one.
      let step = Double(index + 1)
      let rate =
        step <= 4
        ? 0.004 * step / 4 : 0.001 + 0.0015 * (1 + cos(Double.pi * (step - 4) / (9 - 4)))
      #expect(abs(try number("learning_rate") - rate) < 1e-9, "step \(step)")
    }
    #expect(total < elapsed)
    // At the start the network finds all ids about equally likely.
    #expect(abs(try #require(steps[0]["loss"] as? Double) - log(300.0)) < 0.3)
    for line in evaluations {
      func number(_ key: String) throws -> Double { try #require(line[key] as? Double, "\(key)") }
      let loss = try number("validation_loss")
      #expect(abs(try number("perplexity") / exp(loss) - 1) < 1e-9)
      #expect(0...1 ~= (try number("token_accuracy")))
      #expect(try number("bits_per_byte") < loss / log(2))
    }
  }
}
