import Foundation
import ParablePlatform
import TestSupport
import Testing

/// Disks that are full, broken, limited or gone while a training saves: what was there stays as it was,
/// the reason is said once, and the training ends or goes on as it was told to.
@Suite(.serialized) struct FailingDiskTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder.withStories() }

  static let sizes = [
    "--layers", "1", "--heads", "2", "--context", "16", "--batch", "4", "--grain", "1",
    "--vocabulary-size", "300",
  ]
  static let narrow = ["--width", "16", "--hidden", "24"]

  /// Weights of more than a MiB: less is written by one rank alone.
  static let wide = ["--width", "128", "--hidden", "512"]

  /// Trains on so many ranks; a run that is not new goes on.
  @discardableResult
  private func pretrain(
    ranks: Int = 1, _ run: String, _ options: [String] = [], isNew: Bool = false,
    environment: [String: String] = [:]
  ) throws -> ProcessResult {
    let arguments =
      ["pretrain", "--run", folder.file(run)]
      + (isNew ? ["--corpus", folder.file("c.txt")] + Self.sizes : ["--resume"]) + options
      + (isNew && !options.contains("--width") ? Self.narrow : [])
    let worker = try BuiltProduct.path("worker")
    return ranks == 1
      ? try runProcess(worker, arguments, environment: environment)
      : try runUnderMPI(ranks: ranks, worker, arguments, environment: environment)
  }

  /// Weights and moments after the last step.
  private func state(_ run: String, step: Int) throws -> [String] {
    let name = "step-" + String(repeating: "0", count: 8 - "\(step)".count) + "\(step)"
    return try ["model", "optimizer"].map {
      try SHA256.hexDigest(ofFile: folder.file("\(run)/checkpoints/\(name)/\($0).safetensors"))
    }
  }

  /// Every checkpoint is whole, and nothing but checkpoints is there.
  private func expectWhole(_ run: String, leftovers: Bool = false, _ comment: String = "") throws {
    let names = try folder.names("\(run)/checkpoints")
    #expect(leftovers || names.allSatisfy { $0.hasPrefix("step-") }, "\(comment): \(names)")
    #expect(!names.isEmpty, "\(comment)")
    for name in names where name.hasPrefix("step-") {
      let result = try runProcess(
        BuiltProduct.path("worker"), ["verify", folder.file("\(run)/checkpoints/\(name)")])
      #expect(result.exitCode == 0, "\(comment): \(name): \(result.output)\(result.errors)")
    }
  }

  /// The lines of standard error that tell errors.
  func errors(_ result: ProcessResult) -> [String] {
    result.errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("worker: ") }
  }

  func copy(_ run: String, to other: String) throws {
    try? FileManager.default.removeItem(atPath: folder.file(other))
    let result = try runProcess("cp", ["-r", folder.file(run), folder.file(other)])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  // MARK: - Calls that fail

  /// Every third call, and fewer in debug builds, which are slower.
  ///
  /// The training that goes on past what fails sees each of them.
  static let stride = {
    #if DEBUG
    9
    #else
    3
    #endif
  }()

  /// Each call of a save, one after the other: one line with the file and the reason, earlier checkpoints as
  /// they were, and a resume that ends at the bits of a training without failures.
  @Test func eachCallOfASaveEndsTheTrainingInOneLine() throws {
    try pretrain("base", ["--steps", "6", "--save-every", "2", "--stop-after", "2"], isNew: true)
    try copy("base", to: "whole")
    try pretrain("whole")
    let expected = try state("whole", step: 6)
    var number = 1
    while true {
      let log = folder.file("failed-\(number)")
      try copy("base", to: "run")
      let result = try pretrain(
        "run", ["--stop-after", "4"],
        environment: FailingCalls.environment(below: folder.file("run"), number: number, log: log))
      guard let call = FailingCalls.failed(log).first else {
        #expect(result.exitCode == 0, "\(result.errors)")
        break
      }
      let what = "call \(number), \(call.kind) of \(call.path)"
      #expect(result.exitCode == 1, "\(what): \(result.errors)")
      let lines = errors(result)
      #expect(lines.count == 1, "\(what): \(result.errors)")
      #expect(
        lines.first?.contains("\(call.path): \(call.reason); ") == true, "\(what): \(result.errors)"
      )
      try expectWhole("run", what)
      let resumed = try pretrain("run")
      #expect(resumed.exitCode == 0, "\(what): \(resumed.errors)")
      #expect(try state("run", step: 6) == expected, "\(what)")
      try expectWhole("run", what)
      number += Self.stride
    }
    #expect(number > 50)
  }

  /// One training whose n-th save fails at its n-th call, on either of two ranks, goes on to the same bits.
  @Test(arguments: [0, 1])
  func aTrainingGoesOnPastEachCallThatFails(rank: Int) throws {
    let steps = rank == 0 ? 130 : 40
    let options = (rank == 0 ? [] : Self.wide) + ["--steps", "\(steps)"]
    try pretrain("whole", options, isNew: true)
    let log = folder.file("failed")
    let result = try pretrain(
      ranks: 2, "run", options + ["--save-every", "1", "--on-save-error", "continue"],
      isNew: true,
      environment: FailingCalls.environment(
        below: folder.file("run"), number: nil, rank: rank, log: log))
    #expect(result.exitCode == 0, "\(result.errors)")
    let calls = FailingCalls.failed(log)
    // Otherwise some are not reached.
    #expect(calls.count > (rank == 0 ? 50 : 2) && calls.count < steps, "\(calls.count)")
    // A save has its files, each written, synced and renamed with its folder, and its two of tensors.
    let kinds: Set = ["mkdir", "open", "write", "pwrite", "ftruncate", "fsync", "rename"]
    #expect(rank == 1 || Set(calls.map(\.kind)) == kinds)
    let notes = result.errors.split(separator: "\n").map(String.init).filter {
      $0.contains("; going on")
    }
    #expect(notes.count == calls.count, "\(result.errors)")
    for (call, note) in zip(calls, notes) {
      #expect(note.contains("\(call.path): \(call.reason); "), "\(call): \(note)")
    }
    #expect(errors(result).isEmpty, "\(result.errors)")
    try expectWhole("run", "rank \(rank)")
    #expect(try state("run", step: steps) == state("whole", step: steps))
    // No line of the log is lost or in pieces.
    let lines = try String(contentsOfFile: folder.file("run/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").filter { $0.contains("\"gradient_norm\"") }
    #expect(lines.count == steps)
  }

  /// What fails on another rank than the first is said once, and ends all.
  @Test func aCallThatFailsOnTheSecondRankEndsTheJobInOneLine() throws {
    try pretrain(
      "base", Self.wide + ["--steps", "4", "--save-every", "2", "--stop-after", "2"], isNew: true)
    try copy("base", to: "whole")
    try pretrain("whole")
    for number in 1...3 {
      let log = folder.file("failed-\(number)")
      try copy("base", to: "run")
      let result = try pretrain(
        ranks: 2, "run",
        environment: FailingCalls.environment(
          below: folder.file("run"), number: number, rank: 1, log: log))
      let call = try #require(FailingCalls.failed(log).first)
      #expect(result.exitCode != 0)
      #expect(errors(result).count == 1, "\(result.errors)")
      #expect(
        errors(result).first?.hasPrefix("worker: rank 1: \(call.path): \(call.reason); ") == true,
        "\(result.errors)")
      try expectWhole("run", "call \(number)")
      try pretrain("run")
      #expect(try state("run", step: 4) == state("whole", step: 4))
    }
  }

  /// A disk that writes other bytes than it was given, without a word: the checkpoint before stays.
  @Test(arguments: ["write", "pwrite"])
  func whatADiskHasWrittenWronglyIsFound(kind: String) throws {
    let options = ["--steps", "6", "--save-every", "2", "--keep-checkpoints", "1"]
    try pretrain("base", options + ["--stop-after", "2"], isNew: true)
    try copy("base", to: "whole")
    try pretrain("whole")
    let expected = try state("whole", step: 6)
    var found: Set<String> = []
    for number in 1... {
      let log = folder.file("failed-\(number)")
      try copy("base", to: "run")
      let result = try pretrain(
        "run", ["--stop-after", "4"],
        environment: FailingCalls.silently(
          below: folder.file("run"), number: number, kind: kind, log: log))
      guard let call = FailingCalls.failed(log).first else { break }
      // The log is of no consequence for what it tells of.
      if call.path.hasSuffix("/metrics.jsonl") { continue }
      let lines = errors(result)
      #expect(result.exitCode == 1 && lines.count == 1, "\(call): \(result.errors)")
      let reason =
        kind == "write" ? "\(call.path): input/output error; " : "are not what was written there; "
      #expect(lines.first?.contains(reason) == true, "\(call): \(result.errors)")
      try expectWhole("run", "\(call)")
      #expect(try pretrain("run").exitCode == 0)
      #expect(try state("run", step: 6) == expected, "\(call)")
      found.insert(String(call.path.split(separator: "/").last ?? ""))
    }
    let tensors: Set = ["model.safetensors", "optimizer.safetensors"]
    let others: Set = [
      "config.json", "generation_config.json", "merges.txt", "tokenizer.json",
      "tokenizer_config.json", "training.json", "vocab.json", "README.md", "manifest.json",
      "SHA256SUMS", "latest",
    ]
    #expect(found == (kind == "write" ? others : tensors))
  }

  /// Before the first step, too: what was prepared by half is prepared again.
  @Test func eachCallOfTheBeginningEndsTheTrainingInOneLine() throws {
    let options = ["--steps", "2"]
    try pretrain("whole", options, isNew: true)
    let expected = try state("whole", step: 2)
    var number = 1
    while true {
      let log = folder.file("failed-\(number)")
      try? FileManager.default.removeItem(atPath: folder.file("run"))
      let result = try pretrain(
        "run", options, isNew: true,
        environment: FailingCalls.environment(
          below: folder.file("run"), number: number, fromStart: true, log: log))
      guard let call = FailingCalls.failed(log).first, !call.path.contains("/.writing-") else {
        break
      }
      let what = "call \(number), \(call.kind) of \(call.path)"
      number += 1
      // The lock holds without the words in it, and a folder that is there need not be made.
      if call.path.hasSuffix("/lock") && call.kind != "open"
        || call.kind == "mkdir" && call.path == folder.file("run") && number > 2
      {
        #expect(result.exitCode == 0, "\(what): \(result.errors)")
        continue
      }
      #expect(result.exitCode == 1, "\(what): \(result.errors)")
      let lines = errors(result)
      #expect(lines.count == 1, "\(what): \(result.errors)")
      #expect(
        lines.first?.contains("\(call.path): \(call.reason); ") == true, "\(what): \(result.errors)"
      )
      // What could be trained before the log's failure ended it is saved.
      let isSaved = FileManager.default.fileExists(atPath: folder.file("run/latest"))
      let again = try pretrain("run", isSaved ? [] : options, isNew: !isSaved)
      #expect(again.exitCode == 0, "\(what): \(again.errors)")
      #expect(try state("run", step: 2) == expected, "\(what)")
    }
    #expect(number > 30)
  }
}
