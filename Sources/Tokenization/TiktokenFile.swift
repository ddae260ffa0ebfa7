import Foundation

extension Vocabulary {
  /// Reads a tiktoken file, `base64(token) rank` a line; special tokens get the ids given or, where
  /// that is nil, the next free ones.
  package static func load(
    tiktokenFile path: String, specialTokens: [(text: String, id: Int?)] = []
  ) throws -> Vocabulary {
    try TokenizerFile.reading(path) { bytes in
      var tokens: [[UInt8]?] = []
      var seen: Set<[UInt8]> = []
      for (number, line) in bytes.split(
        separator: 10, omittingEmptySubsequences: false
      ).enumerated() where !line.isEmpty {
        let fields = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\r" }
        guard fields.count == 2, let token = Data(base64Encoded: String(fields[0])),
          !token.isEmpty, let id = Int(fields[1]), (0..<MergeTable.maximumCount).contains(id)
        else {
          throw MalformedContent(detail: "line \(number + 1) is not a token and its rank")
        }
        while tokens.count <= id { tokens.append(nil) }
        guard tokens[id] == nil, seen.insert(Array(token)).inserted else {
          throw MalformedContent(detail: "line \(number + 1) repeats a token or a rank")
        }
        tokens[id] = Array(token)
      }
      var next = tokens.count
      for case let id? in specialTokens.map(\.id) { next = max(next, Vocabulary.count(upTo: id)) }
      let special = specialTokens.map { token in
        defer { if token.id == nil { next += 1 } }
        return SpecialToken(token.text, id: token.id ?? next)
      }
      for case let token in special where token.id < tokens.count {
        guard tokens[token.id] == nil else {
          throw MalformedContent(detail: "id \(token.id) of \(token.text) is taken")
        }
      }
      return try Vocabulary(tokens: tokens, specialTokens: special)
    }
  }

  /// The bytes of a tiktoken file; special tokens are not in it.
  ///
  /// - Throws: ``TokenizationError/inexpressible(format:reason:)`` where the merges do not follow
  ///   from the ids, which are all that such a file has.
  package func tiktokenFile() throws -> [UInt8] {
    if !followsIDs {
      let derived = try Vocabulary(
        tokens: (0..<count).map { isMergeable($0) ? bytes(of: $0) : nil })
      guard derived.order.looksUpWords == order.looksUpWords,
        derived.order.merges.elementsEqual(order.merges, by: ==)
      else {
        throw TokenizationError.inexpressible(
          format: "tokenizer.tiktoken", reason: "merges have another order than ids")
      }
    }
    var output: [UInt8] = []
    for id in 0..<count where isMergeable(id) {
      output += Array((Data(store[id]).base64EncodedString() + " \(id)\n").utf8)
    }
    return output
  }
}
