import Foundation
import TestSupport
import Testing

/// `train-tokenizer` against the references, alone and under mpirun.
@Suite(.enabled(if: SharedFixtures.isAvailable, SharedFixtures.comment))
struct TokenizerTrainingTests {
  private static let references: [(corpus: String, size: Int, counting: String, merges: String)] = [
    ("fixtures/bpe/corpus.en", 500, "presence", "train-bpe-reference-merges.txt"),
    (
      "fixtures/bpe/tinystories_sample_5M.txt", 1000, "presence",
      "tinystories_sample_5M-1000-merges.txt"
    ),
    ("data/tinystories/valid.txt", 1000, "presence", "valid-1000-presence-merges.txt"),
    ("data/tinystories/valid.txt", 1000, "occurrence", "valid-1000-occurrence-merges.txt"),
  ]

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The lines of merges that `ranks` processes learn from these files.
  private func merges(ranks: Int, _ corpora: [String], size: Int, counting: String) throws
    -> [Substring]
  {
    let output = folder.file("tokenizer-\(UUID().uuidString)")
    let arguments =
      ["train-tokenizer", "--vocabulary-size", String(size), "--pair-counting", counting]
      + ["--output", output] + corpora.flatMap { ["--corpus", $0] }
    let worker = try BuiltProduct.path("worker")
    let result =
      ranks == 1
      ? try runProcess(worker, arguments) : try runUnderMPI(ranks: ranks, worker, arguments)
    try #require(result.exitCode == 0, "\(ranks) ranks: \(result.errors)")
    return lines(try String(contentsOfFile: output + "/merges.txt", encoding: .utf8))
  }

  private func lines(_ file: String) -> [Substring] {
    file.split(separator: "\n").filter { !$0.hasPrefix("#version") }
  }

  /// A corpus as so many files or fewer, each of whole documents: ranks share out files, or shards
  /// that are longer than these texts.
  private func files(of corpus: String, count: Int) throws -> [String] {
    let text = String(decoding: try SharedFixtures.bytes(corpus), as: UTF8.self)
    let end = "<|endoftext|>"
    var documents = text.components(separatedBy: end)
    let rest = documents.removeLast()
    documents = documents.map { $0 + end } + (rest.isEmpty ? [] : [rest])
    let share = (documents.count + count - 1) / count
    return try stride(from: 0, to: documents.count, by: share).map { start in
      let name = "\(UUID().uuidString).txt"
      let part = documents[start..<min(start + share, documents.count)]
      try folder.write(part.joined(), to: name)
      return folder.file(name)
    }
  }

  private func reference(_ name: String) throws -> [Substring] {
    lines(String(decoding: try SharedFixtures.bytes("fixtures/bpe/" + name), as: UTF8.self))
  }

  @Test(arguments: [1, 2, 3, 4, 8]) func anyNumberOfRanksLearnsTheReferences(ranks: Int) throws {
    for test in Self.references {
      let learned = try merges(
        ranks: ranks, files(of: test.corpus, count: 8), size: test.size, counting: test.counting)
      #expect(try learned == reference(test.merges), "\(test.merges)")
    }
  }

  @Test func neitherTheOrderOfFilesNorTheirSizesMatter() throws {
    let expected = try reference("valid-1000-occurrence-merges.txt")
    for (ranks, count) in [(1, 3), (2, 5), (3, 40)] {
      let files = try files(of: "data/tinystories/valid.txt", count: count)
      try #require(files.count > count / 2)
      for order in [files, files.reversed(), files.sorted()] {
        let learned = try merges(ranks: ranks, order, size: 1000, counting: "occurrence")
        #expect(learned == expected, "\(ranks) ranks, \(count) files")
      }
    }
  }
}
