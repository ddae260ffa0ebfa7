import Foundation
import ParablePlatform
import TestSupport
import Testing

/// The restart tests of climate models (CTSM's ERS, PEM and ERP) on drawn trainings: a restart, other
/// ranks, and a restart on other ranks change no bit of weights, moments and losses.
@Suite(.serialized) struct RestartPropertyTests {
  private let folder: TemporaryFolder
  private let worker: String
  private let launcher: String

  init() throws {
    folder = try TemporaryFolder()
    worker = try BuiltProduct.path("worker")
    launcher = try BuiltProduct.path("launcher")
    let made = try runProcess(
      worker, ["stories", "--count", "20", "--output", "c.txt", "--questions", "q.json"],
      in: folder.path)
    try #require(made.exitCode == 0, "\(made.errors)")
  }

  /// Runs a training on so many ranks; nil: the worker alone, without a launcher.
  private func train(_ command: String, ranks: Int?) throws {
    let words = command.split(separator: " ").map(String.init)
    let result =
      try ranks.map {
        try runProcess(launcher, ["-n", "\($0)"] + words, in: folder.path, timeout: 300)
      } ?? runProcess(worker, words, in: folder.path, timeout: 300)
    try #require(result.exitCode == 0, "\(ranks ?? 0) ranks, \(command): \(result.errors)")
  }

  /// The bits of what a training has come to, and the losses of its steps.
  private func outcome(_ run: String, step: Int) throws -> [String] {
    struct Line: Decodable {
      var step: Int?
      var loss: Double?
    }
    let name = "step-" + String(repeating: "0", count: 8 - "\(step)".count) + "\(step)"
    let digests = try ["model.safetensors", "optimizer.safetensors"].map {
      try SHA256.hexDigest(ofFile: folder.file("\(run)/checkpoints/\(name)/\($0)"))
    }
    let losses = try String(decoding: folder.read("\(run)/metrics.jsonl"), as: UTF8.self)
      .split(separator: "\n").filter { $0.contains("\"gradient_norm\"") }
      .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
      .map { "\($0.step ?? 0): \($0.loss ?? .nan)" }
    return digests + losses
  }

  /// Compares a training that is stopped and resumed on drawn numbers of ranks with the worker alone.
  private func expectSame(
    _ training: String, place: String, steps: Int, using random: inout SplitMix64, _ seed: UInt64
  ) throws {
    func drawn(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int(random.next() % UInt64(range.count))
    }
    let (first, second, stop) = (drawn(1...8), drawn(1...8), drawn(1...steps - 1))
    let words: Comment = "seed \(seed): \(training); \(first) ranks to step \(stop), then \(second)"
    try train("\(training) --\(place) whole", ranks: nil)
    try train("\(training) --\(place) parts --stop-after \(stop)", ranks: first)
    let command = training.split(separator: " ")[0]
    try train("\(command) --\(place) parts --resume", ranks: second)
    #expect(try outcome("whole", step: steps) == outcome("parts", step: steps), words)
    #expect(try outcome("parts", step: steps).count == 2 + steps, words)
    for run in ["whole", "parts"] { try FileManager.default.removeItem(atPath: folder.file(run)) }
  }

  @Test(arguments: 0..<4)
  func aDrawnPretrainingRestarts(_ draw: Int) throws {
    let seed = UInt64.random(in: 0..<1 << 32)
    var random = SplitMix64(seed: seed)
    func drawn(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int(random.next() % UInt64(range.count))
    }
    let (steps, microBatch, count) = (drawn(3...7), drawn(1...2), drawn(1...9))
    let training =
      "pretrain --corpus c.txt --layers \(drawn(1...2)) --width 16 --heads 2 --hidden \(drawn(9...24)) "
      + "--context \(drawn(9...16)) --batch \(microBatch * count) --micro-batch \(microBatch) "
      + "--vocabulary-size 300 --warmup-steps 1 --save-every \(drawn(1...4)) --steps \(steps) "
      + "--precision \(draw.isMultiple(of: 2) ? "fp32" : "bf16") "
      + "--optimizer \(draw < 2 ? "adamw" : "muon")"
    try expectSame(training, place: "run", steps: steps, using: &random, seed)
  }

  @Test func aDrawnFineTuningRestarts() throws {
    try train(
      "pretrain --corpus c.txt --run base --layers 1 --width 16 --heads 2 --hidden 24 --context 96 "
        + "--batch 1 --micro-batch 1 --vocabulary-size 300 --steps 1", ranks: nil)
    let seed = UInt64.random(in: 0..<1 << 32)
    var random = SplitMix64(seed: seed)
    let training =
      "finetune --model base --train q.json --dev q.json --epochs 2 --batch 7 --micro-batch 1 "
      + "--warmup-steps 1 --save-every 2"
    try train("\(training) --output probe", ranks: nil)
    let steps = try String(decoding: folder.read("probe/metrics.jsonl"), as: UTF8.self)
      .split(separator: "\n").count { $0.contains("\"gradient_norm\"") }
    try expectSame(training, place: "output", steps: steps, using: &random, seed)
  }
}
