import Foundation
import TestSupport
import Testing

/// `metrics.jsonl` of a whole training, as scripts read it.
@Suite struct MetricsFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @discardableResult
  private func run(_ command: String, ranks: Int = 1) throws -> ProcessResult {
    let words = command.split(separator: " ").map(String.init)
    let worker = try BuiltProduct.path("worker")
    let result =
      ranks == 1
      ? try runProcess(worker, words, in: folder.path)
      : try runUnderMPI(ranks: ranks, worker, words, in: folder.path)
    try #require(result.exitCode == 0, "\(command): \(result.errors)")
    return result
  }

  /// A network whose kernels take most of the time, in a debug build as well.
  private static let larger =
    "pretrain --corpus train.txt --validation held.txt --run run --width 128 --layers 1 --heads 2 "
    + "--hidden 256 --context 128 --batch 8 --micro-batch 4 --vocabulary-size 300 --evaluate-every 10 "
    + "--save-every 10"

  private func tellStories() throws {
    try run("stories --count 60 --output train.txt")
    try run("stories --count 4 --seed 9 --output held.txt")
  }

  private func lines() throws -> [[String: Any]] {
    try String(decoding: folder.read("run/metrics.jsonl"), as: UTF8.self)
      .split(separator: "\n").map {
        try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
  }

  /// One object per step and per evaluation, in order, with numbers that fit each other.
  @Test func hasALineForEveryStepAndEvaluation() throws {
    try tellStories()
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

  /// The table accounts for the time, on every number of ranks, and ends with what `sha256sum` says.
  @Test(arguments: [1, 2]) func theTableAtTheEndAccountsForTheTime(ranks: Int) throws {
    try tellStories()
    let result = try run(Self.larger + " --steps 20", ranks: ranks)
    let said = result.errors.split(separator: "\n").map(String.init)
    let title = try #require(said.firstIndex { $0.hasPrefix("training ") }, "\(result.errors)")
    let header = said[title...].prefix { $0 == said[title] || $0.hasPrefix("  ") }
    #expect(header.count == (ranks == 1 ? 11 : 12), "\(header)")
    let head = try #require(said.firstIndex { $0.hasPrefix("20 steps in ") }, "\(result.errors)")
    #expect(said.count - head == 14, "\(said[head...])")
    let end = try #require(try lines().last?["end"] as? [String: Any])
    let phases = try #require(end["phases"] as? [[String: Any]])
    let shares = try phases.map { try #require($0["share"] as? Double) }
    #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
    #expect(shares.dropLast().reduce(0, +) >= 0.97, "\(said[head...])")
    for (line, phase) in zip(said[(head + 1)...], phases) {
      let name = try #require(phase["phase"] as? String)
      #expect(line.hasPrefix("  \(name) "), "\(line)")
      let numbers = line.split(separator: " ").compactMap { Double($0) }
      for (number, key) in zip(numbers, ["minimum", "average", "maximum"]) {
        #expect(abs(number - (phase[key] as? Double ?? -1)) <= 0.0006, "\(line)")
      }
      #expect(numbers.count == 4, "\(line)")
    }
    let sum = try runProcess(
      "sha256sum", ["--tag", "run/checkpoints/step-00000020/model.safetensors"], in: folder.path)
    #expect(said.last == sum.output.split(separator: "\n").first.map(String.init))
    let model = try #require(end["model"] as? [String: String])
    #expect(sum.output.hasSuffix("= \(model["sha256"] ?? "none")\n"))
    let memory = try #require(end["peak_memory_bytes"] as? Int)
    #expect(memory > ranks * 10_000_000 && memory < ranks * 300_000_000)
  }

  /// Steps that are done again replace those that were; starts, resumes and ends are history.
  @Test func aResumeKeepsWhatIsOfNoStep() throws {
    try tellStories()
    try run(Self.larger + " --steps 20 --stop-after 10")
    // As if the job had been killed after two more steps and begun again before.
    let text = try String(decoding: folder.read("run/metrics.jsonl"), as: UTF8.self)
    let steps = [11, 12].map { "{\"loss\":9,\"step\":\($0)}\n" }.joined()
    try folder.write(text + steps, to: "run/metrics.jsonl")
    try run("pretrain --run run --resume --quiet")
    let kinds = try lines().map { line in
      ["resumed", "environment", "end", "validation_loss", "loss"].first { line[$0] != nil }
        ?? "none"
    }
    let ten = Array(repeating: "loss", count: 10) + ["validation_loss", "end"]
    #expect(kinds == ["environment"] + ten + ["resumed"] + ten)
    #expect(try lines().compactMap { $0["loss"] as? Double }.allSatisfy { $0 < 9 })
    let all = try lines()
    #expect(all.compactMap { ($0["end"] as? [String: Any])?["step"] as? Int } == [10, 20])
    let starts = all.compactMap { $0["environment"] as? [String: Any] }
    #expect(starts.compactMap { $0["steps"] as? [Int] } == [[1, 10], [11, 20]])
    #expect(
      starts.count == 2
        && starts[0]["digests"] as? [String: String] == starts[1]["digests"] as? [String: String])
  }

  @Test func aQuietTrainingSaysErrorsAlone() throws {
    try tellStories()
    let result = try run(Self.larger + " --steps 2 --quiet", ranks: 2)
    #expect(result.errors == "" && result.output == "run: run\n")
    #expect(try lines().count == 5)
    let again = try runProcess(
      BuiltProduct.path("worker"), Self.larger.split(separator: " ").map(String.init) + ["--quiet"],
      in: folder.path)
    #expect(again.exitCode == 1)
    #expect(again.errors.hasPrefix("worker: run: a run is there already"), "\(again.errors)")
  }
}
