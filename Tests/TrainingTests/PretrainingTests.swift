import Foundation
import ParableCollective
import ParableCorpus
import ParableFormats
import ParableModel
import ParablePlatform
import ParableTokenization
import ParableTraining
import TestSupport
import Testing

/// Whole pre-trainings in this process: what they leave, what ends them, what they go on from.
@Suite struct PretrainingTests {
  private let training: SmallRun

  init() throws { training = try SmallRun() }

  // MARK: Evaluations

  @Test func aPerplexityTooLargeToBeANumberIsNullAndTheRunGoesOn() throws {
    let corpus = try String(contentsOfFile: training.settings.corpus[0], encoding: .utf8)
    training.settings.validation = try training.folder.write(corpus, to: "v.txt")
    training.settings.learningRate = 0
    try training.train(stopAfter: 2)
    try training.changeWeights(of: 2) { view in
      let output = view.layout.entries.first { $0.huggingFaceName == "lm_head.weight" }
      for index in output?.range ?? 0..<0 { view.values[index] *= 1e6 }
    }
    try training.train(resuming: true)
    let last = try #require(try training.evaluations().last)
    #expect((last["validation_loss"] as? Double ?? 0) > 709.8)
    #expect(last["perplexity"] is NSNull && last["bits_per_byte"] is Double)
    #expect(FileManager.default.fileExists(atPath: training.checkpoint(4)))
  }

  @Test func anEvaluationThatIsNoNumberEndsTheRunInOneLine() throws {
    training.settings.validation = try training.folder.write("A cat # a mat", to: "v.txt")
    training.settings.learningRate = 0
    training.settings.evaluateEvery = 3
    try training.train(stopAfter: 2)
    // A token that the corpus does not have: only the validation reads its embedding.
    try training.changeWeights(of: 2) { $0.overflow(after: 1 + Int(UInt8(ascii: "#"))) }
    let before = try #require(training.run.newest().checkpoint).path
    do {
      try training.train(resuming: true)
      Issue.record("it went on")
    } catch TrainingError.notFinite(let step, let what) {
      #expect(step == 3 && what == "validation loss")
    }
    let last = try #require(try training.evaluations().last)
    #expect(last["validation_loss"] is NSNull && last["perplexity"] is NSNull)
    #expect(training.run.newest().checkpoint?.path == before)
  }

  /// The documents of the micro-batch that spoils a step are named, and can be passed by.
  @Test func whatSpoilsAStepIsNamed() throws {
    let text = (1...40).map { $0 == 23 ? "A dog # a mat." : "Cat number \($0) sat on a mat." }
    training.settings.corpus = [
      try training.folder.write(text.joined(separator: "<|endoftext|>"), to: "corpus.txt")
    ]
    training.settings.learningRate = 0
    (training.settings.steps, training.settings.saveEvery) = (200, 1000)
    training.settings.maximumSkipped = 1
    try training.train(stopAfter: 1)
    // Only what is predicted after this byte is infinite.
    try training.changeWeights(of: 1) { $0.overflow(after: 1 + Int(UInt8(ascii: "#"))) }
    let failure = training.failure()
    #expect(isMessage(failure))
    let form =
      #/
      step\ (\d+):\ the\ loss\ of\ micro-batch\ ([12])\ is\ not\ a\ finite\ number,\ and\ no\ step\ could\ be
      \ made\ \(micro-batch\ ([12]):\ tokens\ (\d+)\ to\ (\d+)\ of\ (documents?.*)\ \("(.*)"\)\);.*
      /#
    let found = try #require(try form.wholeMatch(in: failure), "\(failure)")
    #expect(found.2 == found.3)
    // By counting in the text: one of its documents is the one with that byte.
    let numbers = found.6.matches(of: /\d+/).compactMap { Int($0.0) }
    #expect(numbers.first.map { $0 <= 23 } == true && numbers.last.map { $0 >= 23 } == true)
    #expect(text[(numbers.first ?? 1) - 1].hasPrefix(found.7), "\(failure)")
    let tokens = try TokenFile(
      path: training.run.path + "/tokens/training.u16", width: .u16
    ).ids(0..<(Int(found.5) ?? 0) + 1)
    // The special token is the first id.
    let before = tokens.prefix(Int(found.4) ?? 0).count { $0 == 0 }
    #expect(before + 1 == numbers.first)
    let line = try #require(try training.metrics().first { $0["skipped"] != nil })
    #expect(line["step"] as? Int == Int(found.1) && line["loss"] is NSNull)
  }

  @Test func aValidationTextWithoutBytesHasNoBitsPerByte() throws {
    let only = String(repeating: "<|endoftext|>", count: 50)
    training.settings.validation = try training.folder.write(only, to: "only.txt")
    try training.train()
    let last = try #require(try training.evaluations().last)
    #expect(last["bits_per_byte"] is NSNull && last["validation_loss"] is Double)
    #expect(FileManager.default.fileExists(atPath: training.checkpoint(4)))
  }

