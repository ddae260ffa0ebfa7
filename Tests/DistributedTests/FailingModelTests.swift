import Foundation
import TestSupport
import Testing

/// A disk that fails while a fine-tuning replaces the model that its folder has.
extension FailingDiskTests {
  private static let questions = ["--train", "q.json", "--dev", "q.json"]

  private func run(_ words: [String], _ environment: [String: String] = [:]) throws -> ProcessResult
  {
    try runProcess(
      BuiltProduct.path("worker"), words, environment: environment, in: folder.path)
  }

  /// The bytes of the files of a model, by their names, its manifest among them.
  private func model(_ name: String) throws -> [String: [UInt8]] {
    let names = try folder.names(name).filter { name in
      ["json", "safetensors"].contains { name.hasSuffix($0) } && !name.contains("predictions")
    }
    return Dictionary(
      uniqueKeysWithValues: try (names + ["SHA256SUMS"]).map {
        ($0, try folder.read("\(name)/\($0)"))
      })
  }

  /// Each call of the save fails once: one line, and the model that was there before, byte for byte.
  @Test func eachCallOfAModelsSaveLeavesTheOldOne() throws {
    let tune =
      ["finetune", "--model", "run", "--epochs", "1", "--batch", "8", "--grain", "2"]
      + Self.questions
    for words in [
      ["stories", "--count", "20", "--output", "s.txt", "--questions", "q.json"],
      ["pretrain", "--corpus", "s.txt", "--run", "run", "--steps", "1"] + Self.narrow
        + ["--layers", "1", "--heads", "2", "--context", "128", "--batch", "1", "--grain", "1"]
        + ["--vocabulary-size", "600"],
      tune + ["--output", "old"], tune + ["--output", "new", "--seed", "2"],
    ] {
      let result = try run(words)
      try #require(result.exitCode == 0, "\(result.errors)")
    }
    let (old, new) = (try model("old"), try model("new"))
    #expect(old["model.safetensors"] != new["model.safetensors"])
    // What a fine-tuning leaves that ended before its first checkpoint may be begun anew.
    for name in try folder.names("old") where old[name] == nil && name != "metrics.jsonl" {
      try FileManager.default.removeItem(atPath: folder.file("old/\(name)"))
    }
    try FileManager.default.createDirectory(
      atPath: folder.file("old/checkpoints"), withIntermediateDirectories: false)
    let stride = Self.stride / 3
    var kinds: Set<String> = []
    var number = 1
    while true {
      try copy("old", to: "out")
      let log = folder.file("failed-\(number)")
      let result = try run(
        tune + ["--output", "out", "--seed", "2"],
        FailingCalls.environment(below: folder.file("out"), number: number, log: log))
      let call = try #require(FailingCalls.failed(log).first)
      guard !call.path.contains("/checkpoints") else { break }
      kinds.insert(call.kind)
      let what = "call \(number), \(call.kind) of \(call.path)"
      #expect(result.exitCode == 1, "\(what): \(result.errors)")
      let lines = errors(result)
      #expect(lines.count == 1, "\(what): \(result.errors)")
      let path = call.path.replacing(folder.path + "/", with: "")
      #expect(
        lines.first?.contains("\(path): \(call.reason); ") == true, "\(what): \(result.errors)")
      #expect(try model("out") == old, "\(what)")
      #expect(!(try folder.names("out").contains(".writing-model")), "\(what)")
      number += stride
    }
    #expect(number > 50)
    #expect(stride > 1 || kinds == ["mkdir", "open", "write", "fsync", "rename"], "\(kinds)")
    try copy("old", to: "out")
    #expect(try run(tune + ["--output", "out", "--seed", "2"]).exitCode == 0)
    #expect(try model("out") == new)
  }
}
