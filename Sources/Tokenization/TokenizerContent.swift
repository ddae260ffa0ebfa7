import ParableFormats
import ParablePlatform

/// What a `tokenizer.json` says, as far as it decides the ids.
struct TokenizerContent {
  private var spellings = Vocabulary.Spellings()
  private var merges: [Vocabulary.Spellings.Merge] = []
  private var added: [SpecialToken] = []
  private var looksUpWords = false
  private var isCut = false

  mutating func read(_ reader: inout JSONReader) throws {
    try reader.object { reader, key in
      let name = String(decoding: key, as: UTF8.self)
      switch name {
      case "added_tokens":
        try reader.array { try self.readAddedToken(&$0) }
      case "model": try self.readModel(&reader)
      case "normalizer", "pre_tokenizer", "post_processor", "decoder", "truncation", "padding":
        try TokenizerFeatures.check(name, try reader.value())
        if name == "pre_tokenizer" { self.isCut = true }
      default: try reader.skip()
      }
    }
    if !isCut { try TokenizerFeatures.check("pre_tokenizer", .null) }
  }

  private mutating func readAddedToken(_ reader: inout JSONReader) throws {
    let value = try reader.value()
    guard let content = value["content"]?.text, !content.isEmpty,
      let id = value["id"]?.integer,
      (0..<MergeTable.maximumCount).contains(id)
    else { throw MalformedContent(detail: "an added token has no id or no content") }
    try TokenizerFeatures.check(added: content, value)
    added.append(
      SpecialToken(
        content, id: id, isSpecial: value["special"]?.isTrue ?? false,
        isNormalized: value["normalized"]?.isTrue ?? false))
  }

  private mutating func readModel(_ reader: inout JSONReader) throws {
    try reader.object { reader, key in
      let name = String(decoding: key, as: UTF8.self)
      switch name {
      case "type":
        let type = try reader.string()
        guard type == Array("BPE".utf8) else {
          throw UnsupportedFeature(
            detail: "its model is \(quoted(type)), not BPE",
            remedy: "use a byte-level BPE tokenizer, or train one here")
        }
      case "vocab": try self.spellings.read(&reader)
      case "merges": try reader.array { self.merges.append(try Self.readMerge(&$0)) }
      case "ignore_merges": self.looksUpWords = try reader.value().isTrue
      default: try TokenizerFeatures.check(model: name, try reader.value())
      }
    }
  }

  /// A merge is one string with a space or, in newer files, a pair.
  private static func readMerge(_ reader: inout JSONReader) throws -> Vocabulary.Spellings.Merge {
    var parts: [ArraySlice<UInt8>] = []
    if try reader.peek() == UInt8(ascii: "[") {
      try reader.array { parts.append(try $0.string()[...]) }
    } else {
      parts = try reader.string().split(separator: 32, omittingEmptySubsequences: false)
    }
    guard let merge = Vocabulary.Spellings.merge(parts) else {
      throw MalformedContent(detail: "a merge is not two tokens")
    }
    return merge
  }

  func vocabulary() throws -> Vocabulary {
    try TokenizerFeatures.check(overlapOf: added)
    var spellings = spellings
    // A token that the model lacks gets the next id in other programs, whatever stands here.
    let modelCount = spellings.ids.count
    var highest = -1
    for token in added {
      if let id = spellings.ids[token.bytes] {
        guard id == token.id else {
          throw MalformedContent(detail: "\(quoted(token.text)) has two ids")
        }
      } else {
        let next = highest >= modelCount ? highest + 1 : modelCount
        guard token.id == next else {
          throw UnsupportedFeature(
            detail: "its added token \(quoted(token.text)) has id \(token.id), but the tokenizers "
              + "package would give it \(next)",
            remedy: "save the tokenizer again with that package, or put the token into the vocab")
        }
        try spellings.add(token.bytes, id: token.id)
      }
      highest = max(highest, token.id)
    }
    return try spellings.vocabulary(
      merges: merges, specialTokens: added, looksUpWords: looksUpWords)
  }
}
