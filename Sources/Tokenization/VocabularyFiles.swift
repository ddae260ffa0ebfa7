import ParableFormats
import ParablePlatform

extension Vocabulary {
  /// Reads a tokenizer's directory: `tokenizer.json` where it is, else `vocab.json` with
  /// `merges.txt`, of which all tokens that are neither bytes nor made by a merge count as special.
  package static func load(directory: String) throws -> Vocabulary {
    let folder = directory.hasSuffix("/") ? directory : directory + "/"
    if TokenizerFile.exists(folder + "tokenizer.json") {
      return try load(tokenizerFile: folder + "tokenizer.json")
    }
    guard TokenizerFile.exists(folder + "vocab.json") else {
      let reason =
        !TokenizerFile.exists(directory)
        ? "no such folder"
        : TokenizerFile.exists(folder)
          ? "it has neither a tokenizer.json nor a vocab.json" : "it is a file, not a folder"
      throw TokenizationError.noTokenizer(path: directory, reason: reason)
    }
    return try load(
      vocabularyFile: folder + "vocab.json", mergesFile: folder + "merges.txt",
      specialTokens: nil)
  }

  /// Reads `vocab.json` and `merges.txt`.
  ///
  /// The merges are as urgent as their places in the file. Where these agree with the ids, what a
  /// token's parts are follows from the ids (`differingMergeCount` says how many lines split theirs in
  /// another way, as in copies of GPT-2's file that were damaged); else the lines decide. Only the
  /// given tokens are special; one that the vocabulary lacks gets the next free id. Without a list,
  /// every token that is neither a byte nor made by a merge is special. A
  /// merge that makes no token of the vocabulary is ignored and counted.
  package static func load(
    vocabularyFile: String, mergesFile: String, specialTokens: [String]? = []
  ) throws -> Vocabulary {
    let spellings = try TokenizerFile.readingJSON(vocabularyFile) { reader in
      var spellings = Spellings()
      try spellings.read(&reader)
      return spellings
    }
    let merges = try TokenizerFile.reading(mergesFile) { try mergeLines(in: $0) }
    return try TokenizerFile.reporting(mergesFile) {
      let made = merges.filter { spellings.ids[$0.left + $0.right] != nil }
      var vocabulary = try spellings.vocabulary(
        merges: made, specialTokens: specialTokens)
      vocabulary.ignoredMergeCount = merges.count - made.count
      return vocabulary
    }
  }

  /// The lines of a merges file, each as the spellings of two parts.
  private static func mergeLines(in bytes: [UInt8]) throws -> [Spellings.Merge] {
    var merges: [Spellings.Merge] = []
    for (number, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
    {
      let line = line.last == 13 ? line.dropLast() : line
      if line.isEmpty || number == 0 && line.starts(with: Array("#version".utf8)) { continue }
      let parts = line.split(separator: 32, omittingEmptySubsequences: false)
      guard let merge = Spellings.merge(parts) else {
        throw MalformedContent(detail: "line \(number + 1) is not two tokens")
      }
      merges.append(merge)
    }
    return merges
  }

  /// The bytes of `vocab.json`: spellings and ids, in the order of the ids.
  package func vocabularyFile() throws -> [UInt8] {
    var output: [UInt8] = []
    try appendVocabulary(to: &output, indent: "")
    output.append(10)
    return output
  }

  /// Appends the object of spellings and ids.
  func appendVocabulary(to output: inout [UInt8], indent: String) throws {
    var literal = Dictionary(
      specialTokens.filter { !isMergeable($0.id) }.map { ($0.id, $0.bytes) },
      uniquingKeysWith: { first, _ in first })
    for id in literalIDs where literal[id] == nil { literal[id] = Array(store[id]) }
    let ordinary = Set(
      literal.values.compactMap { spelling in
        ByteAlphabet.bytes(of: spelling).flatMap { id(of: $0) }.map { _ in spelling }
      })
    if let clash = ordinary.min(by: { $0.lexicographicallyPrecedes($1) }) {
      throw TokenizationError.ambiguousSpelling(String(decoding: clash, as: UTF8.self))
    }
    output.append(UInt8(ascii: "{"))
    let (first, next) = (Array("\n\(indent)  ".utf8), Array(",\n\(indent)  ".utf8))
    let start = output.count
    for id in 0..<count where !store[id].isEmpty {
      output += output.count == start ? first : next
      JSONText.append(literal[id] ?? ByteAlphabet.spelling(of: store[id]), to: &output)
      output += [UInt8(ascii: ":"), UInt8(ascii: " ")]
      output += String(id).utf8
    }
    output += Array(("\n" + indent + "}").utf8)
  }

  /// The bytes of `merges.txt`, the most urgent first.
  package func mergesFile() -> [UInt8] {
    var output = Array("#version: 0.2\n".utf8)
    for merge in merges {
      output += spelling(of: merge) + [10]
    }
    return output
  }

  /// A merge as the files have it: both parts with a space between.
  func spelling(of merge: (left: Int, right: Int)) -> [UInt8] {
    ByteAlphabet.spelling(of: store[merge.left]) + [32]
      + ByteAlphabet.spelling(of: store[merge.right])
  }

  /// The bytes of `tokenizer_config.json`, which tells `transformers` what ends a text.
  package func configurationFile() -> [UInt8] {
    func member(_ name: String) -> String {
      endOfText == nil ? "" : "  \"\(name)\" : \(JSONText.literal(Self.endOfTextToken)),\n"
    }
    let text =
      "{\n" + member("bos_token") + "  \"clean_up_tokenization_spaces\" : false,\n"
      + member("eos_token") + "  \"tokenizer_class\" : \"PreTrainedTokenizerFast\"\n}"
    return Array(text.utf8)
  }

  /// The files of a tokenizer's directory by name.
  package func files() throws -> [(name: String, bytes: [UInt8])] {
    [
      ("vocab.json", try vocabularyFile()), ("merges.txt", mergesFile()),
      ("tokenizer.json", try tokenizerFile()), ("tokenizer_config.json", configurationFile()),
    ]
  }

  /// Writes the files of a tokenizer's directory, each whole or not at all, and returns their names.
  @discardableResult
  package func save(to directory: String) throws -> [String] {
    try makeFolder(directory)
    return try files().map { file in
      try DurableFile.write(file.bytes, to: directory + "/" + file.name)
      return file.name
    }
  }

  /// A file that shows that a folder holds a finished tokenizer; nil where there is none.
  package static func existingFile(in directory: String) -> String? {
    ["tokenizer.json", "vocab.json", "merges.txt"].map { directory + "/" + $0 }
      .first(where: TokenizerFile.exists)
  }
}
