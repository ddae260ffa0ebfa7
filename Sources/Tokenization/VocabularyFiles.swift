import Files
import Foundation

extension Vocabulary {
  /// Reads a tokenizer's directory: `tokenizer.json` where it is, else `vocab.json` with
  /// `merges.txt`, of which all tokens that are neither bytes nor made by a merge count as special.
  public static func load(directory: String) throws -> Vocabulary {
    let folder = directory.hasSuffix("/") ? directory : directory + "/"
    if FileManager.default.fileExists(atPath: folder + "tokenizer.json") {
      return try load(tokenizerFile: folder + "tokenizer.json")
    }
    return try load(
      vocabularyFile: folder + "vocab.json", mergesFile: folder + "merges.txt",
      specialTokens: nil)
  }

  /// Reads `vocab.json` and `merges.txt`.
  ///
  /// The merges say which tokens can be merged; how urgent each is and what its parts are follows
  /// from the ids. Only the given tokens are special; one that the vocabulary lacks gets the next
  /// free id. Without a list, every token that is neither a byte nor made by a merge is special. A
  /// merge that makes no token of the vocabulary is ignored and counted.
  public static func load(
    vocabularyFile: String, mergesFile: String, specialTokens: [String]? = []
  ) throws -> Vocabulary {
    let spellings = try TokenizerFile.reading(vocabularyFile) { bytes in
      var spellings = Spellings()
      var scanner = JSONScanner(bytes)
      try spellings.read(&scanner)
      try scanner.end()
      return spellings
    }
    let merges = try TokenizerFile.reading(mergesFile) { try mergeLines(in: $0) }
    return try TokenizerFile.reporting(mergesFile) {
      let made = merges.filter { spellings.ids[$0.left + $0.right] != nil }
      var vocabulary = try make(spellings, merges: made, specialTokens: specialTokens)
      vocabulary.ignoredMergeCount = merges.count - made.count
      return vocabulary
    }
  }