  /// What was trained is saved before the failure to write about it ends the run.
  @Test func fullMetricsLoseNoCheckpoint() throws {
    try makeFolder(training.run.path)
    try FileManager.default.createSymbolicLink(
      atPath: training.run.metrics, withDestinationPath: "/dev/full")
    training.settings.steps = 1
    let failure = training.failure(resuming: false)
    #expect(failure.lowercased().contains("no space left on device"), "\(failure)")
    #expect(failure.contains(training.run.metrics))
    #expect(FileManager.default.fileExists(atPath: training.checkpoint(1)))
  }

  // MARK: What a resumed run goes on with

  @Test func resumingIsExactAndSaysNothingOfIt() throws {
    try training.train()
    let expected = try training.digest(training.checkpoint(4) + "/optimizer.safetensors")
    try FileManager.default.removeItem(atPath: training.run.path)
    try training.train(stopAfter: 2)
    try training.train(resuming: true)
    #expect(try training.digest(training.checkpoint(4) + "/optimizer.safetensors") == expected)
    #expect(!training.notes.contains { $0.contains("not") }, "\(training.notes)")
    try training.train(resuming: true)
    #expect(training.notes == ["nothing left to do: the run has made 4 of 4 steps"])
  }

  /// The texts are those of the first start, also from another working directory.
  @Test func pathsAreStoredFromTheRoot() throws {
    let name = URL(fileURLWithPath: training.settings.corpus[0]).path
    var settings = training.settings
    settings.corpus = ["a.txt", name]
    settings.validation = "b/v.txt"
    settings.tokenizer = "../t"
    settings.settle()
    let here = FileManager.default.currentDirectoryPath
    #expect(settings.corpus == [here + "/a.txt", name])
    #expect(settings.validation == here + "/b/v.txt" && settings.tokenizer == here + "/../t")
  }

  @Test(arguments: [
    ("microBatch", 0), ("microBatch", 3), ("batch", 0), ("batch", -8), ("saveEvery", 0),
    ("evaluateEvery", -1), ("keepCheckpoints", 0), ("context", 0), ("heads", 3), ("layers", -1),
    ("steps", 0),
  ])
  func settingsThatCannotBeAreRefusedWhereTheyAreRead(_ name: String, _ value: Int) throws {
    try training.train(stopAfter: 2)
    try training.changeSettings(of: 2, [name: value])
    let failure = training.failure()
    #expect(failure.hasPrefix(training.checkpoint(2) + "/training.json: its "), "\(failure)")
    #expect(failure.contains(" cannot be "))
  }

  @Test func trainingFilesThatCannotBeUnderstoodSayWhy() throws {
    try training.train(stopAfter: 2)
    try training.changeSettings(of: 2, ["batch": "two"])
    #expect(training.failure().contains("training.json: its settings.batch cannot be"))
    try training.changeSettings(of: 2, ["batch": 2])
    try training.changeSettings(of: 2, ["step": -4], in: nil)
    #expect(training.failure().contains("training.json: its step is -4"))
    try Data("{}".utf8).write(to: URL(fileURLWithPath: training.checkpoint(2) + "/training.json"))
    try Manifest.write(in: training.checkpoint(2))
    #expect(training.failure().contains("training.json: it has no step"))
  }

  /// Before anything of the size that the settings have is made: no machine has the memory.
  @Test(arguments: [
    (["width": 1 << 16, "hidden": 1 << 18], "model.embed_tokens.weight"),
    (["hidden": 1 << 18], "model.layers.0.mlp.gate_proj.weight"),
    (["layers": 1 << 12], "its configuration has 4096 layers, its weights at most 1"),
  ])
  func sizesOfTheSettingsAreComparedWithTheWeights(
    _ sizes: [String: Int], _ words: String
  ) throws {
    try training.train(stopAfter: 2)
    try training.changeSettings(of: 2, sizes)
    let failure = training.failure()
    #expect(failure.hasPrefix(training.checkpoint(2)), "\(failure)")
    #expect(failure.contains(words), "\(failure)")
  }

