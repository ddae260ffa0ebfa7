import ParablePlatform

/// The tokens of a byte-level tokenizer: ids and their bytes, special tokens, and the merges that
/// follow from them.
package struct Vocabulary: Sendable {
  /// The special tokens, in the order given.
  package let specialTokens: [SpecialToken]
  /// How many merges a merges file that was read gives in another way than the ids do; such a file
  /// decides which tokens merges can make, and the ids decide everything else.
  package internal(set) var differingMergeCount = 0
  /// How many merges of a merges file that was read make no token of the vocabulary.
  package internal(set) var ignoredMergeCount = 0

  /// The tokens by id.
  let store: TokenStore
  /// How words are merged.
  let order: MergeOrder
  /// Whether the merges follow from the ids, as in a tiktoken file.
  let followsIDs: Bool
  /// Tokens that files spell as they read although they are not special: ids that no text gives.
  let literalIDs: Set<Int>

  /// A vocabulary from the bytes of each id (nil where an id is unused).
  ///
  /// Merges are a list of ids, first the most urgent, or derived from the ids: a token's priority is
  /// its id, and its parts are what byte-pair encoding with the lower ids leaves of its bytes. Tokens
  /// that are not `mergeable` are only ever decoded, or found as special tokens; with a list, those
  /// that are have to be the 256 bytes and what the merges make, and with `looksUpWords` those that
  /// only a whole pre-token becomes.
  package init(
    tokens: [[UInt8]?], merges: [(left: Int32, right: Int32, merged: Int32)]? = nil,
    specialTokens: [SpecialToken] = [], literalIDs: Set<Int> = [], looksUpWords: Bool = false,
    mergeable: (Int) -> Bool = { _ in true }
  ) throws {
    let (tokens, special) = try Self.adding(specialTokens, to: tokens, mergeable)
    let isMergeable = { (id: Int) in !special.contains(id) && mergeable(id) }
    self.specialTokens = specialTokens
    self.literalIDs = literalIDs
    followsIDs = merges == nil
    store = TokenStore(tokens, isListed: isMergeable)
    let byteIDs = try Self.byteIDs(in: store)
    if let merges {
      order = MergeOrder(
        store, byteIDs: byteIDs, list: MergeList(merges, store: store, byteIDs: byteIDs).lines,
        looksUpWords: looksUpWords, isListed: isMergeable)
    } else {
      order = MergeOrder(store, byteIDs: byteIDs, isMergeable: isMergeable)
    }
  }

  /// How many ids may be without a token, beside three for each that has one.
  private static let gapsAllowed = 1 << 18

  /// A vocabulary as training makes it: special tokens, the 256 bytes, and merges in order.
  init(specialTokens texts: [String], merges: [(left: Int32, right: Int32)]) throws {
    specialTokens = texts.enumerated().map { SpecialToken($1, id: $0) }
    try Self.check(specialTokens)
    let firstByte = texts.count
    var tokens: [[UInt8]] = specialTokens.map(\.bytes) + (0...255).map { [UInt8($0)] }
    tokens.reserveCapacity(tokens.count + merges.count)
    for merge in merges { tokens.append(tokens[Int(merge.left)] + tokens[Int(merge.right)]) }
    literalIDs = []
    followsIDs = true
    store = TokenStore(tokens, isListed: { $0 >= firstByte })
    order = MergeOrder(
      store, byteIDs: (0...255).map { Int32(firstByte + $0) },
      list: merges.enumerated().map { ($1.left, $1.right, Int32(firstByte + 256 + $0)) },
      looksUpWords: false, isListed: { $0 >= firstByte })
  }

  /// The tokens with the special ones in their places, and which of these are not ordinary as well.
  private static func adding(
    _ specialTokens: [SpecialToken], to tokens: [[UInt8]?], _ isOrdinary: (Int) -> Bool
  ) throws -> (tokens: [[UInt8]?], special: Set<Int>) {
    try check(specialTokens)
    // A few lines must not take the memory of two million ids.
    let known = tokens.count { $0 != nil } + specialTokens.count
    let highest = max(tokens.count - 1, specialTokens.map(\.id).max() ?? 0)
    guard highest <= gapsAllowed + 4 * known else {
      throw TokenizationError.sparseIDs(highest: highest, tokens: known)
    }
    var tokens = tokens
    var special: Set<Int> = []
    for token in specialTokens {
      while tokens.count <= token.id { tokens.append(nil) }
      // A special token that is also an ordinary one keeps its place in the merges.
      if tokens[token.id] != token.bytes || !isOrdinary(token.id) { special.insert(token.id) }
      tokens[token.id] = token.bytes
    }
    guard tokens.count <= MergeTable.maximumCount else {
      throw TokenizationError.tooManyIDs(tokens.count, maximum: MergeTable.maximumCount)
    }
    return (tokens, special)
  }

  /// How many ids there are up to this one, whatever it is.
  static func count(upTo id: Int) -> Int { id < .max ? id + 1 : id }

  static func check(_ specialTokens: [SpecialToken]) throws {
    var seen: Set<[UInt8]> = []
    for token in specialTokens {
      guard (0..<MergeTable.maximumCount).contains(token.id) else {
        throw TokenizationError.tooManyIDs(count(upTo: token.id), maximum: MergeTable.maximumCount)
      }
      if token.bytes.isEmpty { throw TokenizationError.emptySpecialToken }
      if !seen.insert(token.bytes).inserted {
        throw TokenizationError.repeatedSpecialToken(token.text)
      }
    }
  }

  private static func byteIDs(in store: TokenStore) throws -> [Int32] {
    try (UInt8.min...UInt8.max).map { byte in
      let id = withUnsafePointer(to: byte) { store.find(UnsafeBufferPointer(start: $0, count: 1)) }
      guard id >= 0 else { throw TokenizationError.missingByte(byte) }
      return id
    }
  }

  /// One more than the highest id: the number of rows that an embedding needs.
  package var count: Int { store.count }

  /// The special token that ends a document.
  package static let endOfTextToken = "<|endoftext|>"

  /// The id of `<|endoftext|>`, where that is a special token.
  package var endOfText: Int? { id(ofSpecial: Self.endOfTextToken) }

  /// The id of a special token.
  package func id(ofSpecial text: String) -> Int? {
    specialTokens.first { $0.bytes.elementsEqual(text.utf8) }?.id
  }

  /// The bytes of a token; nil where the id is unused.
  package func bytes(of id: Int) -> [UInt8]? {
    guard (0..<count).contains(id), !store[id].isEmpty else { return nil }
    return Array(store[id])
  }

  /// The id of the ordinary token with these bytes.
  package func id(of bytes: [UInt8]) -> Int? {
    let id = bytes.withUnsafeBufferPointer { store.find($0) }
    return id < 0 ? nil : Int(id)
  }

  /// The merges, first the most urgent, each as the two ids that it joins.
  package var merges: [(left: Int, right: Int)] {
    order.merges.map { (Int($0.left), Int($0.right)) }
  }

  /// What `vocab.json` and `merges.txt` cannot say of this vocabulary; nil where they say everything.
  package var lossAsMerges: String? {
    if order.looksUpWords { return "a whole word may be a token that no merge makes" }
    if let token = specialTokens.first(where: { !$0.isSpecial || $0.isNormalized }) {
      return "\(quoted(token.text)) is \(token.isSpecial ? "normalized" : "not special")"
    }
    return nil
  }

  /// The same tokens with these special tokens instead; one that the vocabulary lacks gets the next
  /// free id.
  package func withSpecialTokens(_ texts: [String]) throws -> Vocabulary {
    var tokens: [[UInt8]?] = (0..<count).map { bytes(of: $0) }
    let special = texts.map { text in
      let bytes = Array(text.utf8)
      if let known = specialTokens.first(where: { $0.bytes == bytes }) { return known }
      if let known = tokens.firstIndex(of: bytes) { return SpecialToken(text, id: known) }
      tokens.append(bytes)
      return SpecialToken(text, id: tokens.count - 1)
    }
    return try Vocabulary(
      tokens: tokens, merges: followsIDs ? nil : order.merges, specialTokens: special,
      literalIDs: literalIDs, looksUpWords: order.looksUpWords, mergeable: isMergeable)
  }

  /// Whether the token takes part in merges.
  func isMergeable(_ id: Int) -> Bool {
    guard id < count else { return false }
    let token = store[id]
    return !token.isEmpty && store.find(token) == Int32(id)
  }

  /// What decoding does with an id that the vocabulary does not have.
  package enum UnknownIDs: Sendable {
    /// Fails, naming the id.
    case fail
    /// Leaves it out.
    case skip
  }

  /// The bytes that the ids stand for.
  package func decode(_ ids: some Sequence<Int32>, unknown: UnknownIDs = .fail) throws -> [UInt8] {
    var text: [UInt8] = []
    for id in ids {
      guard id >= 0, id < count, !store[Int(id)].isEmpty else {
        if unknown == .skip { continue }
        throw TokenizationError.unknownID(Int(id))
      }
      text += store[Int(id)]
    }
    return text
  }

  /// The text that the ids stand for, invalid UTF-8 replaced at the end.
  package func decodeText(
    _ ids: some Sequence<Int32>, unknown: UnknownIDs = .fail
  ) throws -> String {
    String(decoding: try decode(ids, unknown: unknown), as: UTF8.self)
  }
}

extension Vocabulary: Equatable {
  /// Whether both have the same ids, bytes, special tokens and merges.
  package static func == (a: Vocabulary, b: Vocabulary) -> Bool {
    a.specialTokens == b.specialTokens && a.count == b.count
      && (0..<a.count).allSatisfy { a.store[$0].elementsEqual(b.store[$0]) }
      && a.order.looksUpWords == b.order.looksUpWords
      && a.order.merges.elementsEqual(b.order.merges, by: ==)
  }
}
