import Foundation
import ParableFormats
import ParableModel
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

/// A model's folder is checked when it is read, whoever reads it.
@Suite struct ModelDirectoryTests {
  private let model: SmallModel

  init() throws { model = try SmallModel() }

  private func failure(loading: Bool = false, of path: String? = nil) -> String {
    do {
      let directory = try ModelDirectory(path: path ?? model.path)
      if loading { _ = try directory.loadParameters() }
      return "nothing"
    } catch {
      return "\(error)"
    }
  }

  @Test func aWholeModelIsRead() throws {
    let directory = try ModelDirectory(path: model.path)
    #expect(directory.configuration == SmallModel.configuration)
    #expect(directory.vocabulary.count == 257)
    _ = try directory.loadParameters()
    try Manifest.write(in: model.path)
    #expect(failure(loading: true) == "nothing")
  }

  @Test func aTokenizerWithMoreIDsThanTheNetworkIsRefused() throws {
    try SmallModel.vocabulary(count: 300).save(to: model.path)
    #expect(failure() == "nothing")
    try SmallModel.vocabulary(count: 301).save(to: model.path)
    #expect(failure().contains("its tokenizer has 301 ids and its network 300;"))
  }

  @Test(arguments: ["model.safetensors", "config.json", "tokenizer.json", "generation_config.json"])
  func oneFlippedBitIsFound(_ name: String) throws {
    try Manifest.write(in: model.path)
    var bytes = try model.folder.read(name)
    bytes[bytes.count - 3] ^= 64
    try model.folder.write(bytes, to: name)
    let tensor = name.hasSuffix(".safetensors") ? " in tensor model.norm.weight" : ""
    #expect(failure().contains("\(name) is not what was written\(tensor); "))
  }

  @Test func aManifestThatVouchesForTooLittleIsRefused() throws {
    try Manifest.write(in: model.path, of: ["config.json", "model.safetensors"])
    #expect(failure().contains("manifest.json does not list tokenizer.json"))
    try model.folder.write("{}", to: "manifest.json")
    #expect(failure().contains("it has no readable manifest.json"))
  }