  @Test func aForeignTokenizerOfTheRunIsAnError() throws {
    try training.train(stopAfter: 2)
    let file = training.run.tokenizer + "/tokenizer.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let swapped = text.replacingOccurrences(of: "\"E\":", with: "\"\u{1}\":")
      .replacingOccurrences(of: "\"A\":", with: "\"E\":")
      .replacingOccurrences(of: "\"\u{1}\":", with: "\"A\":")
    try #require(swapped != text)
    try Data(swapped.utf8).write(to: URL(fileURLWithPath: file))
    let failure = training.failure()
    #expect(failure.hasPrefix("\(training.run.tokenizer): it is not the tokenizer"), "\(failure)")
    #expect(failure.contains("of \(training.checkpoint(2)) there"))
    try FileManager.default.removeItem(atPath: training.run.tokenizer)
    #expect(training.failure() == failure)
  }

  @Test(arguments: [UInt8(0), 255])
  func aDamagedTokenFileIsMadeAgainOrNamed(_ byte: UInt8) throws {
    try training.train()
    let expected = try training.digest(training.checkpoint(4) + "/optimizer.safetensors")
    try FileManager.default.removeItem(atPath: training.run.path)
    try training.train(stopAfter: 2)
    let file = training.run.tokens + "/training.u16"
    let whole = try Data(contentsOf: URL(fileURLWithPath: file))
    let damaged = Data(repeating: byte, count: whole.count)
    try damaged.write(to: URL(fileURLWithPath: file))
    try training.train(resuming: true, stopAfter: 3)
    #expect(
      training.notes.contains { $0.contains("\(file): it is not what was written; encoding") })
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == whole)
    // Without the text there is nothing to make it of.
    let corpus = training.settings.corpus[0]
    try damaged.write(to: URL(fileURLWithPath: file))
    try FileManager.default.moveItem(atPath: corpus, toPath: corpus + ".away")
    #expect(training.failure().hasPrefix("\(file): it is not what was written, and \(corpus)"))
    try whole.write(to: URL(fileURLWithPath: file))
    try training.train(resuming: true)
    #expect(try training.digest(training.checkpoint(4) + "/optimizer.safetensors") == expected)
  }

  /// Records of before there was a digest of the ids: what the tokenizer lacks is found all the same.
  @Test func aDamagedTokenFileWithoutADigestIsMadeAgain() throws {
    try training.train(stopAfter: 2)
    let state = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: training.checkpoint(2) + "/training.json")))
    var progress = try #require((state as? [String: Any])?["progress"] as? [String: Any])
    var record = try #require(progress["preparation"] as? [String: Any])
    var text = try #require(record["training"] as? [String: Any])
    try #require(text.removeValue(forKey: "tokenDigest") != nil)
    record["training"] = text
    progress["preparation"] = record
    try training.changeSettings(of: 2, ["progress": progress], in: nil)
    let file = URL(fileURLWithPath: training.run.tokens + "/training.u16")
    let whole = try Data(contentsOf: file)
    try Data(repeating: 255, count: whole.count).write(to: file)
    try training.train(resuming: true, stopAfter: 3)
    #expect(try Data(contentsOf: file) == whole)
  }

  /// The checkpoint knows the texts too: a run whose tokens are gone does not take another text.
  @Test func aChangedTextIsNoticedWithoutPreparedTokens() throws {
    try training.train(stopAfter: 2)
    try FileManager.default.removeItem(atPath: training.run.tokens)
    try training.train(resuming: true, stopAfter: 3)
    #expect(!training.notes.contains { $0.contains("missing") }, "\(training.notes)")
    try FileManager.default.removeItem(atPath: training.run.tokens)
    let corpus = training.settings.corpus[0]
    try training.folder.write(training.folder.read("corpus.txt") + [65], to: "corpus.txt")
    #expect(
      training.failure().hasPrefix(
        "\(training.run.path): not as it was at the checkpoint: \(corpus);"))
    // Nor does a checkpoint of the version before, which knows the text as a whole.
    try training.makeOld(3)
    #expect(training.failure().contains(": \(corpus);"))
    try training.train(resuming: true, allowingChanges: true)
    #expect(training.notes.contains("going on although it is not as it was: \(corpus)"))
    let line = try #require(training.metrics().last { $0["resumed"] != nil }?["resumed"])
    #expect((line as? [String: Any])?["changed"] as? [String] == [corpus])
    #expect((line as? [String: Any])?["step"] as? Int == 3)
  }

  @Test func aCheckpointOfTheVersionBeforeIsResumed() throws {
    try training.train()
    let expected = try training.digest(training.checkpoint(4) + "/optimizer.safetensors")
    try FileManager.default.removeItem(atPath: training.run.path)
    try training.train(stopAfter: 2)
    try training.makeOld(2)
    try training.train(resuming: true)
    #expect(try training.digest(training.checkpoint(4) + "/optimizer.safetensors") == expected)
  }

  /// Every file that was learned from is listed by its name, and every start is logged.
  @Test func inputsAndStartsAreRecorded() throws {
    let corpus = training.settings.corpus[0]
    let more = try training.folder.write("Some more of it.", to: "more.txt")
    let validation = try training.folder.write("A cat on a mat.", to: "validation.txt")
    try training.train(stopAfter: 1)
    training.settings.tokenizer = training.folder.file("tokenizer")
    try FileManager.default.moveItem(
      atPath: training.run.tokenizer, toPath: training.folder.file("tokenizer"))
    try FileManager.default.removeItem(atPath: training.run.path)
    training.settings.corpus = [corpus, more]
    training.settings.validation = validation
    try training.train(stopAfter: 2)
    let tokenizer = training.folder.file("tokenizer/tokenizer.json")
    for (path, name) in [
      (more, "more.txt"), (validation, "validation.txt"), (tokenizer, "tokenizer/tokenizer.json"),
    ] {
      let before = try training.folder.read(name)
      try training.folder.write(before + [32], to: name)
      #expect(training.failure().contains("checkpoint: \(path); restore"), "\(path)")
      try training.folder.write(before, to: name)
    }
    try training.train(resuming: true)
    let starts = try training.metrics().filter { $0["environment"] != nil }
    #expect(starts.count == 2 && starts.allSatisfy { $0["environment"] is [String: Any] })
    #expect(starts[0]["resumed"] == nil && starts[1]["resumed"] is [String: Any])
    #expect(try training.metrics().compactMap { $0["loss"] }.count == 4)
  }

  // MARK: Folders

  @Test func whatAnEndedProcessLeftIsDeletedAtTheNextStart() throws {
    try training.train(stopAfter: 2)
    let left = [training.run.path + "/latest.1-0.partial", training.checkpoint(9)]
      .map { $0.replacingOccurrences(of: "/step-", with: "/.writing-step-") }
    for path in left { try makeFolder(path) }
    try training.train(resuming: true)
    #expect(left.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
  }

  @Test func aRunFolderThatIsTakenAwayIsAnError() throws {
    let training = training
    #expect {
      try training.train { event in
        if case .step(let record) = event, record.step == 2 {
          try? FileManager.default.removeItem(atPath: training.run.path)
        }
      }
    } throws: {
      "\($0)".hasPrefix("\(training.run.path): the folder is gone; ")
    }
    #expect(!FileManager.default.fileExists(atPath: training.run.path))
  }

  @Test func whatTheSystemSaysOfACheckpointIsSaid() throws {
    let training = training
    #expect {
      try training.train { event in
        if case .step(let record) = event, record.step == 2 {
          try? FileManager.default.removeItem(atPath: training.run.checkpoints)
          try? Data().write(to: URL(fileURLWithPath: training.run.checkpoints))
        }
      }
    } throws: {
      "\($0)".hasPrefix("\(training.run.checkpoints)/.writing-step-00000004: ")
        && !"\($0)".contains("gone")
    }
  }

  @Test func whatTheRunWillDoIsSaidAtItsStart() throws {
    training.settings.saveEvery = 2
    training.settings.warmupSteps = 100
    try training.train()
    #expect(
      training.header.suffix(2) == [
        "  data           4 steps of 16 tokens = 0.1 passes over 640",
        "  checkpoints    2 to come, of 0.1 MB; all stay, 0.1 MB; with --keep-checkpoints N the "
          + "newest N do",
      ])
    let all = training.notes.joined(separator: "\n")
    #expect(all.contains("the learning rate rises through all 4 steps and never falls"), "\(all)")
  }

  /// A network may have as many ids as a tokenizer, so that its bound is found before a corpus is
  /// read for more.
  @Test func vocabulariesOfNetworksAndTokenizersHaveOneBound() throws {
    _ = try MergeTrainer(vocabularySize: SizeBounds.vocabulary)
    #expect(throws: TokenizationError.self) {
      try MergeTrainer(vocabularySize: SizeBounds.vocabulary + 1)
    }
  }

  @Test func settingsThatContradictThemselvesAreRefused() throws {
    training.settings.minimumLearningRate = 1
    #expect(training.failure(resuming: false).contains("minimum-learning-rate"))
    training.settings.minimumLearningRate = nil
    for (name, start) in [
      ("gzip", [0x1F, 0x8B, 8] as [UInt8]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD]),
      ("zip archive", [0x50, 0x4B, 3, 4]), ("UTF-16", [0xFF, 0xFE, 65, 0]),
    ] {
      training.settings.corpus = [try training.folder.write(start, to: "other.txt")]
      #expect(training.failure(resuming: false).contains("other.txt: it is "), "\(name)")
      #expect(training.failure(resuming: false).contains(name))
    }
  }

  /// Looking at how it begins must not wait for somebody who writes into it.
  @Test(.timeLimit(.minutes(1))) func aPipeIsNoCorpus() throws {
    let pipe = training.folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    training.settings.corpus = [pipe]
    #expect(training.failure(resuming: false).contains("pipe: it is no regular file"))
  }
}
