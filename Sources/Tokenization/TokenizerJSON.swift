extension Vocabulary {
  /// Reads a Hugging Face `tokenizer.json` with a byte-level BPE model.
  public static func load(tokenizerFile path: String) throws -> Vocabulary {
    try TokenizerFile.reading(path) { bytes in
      var content = TokenizerContent()
      var scanner = JSONScanner(bytes)
      try content.read(&scanner)
      try scanner.end()
      return try content.vocabulary()
    }
  }

  /// The bytes of `tokenizer.json`, which Hugging Face's `tokenizers` loads.
  public func tokenizerFile() throws -> [UInt8] {
    let byteLevel = """
      {
          "type": "ByteLevel",
          "add_prefix_space": false,
          "trim_offsets": true,
          "use_regex": true
        }
      """
    var output = Array(
      """
      {
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [
      """.utf8)
    for (index, token) in specialTokens.enumerated() {
      output += Array(
        """
        \(index == 0 ? "" : ",")
            {
              "id": \(token.id),
              "content": 
        """.utf8)
      JSONText.append(token.bytes, to: &output)
      output += Array(
        """
        ,
              "single_word": false,
              "lstrip": false,
              "rstrip": false,
              "normalized": false,
              "special": true
            }
        """.utf8)
    }
    output += Array(
      """
      \(specialTokens.isEmpty ? "" : "\n  ")],
        "normalizer": null,
        "pre_tokenizer": \(byteLevel),
        "post_processor": null,
        "decoder": \(byteLevel),
        "model": {
          "type": "BPE",
          "dropout": null,
          "unk_token": null,
          "continuing_subword_prefix": null,
          "end_of_word_suffix": null,
          "fuse_unk": false,
          "byte_fallback": false,
          "ignore_merges": \(!isExpressibleAsMerges),
          "vocab": 
      """.utf8)
    try appendVocabulary(to: &output, indent: "    ")
    output += Array(",\n    \"merges\": [".utf8)
    for (index, merge) in merges.enumerated() {
      output += Array((index == 0 ? "\n      " : ",\n      ").utf8)
      JSONText.append(spelling(of: merge), to: &output)
    }
    output += Array("\n    ]\n  }\n}\n".utf8)
    return output
  }
}

/// What a `tokenizer.json` says, as far as it decides the ids.
private struct TokenizerContent {
  private var spellings = Vocabulary.Spellings()
  private var merges: [(left: [UInt8], right: [UInt8])] = []
  private var added: [(id: Int, content: [UInt8])] = []

  mutating func read(_ scanner: inout JSONScanner) throws {
    try scanner.object { scanner, key in
      switch String(decoding: key, as: UTF8.self) {
      case "added_tokens":
        try scanner.array { try self.readAddedToken(&$0) }
      case "model": try self.readModel(&scanner)
      case "normalizer":
        guard try scanner.takeNull() else {
          throw JSONScanner.Failure(
            detail: "it has a normalizer, only byte-level text is supported")
        }
      default: try scanner.skip()
      }
    }
  }

  private mutating func readAddedToken(_ scanner: inout JSONScanner) throws {
    var id = -1
    var content: [UInt8] = []
    try scanner.object { scanner, key in
      switch String(decoding: key, as: UTF8.self) {
      case "id": id = try scanner.id()
      case "content": content = try scanner.string()
      default: try scanner.skip()
      }
    }
    guard id >= 0, !content.isEmpty else {
      throw JSONScanner.Failure(detail: "an added token has no id or no content")
    }
    added.append((id, content))
  }

  private mutating func readModel(_ scanner: inout JSONScanner) throws {
    try scanner.object { scanner, key in
      switch String(decoding: key, as: UTF8.self) {
      case "type":
        guard try scanner.string() == Array("BPE".utf8) else {
          throw JSONScanner.Failure(detail: "its model is not BPE")
        }
      case "vocab": try self.spellings.read(&scanner)
      case "merges": try scanner.array { self.merges.append(try Self.readMerge(&$0)) }
      default: try scanner.skip()
      }
    }
  }

  /// A merge is one string with a space or, in newer files, a pair.
  private static func readMerge(
    _ scanner: inout JSONScanner
  ) throws -> (left: [UInt8], right: [UInt8]) {
    var parts: [[UInt8]] = []
    if try scanner.peek() == UInt8(ascii: "[") {
      try scanner.array { parts.append(try $0.string()) }
    } else {
      parts = try scanner.string().split(separator: 32, omittingEmptySubsequences: false).map {
        Array($0)
      }
    }
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw JSONScanner.Failure(detail: "a merge is not two tokens")
    }
    return (parts[0], parts[1])
  }

  func vocabulary() throws -> Vocabulary {
    var spellings = spellings
    for token in added {
      if let id = spellings.ids[token.content] {
        guard id == token.id else {
          throw JSONScanner.Failure(
            detail: "\(String(decoding: token.content, as: UTF8.self)) has two ids")
        }
      } else {
        try spellings.add(token.content, id: token.id)
      }
    }
    let texts = added.map { String(decoding: $0.content, as: UTF8.self) }
    return try Vocabulary.make(spellings, merges: merges, specialTokens: texts)
  }
}