  /// Who passes a model on may leave out what only a resumed training reads, or have another.
  @Test func whatAModelDoesNotNeedMayBeMissing() throws {
    try model.folder.write("moments", to: "optimizer.safetensors")
    try Manifest.write(in: model.path)
    try model.folder.write("others", to: "optimizer.safetensors")
    #expect(failure(loading: true) == "nothing")
    for name in ["optimizer.safetensors", "vocab.json", "generation_config.json"] {
      try FileManager.default.removeItem(atPath: model.folder.file(name))
    }
    #expect(failure(loading: true) == "nothing")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func weightsThatAreNoNumbersAreRefused(_ value: Float) throws {
    try model.writeWeights { $0.values[$0.values.count - 1] = value }
    #expect(
      failure(loading: true)
        .contains("model.safetensors: lm_head.weight has values that are not finite numbers;"))
  }

  @Test func shardsAreLoadedLikeOneFile() throws {
    let expected = try ModelDirectory(path: model.path).loadParameters()
    let isFirst = { (name: String) in name.contains("layers.0") || name.contains("embed") }
    try model.writeWeights(to: "model-1.safetensors", where: isFirst)
    try model.writeWeights(to: "model-2.safetensors", where: { !isFirst($0) })
    var map: [String: String] = [:]
    for entry in expected.view.layout.entries {
      let name = entry.huggingFaceName
      map[name] = isFirst(name) ? "model-1.safetensors" : "model-2.safetensors"
    }
    try model.folder.write(
      JSONEncoder().encode(["weight_map": map]), to: "model.safetensors.index.json")
    try FileManager.default.removeItem(atPath: model.folder.file("model.safetensors"))
    let found = try ModelDirectory(path: model.path).loadParameters()
    #expect(found.values.elementsEqual(expected.values))
    try FileManager.default.removeItem(atPath: model.folder.file("model-2.safetensors"))
    #expect(failure().contains("model-2.safetensors"))
  }

  /// Sizes that the weights do not have: refused before anything of that size is made.
  @Test(arguments: [
    ("num_hidden_layers", 1_000_000_000), ("num_hidden_layers", 3), ("hidden_size", 32),
    ("intermediate_size", 2_147_483_647), ("intermediate_size", Int.max), ("vocab_size", 1 << 40),
    ("vocab_size", 299), ("num_hidden_layers", 0), ("num_attention_heads", -2),
    ("max_position_embeddings", 0),
  ])
  func sizesThatTheWeightsDoNotHaveAreRefused(_ key: String, _ value: Int) throws {
    var changes: [String: Any?] = [key: value, "num_key_value_heads": nil, "head_dim": nil]
    changes["attention_dropout"] = 0
    try model.configure(changes)
    #expect(failure() != "nothing")
    #expect(failure().contains(model.path) && failure().count < 600)
  }

  /// It is said when the folder is opened, not when the weights are read.
  @Test func tensorsThatTheNetworkNeedsAreThereInTheirShapes() throws {
    try model.configure(["num_hidden_layers": 3])
    #expect(failure().contains("its configuration has 3 layers, its weights at most 2;"))
    try model.configure(["num_hidden_layers": 2])
    try model.writeWeights(where: { $0 != "model.norm.weight" })
    #expect(failure().contains("tensor model.norm.weight is missing;"))
  }

  @Test func textThatIsNoConfigurationIsNamed() throws {
    for text in ["", "[1]", "{", "null", "\u{FEFF}nothing"] {
      try model.folder.write(text, to: "config.json")
      #expect(failure().contains("config.json: it is not"), "\(text)")
    }
    try FileManager.default.removeItem(atPath: model.folder.file("config.json"))
    #expect(failure().contains("it has neither a config.json nor a checkpoint;"))
    #expect(mkfifo(model.folder.file("config.json"), 0o600) == 0)
    #expect(failure().contains("it is no regular file"))
    #expect(failure(of: model.folder.file("none")).contains("none: no such folder;"))
  }

  // A run is what its newest complete checkpoint is, for `--model` as for `--resume`.

  /// A run with whole models as the checkpoints of these steps.
  private func makeRun(_ steps: Int...) throws -> RunFolder {
    let run = RunFolder(model.folder.file("run"))
    try makeFolder(run.checkpoints)
    for step in steps {
      let path = run.checkpoint(step: step).path
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for file in try model.folder.names() where file != "run" {
        try FileManager.default.copyItem(atPath: model.folder.file(file), toPath: path + "/" + file)
      }
      for file in ["training.json", "optimizer.safetensors"] {
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path + "/" + file))
      }
      try Manifest.write(in: path)
      try DurableFile.write(RunFolder.checkpointName(step: step) + "\n", to: run.latest)
    }
    return run
  }

  @Test func evaluationAndTrainingMeanTheSameNewestCheckpoint() throws {
    let run = try makeRun(4, 12)
    // As after a crash between the two: whole, but not yet named.
    try DurableFile.write("step-00000004\n", to: run.latest)
    let newest = run.newest()
    #expect(newest.notes.isEmpty)
    #expect(try ModelDirectory(path: run.path).path == newest.checkpoint?.path)
    #expect(newest.checkpoint?.path == run.checkpoint(step: 12).path)
  }

  @Test func aDamagedNewestCheckpointIsSaidAndNotPassedOver() throws {
    let run = try makeRun(4, 12)
    let path = run.checkpoints + "/step-00000012/model.safetensors"
    try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    let said = failure(of: run.path)
    #expect(said.contains("step-00000012 is not complete: model.safetensors is not what"))
    #expect(said.contains("name a checkpoint, such as \(run.checkpoints)/step-00000004"))
    #expect(run.newest().checkpoint?.path == run.checkpoint(step: 4).path)
  }

  /// Only what a model is made of is read, and by one rank alone.
  @Test func momentsDoNotMatterToAModel() throws {
    let run = try makeRun(4, 12)
    let path = run.checkpoints + "/step-00000012/optimizer.safetensors"
    try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try ModelDirectory(path: run.path).path == run.checkpoint(step: 12).path)
    #expect(run.newest().checkpoint?.path == run.checkpoint(step: 4).path)
  }

  @Test(arguments: ["../../elsewhere", "", "step-4", "/etc", "step-00000099", "step-00000012/.."])
  func whatLatestNamesStaysWithinTheCheckpoints(_ text: String) throws {
    let run = try makeRun(4)
    try FileManager.default.copyItem(
      atPath: run.checkpoints + "/step-00000004", toPath: model.folder.file("elsewhere"))
    try DurableFile.write(text, to: run.latest)
    let said = failure(of: run.path)
    let what =
      text == "step-00000099" ? "names checkpoint \(text), which is missing" : "names no checkpoint"
    #expect(said.contains("\(run.latest) \(what);"), "\(said)")
    let (checkpoint, notes) = run.newest()
    #expect(checkpoint?.path == run.checkpoint(step: 4).path && notes.count == 1)
  }
}
