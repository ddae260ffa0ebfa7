import Foundation
import ParableCorpus
import ParablePlatform
import TestSupport
import Testing

@Suite struct DocumentReaderTests {
  private func shards(_ reader: DocumentReader) throws -> [[UInt8]] {
    try (0..<reader.shardCount).map { try bytes(reader, $0..<$0 + 1) }
  }

  private func bytes(_ reader: DocumentReader, _ shards: Range<Int>) throws -> [UInt8] {
    var result: [UInt8] = []
    for span in try reader.spans(of: shards) {
      try reader.read(span, partLength: 7) { result += $0 }
    }
    return result
  }

  private func text(_ shards: [[UInt8]]) -> [String] {
    shards.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func cutsAfterDocumentsElseBeforeSingleSpaces() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("aaaa bbbb cccc<|e|>dddd eeee ffff gggg hhhh", to: "a.txt")
    let reader = try DocumentReader(paths: [path], specialTokens: ["<|e|>"], shardLength: 16)
    #expect(reader.shardCount == 3)
    #expect(text(try shards(reader)) == ["aaaa bbbb cccc<|e|>", "dddd eeee ffff", " gggg hhhh"])
  }

  @Test func neverCutsBesideOtherWhiteSpace() throws {
    let folder = try TemporaryFolder()
    for white in [" ", "\n", "\t", "\u{A0}", "\u{85}", "\u{2003}", "\u{3000}", "\u{1680}"] {
      let path = try folder.write("aaaaaaaa \(white)b\(white) bbb é  ccc", to: "a.txt")
      let reader = try DocumentReader(paths: [path], specialTokens: [], shardLength: 8)
      #expect(
        text(try shards(reader)).filter { !$0.isEmpty } == [
          "aaaaaaaa \(white)b\(white) bbb", " é  ccc",
        ])
    }
  }

  @Test func neverCutsInsideWhatCouldBeASpecialToken() throws {
    let folder = try TemporaryFolder()
    let special = ["<e>", "<e><e>", "x y"]
    for (content, expected) in [
      ("abcd<e><e>fghi", ["abcd<e><e>", "fghi"]),
      // Which of three in a row belong together depends on what comes before.
      ("abcd<e><e><e>fghi", ["abcd<e><e><e>fghi"]),
      ("abcdx ylmn op", ["abcdx y", "lmn", " op"]),
    ] {
      let path = try folder.write(content, to: "a.txt")
      let reader = try DocumentReader(paths: [path], specialTokens: special, shardLength: 5)
      #expect(text(try shards(reader)).filter { !$0.isEmpty } == expected)
    }
  }

  @Test func everyByteIsInExactlyOneShardInOrder() throws {
    let folder = try TemporaryFolder()
    var state: UInt64 = 7
    let contents = (0..<4).map { file in
      (0..<[0, 1, 300, 1000][file]).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1
        return Array("ab <|e|>\n".utf8)[Int(state >> 33) % 9]
      }
    }
    let paths = try contents.enumerated().map { try folder.write($1, to: "\($0).txt") }
    let reader = try DocumentReader(paths: paths, specialTokens: ["<|", "b <"], shardLength: 16)
    #expect(try shards(reader).flatMap { $0 } == contents.flatMap { $0 })
    for cut in 0...reader.shardCount {
      #expect(
        try bytes(reader, 0..<cut) + bytes(reader, cut..<reader.shardCount)
          == contents.flatMap { $0 })
    }
  }

  /// As a text in Chinese is; looking through it from each shard to its end takes hours.
  @Test(.timeLimit(.minutes(5))) func aTextWithoutAPlaceToCutIsLookedThroughOnce() throws {
    let folder = try TemporaryFolder()
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000)
    let reader = try DocumentReader(paths: [folder.write(text, to: "a.txt")], shardLength: 8)
    for shards in [70_000..<100_000, 1..<90_000] {
      for shard in shards { #expect(try reader.spans(of: shard..<shard + 1).isEmpty) }
    }
    #expect(try reader.spans(of: 0..<1).map(\.range) == [0..<1_000_000])
  }

  @Test func digestsChangeWithAnyByte() throws {
    let folder = try TemporaryFolder()
    var content = [UInt8](repeating: 0, count: 100)
    var seen: Set<[UInt64]> = []
    for position in 0..<100 {
      content[position] ^= 1
      let reader = try DocumentReader(
        paths: [try folder.write(content, to: "a")], specialTokens: [], shardLength: 33)
      #expect(seen.insert(try reader.digests(ofBlocks: 0..<reader.shardCount)).inserted)
    }
    #expect(ContentDigest.text(of: [1, 2]) != ContentDigest.text(of: [2, 1]))
  }

  @Test func missingAndEmptyFilesAreErrorsThatNameThem() throws {
    let folder = try TemporaryFolder()
    let missing = folder.file("missing.txt")
    #expect(throws: FileError(missing, SystemFailure(.reading, code: ENOENT))) {
      try DocumentReader(paths: [missing])
    }
    let empty = try folder.write("", to: "empty.txt")
    #expect(throws: CorpusError.emptyCorpus(paths: [empty])) { try DocumentReader(paths: [empty]) }
    #expect(throws: FileError.self) { try DocumentReader(paths: [folder.path]) }
  }
}
