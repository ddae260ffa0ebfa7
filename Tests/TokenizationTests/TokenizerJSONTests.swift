import Foundation
import ParableFormats
import ParablePlatform
import TestSupport
import Testing

@testable import ParableTokenization

/// A `tokenizer.json` as others write it: the bytes have their own numbers as ids.
struct ForeignTokenizer {
  var tokens: [String]
  var merges: [String]
  /// JSON that stands for a member of the file.
  var members = [
    "truncation": "null", "padding": "null", "added_tokens": "[]", "normalizer": "null",
    "pre_tokenizer": Self.byteLevel, "post_processor": "null", "decoder": Self.byteLevel,
  ]
  /// JSON that stands for a member of the model.
  var model: [String: String] = [:]

  static let byteLevel =
    #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"#

  init(_ tokens: [String] = ["ab"], _ merges: [String] = ["a b"]) {
    self.tokens = tokens
    self.merges = merges
  }

  /// The file; the ids of `tokens` are 256 and on, or those given.
  func text(ids: [Int]? = nil) -> String {
    let bytes = (0...255).map { "\(json(String(ByteAlphabet.scalars[$0]))):\($0)" }
    let others = tokens.enumerated().map { "\(json($1)):\(ids?[$0] ?? 256 + $0)" }
    var model = model
    model["vocab"] = "{" + (bytes + others).joined(separator: ",") + "}"
    model["merges"] = "[" + merges.map(json).joined(separator: ",") + "]"
    var members = members
    members["model"] = "{\"type\":\"BPE\"," + joined(model) + "}"
    return "{\"version\":\"1.0\"," + joined(members) + "}"
  }

  private func joined(_ members: [String: String]) -> String {
    members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
  }

  private func json(_ text: String) -> String {
    JSONText.literal(text)
  }

  func load(ids: [Int]? = nil) throws -> Vocabulary {
    let folder = try TemporaryFolder()
    return try Vocabulary.load(tokenizerFile: folder.write(text(ids: ids), to: "tokenizer.json"))
  }

  /// An added token as such a file has it.
  static func added(
    _ content: String, id: Int, singleWord: Bool = false, lstrip: Bool = false,
    rstrip: Bool = false, normalized: Bool = false, special: Bool = true
  ) -> String {
    """
    {"id":\(id),"content":"\(content)","single_word":\(singleWord),"lstrip":\(lstrip),\
    "rstrip":\(rstrip),"normalized":\(normalized),"special":\(special)}
    """
  }
}

/// The law of a list of merges, word for word: of all pairs the one whose last line comes first.
private func listEncoding(_ word: [UInt8], _ merges: [(String, String)]) -> [[UInt8]] {
  var parts = word.map { [$0] }
  var places: [[[UInt8]]: Int] = [:]
  for (place, merge) in merges.enumerated() {
    places[[Array(merge.0.utf8), Array(merge.1.utf8)]] = place
  }
  while true {
    let best = parts.indices.dropLast().compactMap { at in
      places[[parts[at], parts[at + 1]]].map { (place: $0, at: at) }
    }.min { ($0.place, $0.at) < ($1.place, $1.at) }
    guard let best else { return parts }
    parts[best.at] += parts.remove(at: best.at + 1)
  }
}

@Suite struct TokenizerJSONTests {
  /// Ids that `tokenizers` 0.23 gave for the same files.
  @Test(arguments: [
    (["bc", "ab"], ["a b", "b c"], "abc", [257, 99]),
    (["ab", "bc"], ["a b", "b c", "a b"], "abc", [97, 257]),
    (["ab", "bc", "abc"], ["b c", "a b", "ab c", "a bc"], "abc ab bc", [258, 32, 256, 32, 257]),
    (["ab", "abc"], ["ab c", "a b"], "abc abcd", [257, 32, 257, 100]),
    (["ab", "abc"], ["a b"], "abc abcd ab", [256, 99, 32, 256, 99, 100, 32, 256]),
  ])
  func mergesAreAsUrgentAsTheirPlaces(
    tokens: [String], merges: [String], text: String, ids: [Int32]
  ) throws {
    let foreign = ForeignTokenizer(tokens, merges)
    let vocabulary = try foreign.load()
    #expect(Encoder(vocabulary).encode(text) == ids)
    // What is saved again says the same.
    let folder = try TemporaryFolder()
    try vocabulary.save(to: folder.path)
    let again = try Vocabulary.load(directory: folder.path)
    #expect(again == vocabulary && Encoder(again).encode(text) == ids)
    #expect(again.mergesFile() == vocabulary.mergesFile())
  }

