import Foundation
import TestSupport
import Testing

/// `worker reproduce`: what was trained on two ranks is trained again, on others and from elsewhere.
@Suite struct ReproductionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder.withStories() }

  private func run(ranks: Int = 1, _ words: [String]) throws -> ProcessResult {
    let worker = try BuiltProduct.path("worker")
    return ranks == 1
      ? try runProcess(worker, words, in: folder.path)
      : try runUnderMPI(ranks: ranks, worker, words, in: folder.path)
  }

  /// A run named `run` of 24 steps.
  private func pretrain(_ more: [String] = []) throws {
    let result = try run(
      ranks: 2,
      ["pretrain", "--run", "run", "--corpus", "c.txt", "--validation", "c.txt", "--steps", "24"]
        + FailingDiskTests.sizes + FailingDiskTests.narrow + more)
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  private let step = "checkpoints/step-00000024"

  private func digest(_ path: String) throws -> String {
    let sum = try runProcess("sha256sum", [folder.file(path)]).output
    return String(sum.prefix(64))
  }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try folder.read(name), as: UTF8.self)
  }

  @Test func aRunIsReproducedOnOtherRanks() throws {
    try pretrain(["--save-every", "5", "--optimizer", "muon"])
    let sha256 = try digest("run/\(step)/model.safetensors")
    for ranks in [1, 3] {
      let result = try run(ranks: ranks, ["reproduce", "run", "--run", "again-\(ranks)"])
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(result.output.hasSuffix("the same, SHA-256 \(sha256)\n"), "\(result.output)")
      // The same training gives the same card.
      #expect(try text("again-\(ranks)/\(step)/README.md") == text("run/\(step)/README.md"))
    }
    let json = try run(["reproduce", "run", "--run", "again-1", "--resume", "--json"])
    #expect(json.exitCode == 0, "\(json.errors)")
    #expect(
      json.output
        == #"{"run":"again-1","same":true,"sha256":"\#(sha256)","steps":24}"# + "\n")
  }

  /// What another person gets: a checkpoint alone, and the texts in one folder.
  @Test func aCheckpointIsReproducedFromWhatItsCardSays() throws {
    try pretrain()
    let files = FileManager.default
    try files.createDirectory(
      atPath: folder.file("texts"), withIntermediateDirectories: false)
    try files.moveItem(atPath: folder.file("c.txt"), toPath: folder.file("texts/c.txt"))
    try files.moveItem(atPath: folder.file("run/\(step)"), toPath: folder.file("model"))
    try files.removeItem(atPath: folder.file("run"))
    // Of another training, which this folder has nothing to do with.
    try files.createDirectory(atPath: folder.file("other"), withIntermediateDirectories: false)
    try files.moveItem(atPath: folder.file("model"), toPath: folder.file("other/model"))
    try write(#"{"step":1,"loss":1.5,"gradient_norm":1.5,"seconds":1}"# + "\n", to: "metrics.jsonl")
    let model = "other/model"
    let card = try text("\(model)/README.md")
    let sha256 = try digest("\(model)/model.safetensors")
    #expect(card.hasPrefix("---\nlibrary_name: transformers\npipeline_tag: text-generation\n"))
    #expect(card.contains("| c.txt | `"))
    #expect(card.contains("bits per byte") && card.contains(sha256), "\(card)")
    // Nobody else's business.
    #expect(!card.contains(folder.path), "\(card)")
    let gone = try run(["reproduce", model, "--run", "none"])
    #expect(gone.exitCode == 1 && gone.errors.contains("c.txt: no such file"), "\(gone.errors)")
    // Whoever passes a model on has more to say in its card.
    try write(card + "\nLicence: none.\n", to: "\(model)/README.md")
    let result = try run(["reproduce", model, "--data", "texts", "--run", "again"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.hasSuffix("the same, SHA-256 \(sha256)\n"), "\(result.output)")
    #expect(result.errors.contains("\(model) has no metrics.jsonl with it"), "\(result.errors)")
  }

  @Test func theFirstStepThatDiffersIsNamed() throws {
    try pretrain()
    var lines = try text("run/metrics.jsonl").split(separator: "\n").map(String.init)
    let place = try #require(lines.firstIndex { $0.contains(#""step":17,"#) })
    let loss = try #require(lines[place].firstMatch(of: /"loss":([0-9.]+)/)).output.1
    lines[place] = lines[place].replacing(#""loss":\#(loss)"#, with: #""loss":1.25"#)
    try write(lines.joined(separator: "\n") + "\n", to: "run/metrics.jsonl")
    for ranks in [1, 2] {
      let result = try run(ranks: ranks, ["reproduce", "run", "--run", "again-\(ranks)"])
      #expect(result.exitCode == 1)
      let said = result.errors.split(separator: "\n").filter { $0.hasPrefix("worker: ") }
      #expect(
        said == [
          "worker: run/\(step): not reproduced: step 17 is the first that differs: its loss is "
            + "\(loss), and 1.25 in run/metrics.jsonl; look for what differs in version, "
            + "processor or settings"
        ], "\(result.errors)")
      #expect(!result.errors.contains("step 18/"), "\(result.errors)")
    }
  }

  @Test func otherWeightsAndInputsAreNamed() throws {
    try pretrain(["--seed", "2"])
    // As if it had been trained by the seed that it claims.
    let model = "run/\(step)"
    for (file, claim) in [("training.json", ("\"seed\" : 2", "\"seed\" : 3"))] {
      let before = try digest("\(model)/\(file)")
      let record = try text("\(model)/\(file)")
      try #require(record.contains(claim.0))
      try write(record.replacing(claim.0, with: claim.1), to: "\(model)/\(file)")
      let manifest = try digest("\(model)/manifest.json")
      let now = try digest("\(model)/\(file)")
      try write(
        try text("\(model)/manifest.json").replacing(before, with: now),
        to: "\(model)/manifest.json")
      try write(
        try text("\(model)/SHA256SUMS").replacing(before, with: now)
          .replacing(manifest, with: digest("\(model)/manifest.json")), to: "\(model)/SHA256SUMS")
    }
    let losses = try run(["reproduce", "run", "--run", "first"])
    #expect(losses.exitCode == 1)
    #expect(losses.errors.contains("step 1 is the first that differs"), "\(losses.errors)")
    try FileManager.default.removeItem(atPath: folder.file("run/metrics.jsonl"))
    let weights = try run(ranks: 2, ["reproduce", "run", "--run", "second"])
    #expect(weights.exitCode == 1)
    let sha256 = try digest("\(model)/model.safetensors")
    let here = try digest("second/\(step)/model.safetensors")
    #expect(
      weights.errors.contains(
        "its weights are others, SHA-256 \(sha256) there and \(here) here;"), "\(weights.errors)")
    try write(try text("c.txt") + "The end.\n", to: "c.txt")
    let inputs = try run(ranks: 2, ["reproduce", "run", "--run", "third"])
    #expect(inputs.exitCode == 1)
    #expect(
      inputs.errors.contains("not those of the training to repeat: c.txt; "), "\(inputs.errors)")
  }

  @Test func whatDoesNotSayHowItWasTrainedIsRefused() throws {
    try pretrain()
    let files = FileManager.default
    for (name, missing, reason) in [
      ("nothing", nil, "no such folder"),
      ("exported", "training.json", "it does not say how it was trained"),
      ("damaged", "optimizer.safetensors", "optimizer.safetensors"),
    ] {
      if let missing {
        try files.copyItem(atPath: folder.file("run/\(step)"), toPath: folder.file(name))
        try files.removeItem(atPath: folder.file("\(name)/\(missing)"))
      }
      let result = try run(["reproduce", name, "--run", "again"])
      #expect(result.exitCode == 1, "\(name)")
      let lines = result.errors.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].contains(reason), "\(name): \(result.errors)")
    }
    #expect(!files.fileExists(atPath: folder.file("again")))
  }

  @Test func aFineTuningIsReproduced() throws {
    for words in [
      ["stories", "--count", "20", "--output", "s.txt", "--questions", "q.json"],
      ["pretrain", "--corpus", "s.txt", "--run", "run", "--steps", "1"] + FailingDiskTests.narrow
        + ["--layers", "1", "--heads", "2", "--context", "128", "--batch", "1", "--grain", "1"]
        + ["--vocabulary-size", "600"],
      ["finetune", "--model", "run", "--epochs", "2", "--batch", "8", "--grain", "2"]
        + ["--train", "q.json", "--dev", "q.json", "--output", "answering"],
    ] {
      let result = try run(words)
      try #require(result.exitCode == 0, "\(result.errors)")
    }
    let card = try text("answering/README.md")
    #expect(card.contains("pipeline_tag: multiple-choice\n"), "\(card)")
    #expect(card.contains("of the dev questions right"), "\(card)")
    let result = try run(ranks: 2, ["reproduce", "answering", "--run", "again"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let sha256 = try digest("answering/model.safetensors")
    #expect(result.output.hasSuffix("the same, SHA-256 \(sha256)\n"), "\(result.output)")
    #expect(try text("again/README.md") == card)
    // The last weights are not the best ones.
    let last = try #require(try folder.names("answering/checkpoints").max())
    let checkpoint = "answering/checkpoints/\(last)"
    let ofCheckpoint = try run(["reproduce", checkpoint, "--run", "once-more"])
    #expect(ofCheckpoint.exitCode == 0, "\(ofCheckpoint.errors)")
    #expect(
      ofCheckpoint.output.hasSuffix(
        "the same, SHA-256 \(try digest("\(checkpoint)/model.safetensors"))\n"),
      "\(ofCheckpoint.output)")
    #expect(!ofCheckpoint.errors.contains("has no metrics.jsonl"), "\(ofCheckpoint.errors)")
  }
}