  /// The lines of a merges file, each as the spellings of two parts.
  private static func mergeLines(in bytes: [UInt8]) throws -> [(left: [UInt8], right: [UInt8])] {
    var merges: [(left: [UInt8], right: [UInt8])] = []
    for (number, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
    {
      let line = line.last == 13 ? line.dropLast() : line
      if line.isEmpty || number == 0 && line.starts(with: Array("#version".utf8)) { continue }
      let parts = line.split(separator: 32, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw JSONScanner.Failure(detail: "line \(number + 1) is not two tokens")
      }
      merges.append((Array(parts[0]), Array(parts[1])))
    }
    return merges
  }

  /// The spelling of every id, and its inverse.
  struct Spellings {
    var ids: [[UInt8]: Int] = [:]
    var byID: [[UInt8]?] = []

    mutating func read(_ scanner: inout JSONScanner) throws {
      try scanner.object { scanner, key in try self.add(key, id: try scanner.id()) }
    }

    mutating func add(_ spelling: [UInt8], id: Int) throws {
      let text = String(decoding: spelling, as: UTF8.self)
      if spelling.isEmpty { throw JSONScanner.Failure(detail: "id \(id) has an empty token") }
      guard ids.updateValue(id, forKey: spelling) == nil else {
        throw JSONScanner.Failure(detail: "token \(text) stands there twice")
      }
      while byID.count <= id { byID.append(nil) }
      guard byID[id] == nil else {
        throw JSONScanner.Failure(detail: "id \(id) stands there twice")
      }
      byID[id] = spelling
    }
  }

  /// Puts together what the files of a vocabulary say.
  static func make(
    _ spellings: Spellings, merges: [(left: [UInt8], right: [UInt8])], specialTokens: [String]?
  ) throws -> Vocabulary {
    let listed = specialTokens.map { Set($0.map { Array($0.utf8) }) } ?? []
    var tokens: [[UInt8]?] = []
    var isMade = [Bool](repeating: false, count: spellings.byID.count)
    for (id, spelling) in spellings.byID.enumerated() {
      // A special token stands there as it reads; so does one that only looks like a spelling.
      let token = spelling.flatMap { spelling in
        listed.contains(spelling) ? spelling : ByteAlphabet.bytes(of: spelling) ?? spelling
      }
      tokens.append(token)
      isMade[id] = token?.count == 1
    }
    var made: [Int] = []
    for merge in merges {
      guard let id = spellings.ids[merge.left + merge.right] else {
        let text = String(decoding: merge.left + [32] + merge.right, as: UTF8.self)
        throw JSONScanner.Failure(detail: "merge \(text) makes a token that the vocabulary lacks")
      }
      isMade[id] = true
      made.append(id)
    }
    let mergeable = isMade
    var vocabulary = try Vocabulary(tokens: tokens) { $0 < mergeable.count && mergeable[$0] }
    if let specialTokens {
      vocabulary = try vocabulary.withSpecialTokens(specialTokens)
    } else {
      let others = tokens.indices.filter { tokens[$0] != nil && !mergeable[$0] }
      let special = others.map {
        SpecialToken(String(decoding: spellings.byID[$0] ?? [], as: UTF8.self), id: $0)
      }
      vocabulary = try Vocabulary(tokens: tokens, specialTokens: special) {
        $0 < mergeable.count && mergeable[$0]
      }
    }
    vocabulary.differingMergeCount = zip(merges, made).count { merge, id in
      let parts = vocabulary.table.parts[id]
      return spellings.ids[merge.left].map(Int32.init) != parts.left
        || spellings.ids[merge.right].map(Int32.init) != parts.right
    }
    return vocabulary
  }

  /// The bytes of `vocab.json`: spellings and ids, in the order of the ids.
  public func vocabularyFile() throws -> [UInt8] {
    var output: [UInt8] = []
    try appendVocabulary(to: &output, indent: "")
    output.append(10)
    return output
  }

  /// Appends the object of spellings and ids.
  func appendVocabulary(to output: inout [UInt8], indent: String) throws {
    let literal = Dictionary(
      specialTokens.filter { !isMergeable($0.id) }.map { ($0.id, $0.bytes) },
      uniquingKeysWith: { first, _ in first })
    let ordinary = Set(
      literal.values.compactMap { spelling in
        ByteAlphabet.bytes(of: spelling).flatMap { id(of: $0) }.map { _ in spelling }
      })
    if let clash = ordinary.min(by: { $0.lexicographicallyPrecedes($1) }) {
      throw TokenizationError.ambiguousSpelling(String(decoding: clash, as: UTF8.self))
    }
    output.append(UInt8(ascii: "{"))
    var separator = "\n"
    for id in 0..<count where !store[id].isEmpty {
      output += Array((separator + indent + "  ").utf8)
      JSONText.append(literal[id] ?? ByteAlphabet.spelling(of: store[id]), to: &output)
      output += Array(": \(id)".utf8)
      separator = ",\n"
    }
    output += Array(("\n" + indent + "}").utf8)
  }

  /// The bytes of `merges.txt`: derived from the ids, most urgent first.
  public func mergesFile() -> [UInt8] {
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

  /// The files of a tokenizer's directory by name.
  public func files() throws -> [(name: String, bytes: [UInt8])] {
    [
      ("vocab.json", try vocabularyFile()), ("merges.txt", mergesFile()),
      ("tokenizer.json", try tokenizerFile()),
    ]
  }

  /// Writes `vocab.json`, `merges.txt` and `tokenizer.json`, each whole or not at all.
  public func save(to directory: String) throws {
    for file in try files() {
      try TokenizerFile.write(file.bytes, to: directory + "/" + file.name)
    }
  }
}

/// Reads and writes whole files with errors that name them.
enum TokenizerFile {
  static func read(_ path: String) throws -> [UInt8] {
    do {
      return try contents(ofFile: path)
    } catch {
      throw TokenizationError.unreadable(path: path, reason: error.reason, remedy: error.remedy)
    }
  }

  /// Reads a file and makes something of it; a failure names the file.
  static func reading<Content>(_ path: String, _ make: ([UInt8]) throws -> Content) throws
    -> Content
  {
    let bytes = try read(path)
    return try reporting(path) { try make(bytes) }
  }

  static func reporting<Content>(_ path: String, _ make: () throws -> Content) throws -> Content {
    do {
      return try make()
    } catch let failure as JSONScanner.Failure {
      throw TokenizationError.malformed(path: path, detail: failure.detail)
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    do {
      let url = URL(fileURLWithPath: path)
      try makeFolder(url.deletingLastPathComponent().relativePath)
      try Data(bytes).write(to: url, options: .atomic)
    } catch {
      let failure = error as? SystemFailure ?? SystemFailure(.writing, error)
      throw TokenizationError.unwritable(
        path: path, reason: failure.reason, remedy: failure.remedy)
    }
  }
}