  @Test func withIgnoreMergesAWholeWordIsItsToken() throws {
    var foreign = ForeignTokenizer(["ab", "abc"], ["a b"])
    foreign.model["ignore_merges"] = "true"
    let vocabulary = try foreign.load()
    #expect(Encoder(vocabulary).encode("abc abcd ab") == [257, 32, 256, 99, 100, 32, 256])
    #expect(vocabulary.lossAsMerges != nil)
    let folder = try TemporaryFolder()
    let path = try folder.write(vocabulary.tokenizerFile(), to: "tokenizer.json")
    #expect(try Vocabulary.load(tokenizerFile: path) == vocabulary)
    // Where ids and merges have two orders, too.
    var other = ForeignTokenizer(["bc", "ab", "abc"], ["a b", "b c"])
    other.model["ignore_merges"] = "true"
    #expect(try Encoder(other.load()).encode("abc abcd") == [258, 32, 257, 99, 100])
    // However long the word is, and however it comes.
    let word = String(repeating: "a", count: 300)
    var long = ForeignTokenizer([word], [])
    long.model["ignore_merges"] = "true"
    let encoder = try Encoder(long.load())
    let text = "\(word) \(word)a"
    let ids = [256, 32] + [Int32](repeating: 97, count: 301)
    #expect(encoder.encode(text) == ids)
    let stream = StreamingEncoder(encoder)
    let found = text.utf8.reduce(into: [Int32]()) { $0 += stream.feed([$1]) } + stream.finish()
    #expect(found == ids)
  }

  @Test(arguments: 1...60) func anyListOfMergesIsFollowed(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    var tokens = ["a", "b", "c"]
    var merges: [(String, String)] = []
    for _ in 0..<Int.random(in: 2...25, using: &random) {
      let left = tokens.randomElement(using: &random) ?? "a"
      let right = tokens.randomElement(using: &random) ?? "a"
      if left.count + right.count > 24 { continue }
      merges.append((left, right))
      if !tokens.contains(left + right) { tokens.append(left + right) }
    }
    if seed % 3 == 0 { merges.shuffle(using: &random) }
    if seed % 3 == 1, merges.count > 2 { merges.swapAt(0, merges.count - 1) }
    let made = Array(tokens.dropFirst(3))
    let foreign = ForeignTokenizer(made, merges.map { "\($0.0) \($0.1)" })
    let vocabulary = try foreign.load(ids: (256..<256 + made.count).shuffled(using: &random))
    let encoder = Encoder(vocabulary)
    for length in [1, 2, 3, 5, 9, 20, 60, 300, 700] {
      let word = (0..<length).map { _ in UInt8.random(in: 97...99, using: &random) }
      let ids = encoder.encode(word)
      #expect(ids.compactMap { vocabulary.bytes(of: Int($0)) } == listEncoding(word, merges))
      let asItComes = StreamingEncoder(encoder, cacheByteCount: 0, wordLength: 1)
      #expect(asItComes.feed(word) + asItComes.finish() == ids)
    }
  }

  @Test func aTiktokenFileIsRefusedWhereItWouldGiveOtherIDs() throws {
    let vocabulary = try ForeignTokenizer(["bc", "ab"], ["a b", "b c"]).load()
    #expect(throws: TokenizationError.self) { try vocabulary.tiktokenFile() }
    let ordered = try ForeignTokenizer(["ab", "bc"], ["a b", "b c"]).load()
    let folder = try TemporaryFolder()
    let path = try folder.write(ordered.tiktokenFile(), to: "t.tiktoken")
    #expect(try Vocabulary.load(tiktokenFile: path) == ordered)
  }

  private static let split =
    #"{"type":"Split","pattern":{"Regex":"'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+"#
    + #"| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false}"#
  private static let withoutRegex =
    #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}"#

