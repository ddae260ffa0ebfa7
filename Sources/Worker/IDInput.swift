import ParableFormats

/// Ids that come in parts: a JSON array, the object that `encode --json` prints, or raw numbers.
struct IDInput {
  let input: ByteInput

  /// How many bytes a raw little-endian number has; nil is JSON.
  let width: Int?

  /// Hands the ids of each part to `body` before the next part is read.
  func forEachPart(_ body: ([Int32]) throws -> Void) throws {
    if let width { return try forEachRawPart(width, body) }
    try withoutActuallyEscaping(body) { body in
      do {
        try forEachJSONPart(body)
      } catch let failure as JSONFailure {
        throw malformed(
          failure.isEnd ? "the ids end too early" : failure.reason, at: failure.offset)
      }
    }
  }

  private func forEachJSONPart(_ body: @escaping ([Int32]) throws -> Void) throws {
    var ids: [Int32] = []
    func handOver() throws {
      try body(ids)
      ids.removeAll(keepingCapacity: true)
    }
    func readArray(_ reader: inout JSONReader) throws {
      try reader.array { reader in
        guard let id = Int32(exactly: try reader.integer()) else {
          throw malformed("an id is too large", at: reader.offset)
        }
        ids.append(id)
      }
    }
    var reader = JSONReader {
      try handOver()
      return try input.next()
    }
    if try reader.peek() == UInt8(ascii: "{") {
      var hasIDs = false
      try reader.object { reader, key in
        hasIDs = key.elementsEqual("ids".utf8)
        guard hasIDs else { throw malformed("this is no list of ids", at: reader.offset) }
        try readArray(&reader)
      }
      guard hasIDs else { throw malformed("this is no list of ids", at: reader.offset) }
    } else {
      try readArray(&reader)
    }
    try reader.end()
    try handOver()
  }

  private func malformed(_ what: String, at position: Int) -> CommandFailure {
    CommandFailure(
      description:
        "the ids, byte \(position): \(what); give a JSON array of ids, or u16 or u32 with "
        + "--format")
  }

  private func forEachRawPart(_ width: Int, _ body: ([Int32]) throws -> Void) throws {
    var position = 0
    var value: UInt32 = 0
    try input.forEachPart { bytes in
      var ids: [Int32] = []
      for byte in bytes {
        value |= UInt32(byte) << (8 * (position % width))
        position += 1
        guard position.isMultiple(of: width) else { continue }
        guard let id = Int32(exactly: value) else {
          throw malformed("an id is too large", at: position - 1)
        }
        ids.append(id)
        value = 0
      }
      try body(ids)
    }
    guard position.isMultiple(of: width) else {
      throw malformed(
        "the end is not that of a number of \(width) bytes (odd length)", at: position)
    }
  }
}
