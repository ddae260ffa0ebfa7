import ParableFormats

extension Vocabulary {
  /// Reads a Hugging Face `tokenizer.json` with a byte-level BPE model.
  ///
  /// The ids are those of the `tokenizers` package: merges are as urgent as their places in the list.
  /// - Throws: ``TokenizationError/unsupported(path:detail:remedy:)`` where a part of the file that
  ///   changes the ids is not implemented.
  package static func load(tokenizerFile path: String) throws -> Vocabulary {
    let content = try TokenizerFile.readingJSON(path) { reader in
      var content = TokenizerContent()
      try content.read(&reader)
      return content
    }
    return try TokenizerFile.reporting(path) { try content.vocabulary() }
  }

  /// The bytes of `tokenizer.json`, which Hugging Face's `tokenizers` loads.
  package func tokenizerFile() throws -> [UInt8] {
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
              "content": \(JSONText.literal(token.text)),
              "single_word": false,
              "lstrip": false,
              "rstrip": false,
              "normalized": \(token.isNormalized),
              "special": \(token.isSpecial)
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
          "ignore_merges": \(order.looksUpWords),
          "vocab": 
      """.utf8)
    try appendVocabulary(to: &output, indent: "    ")
    output += Array(",\n    \"merges\": [".utf8)
    for (index, merge) in merges.enumerated() {
      output += (index == 0 ? "\n      " : ",\n      ").utf8
      JSONText.append(spelling(of: merge), to: &output)
    }
    output += Array("\n    ]\n  }\n}\n".utf8)
    return output
  }
}
