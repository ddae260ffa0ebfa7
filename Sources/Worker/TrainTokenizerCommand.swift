import Foundation
import ParableCommandLineInterface
import ParableCorpus
import ParableSettings
import ParableTokenization
import ParableTraining

enum TrainTokenizerCommand: Command {
  static let name = "train-tokenizer"
  static let summary = "learn a tokenizer from text files, on one rank or many"
  static let runsOnSeveralRanks = true

  struct Options: JSONOptions {
    var corpus: [String] = []
    var vocabularySize = 10_000
    var specialToken = [Vocabulary.endOfTextToken]
    var noSpecialTokens = false
    var pairCounting = PairCounting.presence
    var output = ""
    var overwrite = false
    var json = false

    static var settings: [Setting<Options>] {
      Setting(\.corpus, "corpus", "text to learn from", unit: "FILE").required.heading("Tokenizer")
      Setting(
        \.vocabularySize, "vocabularySize", "ids, special tokens and bytes included", unit: "IDS",
        in: .from(1)
      ).also("vocab-size")
      Setting(\.specialToken, "specialToken", "token that stands for itself", unit: "TOKEN")
      Setting(\.noSpecialTokens, "noSpecialTokens", "learn a tokenizer without any")
      Setting(
        choice: \.pairCounting, "pairCounting",
        "count a pair once per word, and leave out words that hold the first two bytes of a "
          + "special token; or as often as it stands there, in all words")
      Setting(\.output, "output", "folder of the tokenizer's files", unit: "DIR").required
      Setting(\.overwrite, "overwrite", "replace a tokenizer that is in that folder")
      Setting.json(\.json)
    }
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    var vocabularySize: Int
    var merges: Int
    var bytes: Int
    var words: UInt64
    var distinctWords: Int
    var invalidBytes: Int
    var bytesPerToken: Double
    var longestTokens: [String]
    var countingSeconds: Double
    var seconds: Double

    enum CodingKeys: String, CodingKey {
      case merges, bytes, words, seconds
      case vocabularySize = "vocabulary_size"
      case distinctWords = "distinct_words"
      case invalidBytes = "invalid_bytes"
      case bytesPerToken = "bytes_per_token"
      case longestTokens = "longest_tokens"
      case countingSeconds = "counting_seconds"
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    let special = try specialTokens(invocation.arguments)
    let (size, output) = (options.vocabularySize, options.output)
    let communicator = try invocation.communicator()
    // What cannot be learned is said before the corpus is touched.
    _ = try MergeTrainer(
      vocabularySize: size, specialTokens: special, pairCounting: options.pairCounting)
    let start = ContinuousClock.now
    let progress = TokenizerProgress(invocation.progress)
    for path in options.corpus { try refuseOtherForms(path) }
    let reader = try DocumentReader(paths: options.corpus, specialTokens: special)
    var lock: RunLock?
    defer { lock?.release() }
    try communicator.onFirstRank {
      lock = try RunLock.take(output, option: "--output", note: invocation.progress.note)
      // Under the lock: of two that start together the second sees what the first has written.
      try TokenizerOptions.checkIsFree(output, overwrite: options.overwrite)
    }
    let learned = try CollectiveTokenizer(
      communicator: communicator, reader: reader, report: progress.show
    ).learn(vocabularySize: size, specialTokens: special, pairCounting: options.pairCounting)
    try communicator.onFirstRank { try learned.vocabulary.save(to: output) }
    let seconds = (.now - start) / .seconds(1)
    guard communicator.rank == 0 else { return }
    invocation.progress.finish()

    let vocabulary = learned.vocabulary
    if vocabulary.count < size {
      invocation.progress.note(
        "the tokenizer: no pair is left to merge; it has \(vocabulary.count) ids instead of \(size)"
      )
    }
    if learned.invalidBytes > 0 {
      invocation.progress.note(
        "the corpus: \(learned.invalidBytes) bytes are not valid UTF-8; they count as they are")
    }
    if learned.wordsLeftOut.distinct > 0 {
      invocation.progress.note(learned.noteOnWordsLeftOut)
    }
    let compression = Encoder(vocabulary).compression(of: learned.counts)
    let report = Report(
      vocabularySize: vocabulary.count, merges: vocabulary.merges.count, bytes: reader.byteCount,
      words: learned.counts.total, distinctWords: learned.counts.count,
      invalidBytes: learned.invalidBytes, bytesPerToken: compression,
      longestTokens: longestTokens(vocabulary), countingSeconds: learned.countingSeconds,
      seconds: seconds)
    try invocation.output.result(report, rows(report, folder: output))
  }

  private static func specialTokens(_ arguments: ParsedArguments<Options>) throws -> [String] {
    guard arguments.options.noSpecialTokens else { return arguments.options.specialToken }
    guard !arguments.isGiven(\.specialToken) else {
      throw arguments.unsuitable(
        "--special-token and --no-special-tokens exclude each other", remedy: "give one of them")
    }
    return []
  }

  private static func rows(
    _ report: Report, folder: String
  ) -> [(name: String, value: String)] {
    [
      (
        "vocabulary",
        "\(report.vocabularySize.formatted()) ids, \(report.merges.formatted()) merges"
      ),
      (
        "corpus",
        "\(report.bytes.formatted()) bytes, \(report.words.formatted()) words, "
          + "\(report.distinctWords.formatted()) of them distinct"
      ),
      ("compression", String(format: "%.3f bytes per token", report.bytesPerToken)),
      ("longest tokens", report.longestTokens.joined(separator: " ")),
      (
        "time",
        String(
          format: "%.3f s, %.1f MB/s, %.3f s of it for counting", report.seconds,
          Double(report.bytes) / 1e6 / report.seconds, report.countingSeconds)
      ),
      ("written", folder),
    ]
  }

  private static func longestTokens(_ vocabulary: Vocabulary) -> [String] {
    let special = Set(vocabulary.specialTokens.map(\.id))
    let ids = (0..<vocabulary.count).filter { !special.contains($0) }
    let lengths = ids.map { ($0, vocabulary.bytes(of: $0)?.count ?? 0) }
    let longest = lengths.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }.prefix(5)
    return longest.map { EncodeCommand.readable(vocabulary.bytes(of: $0.0) ?? [], longest: 60) }
  }
}

/// Shows how far the learning of a tokenizer is, with the time that is left.
private final class TokenizerProgress {
  private let line: ProgressLine
  private var remaining = RemainingTime()
  private var isMerging = false

  init(_ line: ProgressLine) { self.line = line }

  func show(_ progress: CollectiveTokenizer.Progress) {
    switch progress {
    case .counting(let bytes, let total, let words):
      line.show(
        "counting  \(megabytes(bytes)) of \(megabytes(total)) per rank, \(words.formatted()) words, "
          + "\(remaining.after(bytes, of: total)) left")
    case .merging(let learned, let asked):
      if !isMerging {
        line.finish()
        (isMerging, remaining) = (true, RemainingTime())
      }
      line.show(
        "merging  \(learned.formatted()) of \(asked.formatted()) merges, "
          + "\(remaining.after(learned, of: asked)) left")
    case .encoding: break
    }
  }

  private func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
}
