import ParableFormats

extension Vocabulary {
  /// The spelling of every id as files have it, and its inverse.
  struct Spellings {
    private(set) var ids: [[UInt8]: Int] = [:]
    private var byID: [[UInt8]?] = []

    /// Two parts of a merge as they are spelled.
    typealias Merge = (left: [UInt8], right: [UInt8])

    /// The merge of two tokens that are not empty; nil where these are not two.
    static func merge(_ parts: [some Collection<UInt8>]) -> Merge? {
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
      return (Array(parts[0]), Array(parts[1]))
    }

    mutating func read(_ reader: inout JSONReader) throws {
      // Keys that stand there twice are found by `add`, in the same table.
      try reader.object(refusesRepeats: false) { reader, key in
        let id = try reader.integer()
        // The ids are stored as Int32, and a store has a place for each up to the highest.
        guard 0..<MergeTable.maximumCount ~= id else {
          throw MalformedContent(detail: "id \(id) is out of range")
        }
        try self.add(key, id: id)
      }
    }

    mutating func add(_ spelling: [UInt8], id: Int) throws {
      if spelling.isEmpty { throw MalformedContent(detail: "id \(id) has an empty token") }
      guard ids.updateValue(id, forKey: spelling) == nil else {
        throw MalformedContent(detail: "token \(quoted(spelling)) stands there twice")
      }
      while byID.count <= id { byID.append(nil) }
      guard byID[id] == nil else {
        throw MalformedContent(detail: "id \(id) stands there twice")
      }
      byID[id] = spelling
    }

    /// What the spellings stand for.
    private struct Meaning {
      var tokens: [[UInt8]?] = []
      var literalIDs: Set<Int> = []
      /// Bytes, and what a merge makes.
      var isOrdinary: [Bool] = []
    }

    private func meaning(special: Set<[UInt8]>, made: [Int]) throws -> Meaning {
      var meaning = Meaning(isOrdinary: Array(repeating: false, count: byID.count))
      for id in made { meaning.isOrdinary[id] = true }
      for (id, spelling) in byID.enumerated() {
        guard let spelling else {
          meaning.tokens.append(nil)
          continue
        }
        let bytes = ByteAlphabet.bytes(of: spelling)
        if bytes?.count == 1 { meaning.isOrdinary[id] = true }
        // A special token stands there as it reads; so does one that only looks like a spelling.
        if special.contains(spelling), meaning.isOrdinary[id], bytes != spelling {
          throw TokenizationError.ambiguousSpelling(String(decoding: spelling, as: UTF8.self))
        }
        if bytes == nil && !special.contains(spelling) { meaning.literalIDs.insert(id) }
        meaning.tokens.append(special.contains(spelling) ? spelling : bytes ?? spelling)
      }
      return meaning
    }

    private func failure(_ merge: Merge, _ what: String) -> MalformedContent {
      MalformedContent(detail: "merge \(quoted(merge.left + [32] + merge.right)) \(what)")
    }

    /// The id that each merge makes.
    private func made(by merges: [Merge]) throws -> [Int] {
      guard merges.count <= MergeTable.maximumCount - 256 else {
        throw MalformedContent(
          detail: "it has more merges than \(MergeTable.maximumCount - 256)")
      }
      return try merges.map { merge in
        guard let id = ids[merge.left + merge.right] else {
          throw failure(merge, "makes a token that the vocabulary lacks")
        }
        return id
      }
    }

    /// The vocabulary of a `tokenizer.json`: the list of merges decides.
    func vocabulary(
      merges: [Merge], specialTokens: [SpecialToken], looksUpWords: Bool
    ) throws -> Vocabulary {
      let made = try made(by: merges)
      let lines = try zip(merges, made).map { merge, id in
        guard let line = line(merge, id) else {
          throw failure(merge, "is of a token that the vocabulary lacks")
        }
        return line
      }
      let meaning = try meaning(special: Set(specialTokens.map(\.bytes)), made: made)
      let special = Set(specialTokens.map(\.id))
      return try Vocabulary(
        tokens: meaning.tokens, merges: lines, specialTokens: specialTokens,
        literalIDs: meaning.literalIDs, looksUpWords: looksUpWords
      ) { id in
        guard id < meaning.isOrdinary.count, meaning.tokens[id] != nil else { return false }
        return meaning.isOrdinary[id]
          || looksUpWords && !special.contains(id) && !meaning.literalIDs.contains(id)
      }
    }

    private func line(_ merge: Merge, _ id: Int) -> MergeList.Line? {
      guard let left = ids[merge.left], let right = ids[merge.right] else { return nil }
      return (Int32(left), Int32(right), Int32(id))
    }

    /// The vocabulary of `vocab.json` and `merges.txt`; without a list of special tokens, all that
    /// are neither bytes nor made by a merge are special.
    func vocabulary(merges: [Merge], specialTokens: [String]?) throws -> Vocabulary {
      let made = try made(by: merges)
      let listed = specialTokens.map { Set($0.map { Array($0.utf8) }) } ?? []
      let meaning = try meaning(special: listed, made: made)
      let isOrdinary = { (id: Int) in id < meaning.isOrdinary.count && meaning.isOrdinary[id] }
      let isInOrderOfIDs = zip(made, made.dropFirst()).allSatisfy { $0 < $1 }
      let lines = zip(merges, made).map { line($0, $1) }
      func vocabulary(_ special: [SpecialToken]) throws -> Vocabulary {
        // A line about something that is no token is one that nothing ever comes to.
        try Vocabulary(
          tokens: meaning.tokens, merges: isInOrderOfIDs ? nil : lines.compactMap { $0 },
          specialTokens: special, literalIDs: meaning.literalIDs, mergeable: isOrdinary)
      }
      var result: Vocabulary
      if let specialTokens {
        result = try vocabulary([]).withSpecialTokens(specialTokens)
      } else {
        let others = meaning.tokens.indices.filter { meaning.tokens[$0] != nil && !isOrdinary($0) }
        result = try vocabulary(
          others.map { SpecialToken(String(decoding: byID[$0] ?? [], as: UTF8.self), id: $0) })
      }
      guard isInOrderOfIDs else { return result }
      let parts = result.order.table.parts
      result.differingMergeCount = zip(lines, made).count { line, id in
        line?.left != parts[id].left || line?.right != parts[id].right
      }
      return result
    }
  }
}
