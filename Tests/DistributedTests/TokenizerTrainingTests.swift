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

  @Test(arguments: [1, 2, 3, 4, 8]) func anyNumberOfRanksLearnsTheReferences(ranks: Int) throws {
    for reference in Self.references {
      let expected = lines(
        String(
          decoding: try SharedFixtures.bytes("fixtures/bpe/" + reference.merges), as: UTF8.self))
      let learned = try merges(
        ranks: ranks, [SharedFixtures.path(reference.corpus)], size: reference.size,
        counting: reference.counting)
      #expect(learned == expected, "\(reference.merges)")
    }
  }

  @Test func neitherTheOrderOfFilesNorTheirSizesMatter() throws {
    let text = String(
      decoding: try SharedFixtures.bytes("data/tinystories/valid.txt"), as: UTF8.self)
    let end = "<|endoftext|>\n"
    let documents = text.components(separatedBy: end).dropLast().map { $0 + end }
    try #require(documents.count > 100)
    let parts = [documents[..<3], documents[3..<200], documents[200...]]
    let files = try parts.enumerated().map { index, part in
      try folder.write(part.joined(), to: "\(index).txt")
      return folder.file("\(index).txt")
    }
    let expected = lines(
      String(
        decoding: try SharedFixtures.bytes("fixtures/bpe/valid-1000-occurrence-merges.txt"),
        as: UTF8.self))
    for (ranks, order) in [(1, [2, 0, 1]), (2, [0, 1, 2]), (3, [1, 2, 0])] {
      let learned = try merges(
        ranks: ranks, order.map { files[$0] }, size: 1000, counting: "occurrence")
      #expect(learned == expected, "\(ranks) ranks")
    }
  }
}