  @Test(arguments: [
    ("pre_tokenizer", "null", "null"),
    ("pre_tokenizer", withoutRegex, "use_regex"),
    ("pre_tokenizer", #"{"type":"ByteLevel","add_prefix_space":true}"#, "add_prefix_space"),
    ("pre_tokenizer", #"{"type":"Whitespace"}"#, "Whitespace"),
    ("pre_tokenizer", #"{"type":"Digits","individual_digits":true}"#, "Digits"),
    (
      "pre_tokenizer",
      #"{"type":"Sequence","pretokenizers":[\#(split),\#(ForeignTokenizer.byteLevel)]}"#, "twice"
    ),
    (
      "pre_tokenizer",
      #"{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{N}{1,3}"},"#
        + #""behavior":"Isolated","invert":false},\#(withoutRegex)]}"#, #"\p{N}{1,3}"#
    ),
    (
      "pre_tokenizer",
      #"{"type":"Sequence","pretokenizers":[{"type":"Digits"},\#(ForeignTokenizer.byteLevel)]}"#,
      "Digits"
    ),
    (
      "pre_tokenizer",
      #"{"type":"Sequence","pretokenizers":[\#(split.replacing("Isolated", with: "MergedWithNext")),"#
        + #"\#(withoutRegex)]}"#, "does not keep what its pattern matches as words"
    ),
    (
      "pre_tokenizer",
      #"{"type":"Sequence","pretokenizers":[\#(split.replacing("false", with: "true")),"#
        + #"\#(withoutRegex)]}"#, "(behavior Isolated, inverted)"
    ),
    ("pre_tokenizer", #"{"type":"Sequence","pretokenizers":[]}"#, "is an empty Sequence"),
    ("normalizer", #"{"type":"NFC"}"#, "NFC"),
    ("truncation", #"{"max_length":4,"strategy":"LongestFirst","stride":0}"#, "truncation"),
    ("padding", #"{"strategy":{"Fixed":8},"pad_id":0}"#, "padding"),
    (
      "post_processor", #"{"type":"BertProcessing","sep":["b",98],"cls":["a",97]}"#,
      "BertProcessing"
    ),
    ("post_processor", #"{"type":"RobertaProcessing","sep":["b",98],"cls":["a",97]}"#, "Roberta"),
    (
      "post_processor",
      #"{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","single":"#
        + #"[{"SpecialToken":{"id":"a","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]}]}"#,
      "TemplateProcessing"
    ),
    ("decoder", #"{"type":"WordPiece"}"#, "WordPiece"),
    ("added_tokens", "[" + ForeignTokenizer.added("<x>", id: 257, lstrip: true) + "]", "lstrip"),
    ("added_tokens", "[" + ForeignTokenizer.added("<x>", id: 257, rstrip: true) + "]", "rstrip"),
    (
      "added_tokens", "[" + ForeignTokenizer.added("<x>", id: 257, singleWord: true) + "]",
      "single_word"
    ),
    // The tokenizers package gives <x> the id 257, whatever stands there.
    ("added_tokens", "[" + ForeignTokenizer.added("<x>", id: 300) + "]", "257"),
    // That package finds "bc" in "abc".
    (
      "added_tokens",
      "[" + ForeignTokenizer.added("xb", id: 257, normalized: true) + ","
        + ForeignTokenizer.added("bc", id: 258) + "]", "normalized"
    ),
    (
      "added_tokens",
      "[" + ForeignTokenizer.added("xb", id: 257) + ","
        + ForeignTokenizer.added("bc", id: 258, normalized: true) + "]", "normalized"
    ),
  ])
  func whatWouldChangeTheIDsIsRefusedByItsName(member: String, json: String, name: String) throws {
    var foreign = ForeignTokenizer()
    foreign.members[member] = json
    let error = #expect(throws: TokenizationError.self) { try foreign.load() }
    let message = try #require(error).description
    #expect(
      message.contains(name) && message.contains(member == "added_tokens" ? "added token" : member))
    #expect(message.contains("tokenizer.json: ") && message.contains("; "))
  }

  @Test(arguments: [
    ("dropout", "0.1"), ("continuing_subword_prefix", "\"##\""), ("end_of_word_suffix", "\"</w>\""),
  ])
  func whatWouldChangeTheModelIsRefusedByItsName(member: String, json: String) throws {
    var foreign = ForeignTokenizer()
    foreign.model[member] = json
    let error = #expect(throws: TokenizationError.self) { try foreign.load() }
    #expect(try #require(error).description.contains(member))
  }

  @Test(arguments: [
    ("pre_tokenizer", #"{"type":"Sequence","pretokenizers":[\#(split),\#(withoutRegex)]}"#),
    ("pre_tokenizer", #"{"type":"Sequence","pretokenizers":[\#(ForeignTokenizer.byteLevel)]}"#),
    ("post_processor", #"{"type":"ByteLevel","trim_offsets":false}"#),
    (
      "post_processor",
      #"{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}]}"#
    ),
    ("decoder", "null"),
  ])
  func whatDoesNotChangeTheIDsIsRead(member: String, json: String) throws {
    var foreign = ForeignTokenizer()
    foreign.members[member] = json
    foreign.model = [
      "dropout": "0.0", "unk_token": "\"ab\"", "fuse_unk": "true", "byte_fallback": "true",
      "continuing_subword_prefix": "\"\"", "end_of_word_suffix": "null",
    ]
    #expect(try Encoder(foreign.load()).encode("ab é") == [256, 32, 195, 169])
  }

  @Test func flagsOfAddedTokensAreKept() throws {
    var foreign = ForeignTokenizer()
    foreign.members["added_tokens"] =
      "[" + ForeignTokenizer.added("<x>", id: 257, normalized: true, special: false) + ","
      + ForeignTokenizer.added("<y>", id: 258) + "]"
    let vocabulary = try foreign.load()
    #expect(Encoder(vocabulary).encode("<x>ab<y>") == [257, 256, 258])
    let again = try TemporaryFolder()
    let path = try again.write(vocabulary.tokenizerFile(), to: "tokenizer.json")
    let loaded = try Vocabulary.load(tokenizerFile: path)
    #expect(loaded == vocabulary && loaded.specialTokens[0].isNormalized)
    #expect(!loaded.specialTokens[0].isSpecial && loaded.specialTokens[1].isSpecial)
    #expect(vocabulary.lossAsMerges != nil)
  }

  @Test func aFileThatDoesNotSayHowTextIsCutIsRefused() throws {
    var foreign = ForeignTokenizer()
    foreign.members["pre_tokenizer"] = nil
    let error = #expect(throws: TokenizationError.self) { try foreign.load() }
    #expect(try #require(error).description.contains("its pre_tokenizer is null"))
  }

  @Test func anAddedTokenWithAnotherIDThanInTheVocabularyIsRefused() throws {
    var foreign = ForeignTokenizer()
    foreign.members["added_tokens"] = "[" + ForeignTokenizer.added("ab", id: 257) + "]"
    let error = #expect(throws: TokenizationError.self) { try foreign.load() }
    #expect(try #require(error).description.contains("ab has two ids"))
  }

  @Test func anAddedTokenThatReadsLikeAnotherIsRefused() throws {
    var foreign = ForeignTokenizer(["\u{120}a"], ["\u{120} a"])
    foreign.members["added_tokens"] = "[" + ForeignTokenizer.added("\u{120}a", id: 256) + "]"
    #expect(throws: TokenizationError.ambiguousSpelling("\u{120}a")) { try foreign.load() }
  }

  @Test func nestingHasALimitThatNamesTheByte() throws {
    let folder = try TemporaryFolder()
    for levels in [200_000, 70] {
      let deep = String(repeating: "[", count: levels)
      let path = try folder.write("{\"x\":" + deep, to: "tokenizer.json")
      let error = #expect(throws: TokenizationError.self) {
        try Vocabulary.load(tokenizerFile: path)
      }
      // The object is the first level.
      #expect(
        try #require(error).description.contains(
          "more than 64 brackets within each other at byte 68"))
    }
    var foreign = ForeignTokenizer()
    foreign.members["x"] = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
    #expect(try foreign.load().count == 257)
  }
}
