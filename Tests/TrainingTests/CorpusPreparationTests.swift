import Foundation
import ParableCollective
import ParableCorpus
import ParablePlatform
import ParableTokenization
import ParableTraining
import TestSupport
import Testing

@Suite struct CorpusPreparationTests {
  /// Text with everything that is hard to cut, a few shards long.
  private func corpus() -> [UInt8] {
    var state: UInt64 = 3
    let fragments =
      ["the", " cat", " dog", "'s", "  ", "\n", "é", "日本", " ran", ".", "<|endoftext|>", " 42"]
      .map { Array($0.utf8) } + [[0xFF], Array(repeating: 97, count: 300)]
    return (0..<800).flatMap { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return fragments[Int(state >> 33) % fragments.count]
    }
  }

  private func files(of folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      files[name] = [UInt8](FileManager.default.contents(atPath: folder + "/" + name) ?? Data())
    }
    return files
  }

  @Test func anyNumberOfRanksLearnsAndEncodesTheSame() throws {
    let folder = try TemporaryFolder()
    let text = corpus()
    let paths = [
      try folder.write(text, to: "a.txt"), try folder.write(text.reversed(), to: "b.txt"),
    ]
    let reader = try DocumentReader(paths: paths, shardLength: 1024)
    var vocabularies: [Vocabulary] = []
    for ranks in [1, 2, 3, 4, 8] {
      let output = folder.file("\(ranks).u16")
      let results = try ThreadedCommunicator.run(ranks: ranks) { communicator in
        let tokenizer = CollectiveTokenizer(communicator: communicator, reader: reader)
        let learned = try tokenizer.learn(vocabularySize: 400)
        let encoded = try tokenizer.encode(with: learned.vocabulary, into: output)
        return (learned.vocabulary, learned.invalidBytes, encoded, try tokenizer.digests().whole)
      }
      vocabularies += results.map(\.0)
      #expect(results.allSatisfy { $0.1 == results[0].1 && $0.2 == results[0].2 })
      #expect(Set(results.map(\.3)).count == 1)
      #expect(results[0].1 == results[0].2.invalidBytes && results[0].1 > 0)
    }
    #expect(vocabularies.allSatisfy { $0 == vocabularies[0] })
    #expect(vocabularies[0].count == 400)
    let encoder = Encoder(vocabularies[0])
    let expected = encoder.encode(text) + encoder.encode(Array(text.reversed()))
    for ranks in [1, 2, 3, 4, 8] {
      let file = try TokenFile(path: folder.file("\(ranks).u16"), width: .u16)
      #expect(file.ids(0..<file.count) == expected)
    }
    #expect(try folder.names().allSatisfy { !$0.contains("partial") })
  }

  @Test func shardsAndTheOrderOfFilesDoNotDecideTheMerges() throws {
    let folder = try TemporaryFolder()
    let text = corpus()
    let paths = [
      try folder.write(text, to: "a.txt"), try folder.write(text.prefix(3000), to: "b.txt"),
    ]
    let vocabularies = try [paths, paths.reversed()].flatMap { paths in
      try [512, 4096, 1 << 20].map { shardLength in
        let reader = try DocumentReader(paths: paths, shardLength: shardLength)
        return try CollectiveTokenizer(communicator: SoloCommunicator(), reader: reader)
          .learn(vocabularySize: 350).vocabulary
      }
    }
    #expect(vocabularies.allSatisfy { $0 == vocabularies[0] })
  }

  private func settings(
    _ corpus: String, validation: String? = nil, tokenizer: String? = nil, vocabularySize: Int
  ) -> PretrainingSettings {
    var settings = PretrainingSettings()
    settings.corpus = [corpus]
    (settings.validation, settings.tokenizer) = (validation, tokenizer)
    settings.vocabularySize = vocabularySize
    return settings
  }

  @Test func aRunReusesWhatItPreparedAndNoticesAChangedCorpus() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.file("run"))
    let path = try folder.write(corpus(), to: "a.txt")
    let validation = try folder.write("the cat ran.<|endoftext|>", to: "v.txt")
    func prepare(_ size: Int, ranks: Int, resuming: Bool = false) throws -> Set<String> {
      let activities = try ThreadedCommunicator.run(ranks: ranks) { communicator in
        let log = ActivityLog()
        let prepared = try CorpusPreparation(
          communicator: communicator, run: run,
          settings: settings(path, validation: validation, vocabularySize: size),
          resuming: resuming
            ? CorpusPreparation.Resumption(tokenizer: run.tokenizer) : nil,
          report: { if case .preparing(let activity, _, _) = $0 { log.seen.insert(activity) } }
        ).prepare()
        #expect(prepared.vocabulary.count == size)
        #expect(prepared.validation?.byteCount == 12)
        #expect(prepared.training.count > 500)
        return log.seen
      }
      return activities.reduce([]) { $0.union($1) }
    }
    let everything: Set = ["counting words", "learning merges", "encoding"]
    #expect(try prepare(300, ranks: 2) == everything)
    let first = try files(of: run.tokens)
    #expect(first.keys.sorted() == ["preparation.json", "training.u16", "validation.u16"])
    #expect(try prepare(300, ranks: 3) == [])
    #expect(try prepare(300, ranks: 1, resuming: true) == [])
    #expect(try files(of: run.tokens) == first)
    #expect(try prepare(310, ranks: 1) == everything)
    #expect(try prepare(300, ranks: 1) == everything)
    #expect(try files(of: run.tokens) == first)
    // A file that was cut short is made again.
    try FileManager.default.removeItem(atPath: run.tokens + "/training.u16")
    #expect(try prepare(300, ranks: 2) == ["encoding"])
    #expect(try files(of: run.tokens) == first)

    // A run goes on where the text is gone; another one, which the store has let pass, is encoded with
    // the tokenizer that is there.
    try FileManager.default.removeItem(atPath: path)
    #expect(try prepare(300, ranks: 2, resuming: true) == [])
    try folder.write(corpus() + Array("!".utf8), to: "a.txt")
    #expect(try prepare(300, ranks: 1, resuming: true) == ["encoding"])
    // That tokenizer was not learned from this text; the one that is turns out the same.
    #expect(try prepare(300, ranks: 1) == ["counting words", "learning merges"])
  }

  @Test func aFinishedTokenizerIsTakenAsItIs() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(corpus(), to: "a.txt")
    let reader = try DocumentReader(paths: [path])
    let learned = try CollectiveTokenizer(communicator: SoloCommunicator(), reader: reader)
      .learn(vocabularySize: 280)
    try learned.vocabulary.save(to: folder.file("tokenizer"))
    let prepared = try CorpusPreparation(
      communicator: SoloCommunicator(), run: RunFolder(folder.file("run")),
      settings: settings(path, tokenizer: folder.file("tokenizer"), vocabularySize: 9999)
    ).prepare()
    #expect(prepared.vocabulary == learned.vocabulary)
    #expect(try Vocabulary.load(directory: folder.file("run/tokenizer")) == learned.vocabulary)
    #expect(
      prepared.training.ids(0..<prepared.training.count)
        == Encoder(learned.vocabulary).encode(corpus()))
  }

  /// The shares of all ranks are the text, each with the ids that follow it.
  @Test(arguments: [0, 7, 100, 100_000])
  func aShareHasTheIDsBehindItToo(_ following: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(corpus(), to: "a.txt")
    let reader = try DocumentReader(paths: [path], shardLength: 700)
    let vocabulary = try SmallModel.vocabulary(count: 260)
    let all = Encoder(vocabulary).encode(corpus())
    for ranks in [1, 2, 3, 8] {
      let shares = try ThreadedCommunicator.run(ranks: ranks) {
        try CollectiveTokenizer(communicator: $0, reader: reader)
          .encodeShare(with: vocabulary, following: following)
      }
      var place = 0
      for share in shares {
        #expect(share.own.lowerBound == place && share.total == all.count)
        let end = min(all.count, share.own.upperBound + following)
        #expect(share.ids == Array(all[share.own.lowerBound..<max(place, end)]))
        place = share.own.upperBound
      }
      #expect(place == all.count)
    }
  }

  @Test func badInputIsAnErrorInOneLine() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("some text", to: "a.txt")
    let empty = try folder.write("", to: "empty.txt")
    func prepare(_ corpus: String, size: Int = 300, run: String = "run") throws {
      _ = try CorpusPreparation(
        communicator: SoloCommunicator(), run: RunFolder(folder.file(run)),
        settings: settings(corpus, vocabularySize: size)
      ).prepare()
    }
    #expect(throws: FileError.self) { try prepare(folder.file("missing.txt")) }
    #expect(throws: CorpusError.emptyCorpus(paths: [empty])) { try prepare(empty) }
    #expect(throws: TokenizationError.vocabularyTooSmall(requested: 256, minimum: 257)) {
      try prepare(path, size: 256)
    }
    // A file stands where the folder should be.
    #expect(throws: FileError.self) { try prepare(path, run: "a.txt") }
  }
}

/// What one rank was told.
private final class ActivityLog {
  var seen: Set<String> = []
}
