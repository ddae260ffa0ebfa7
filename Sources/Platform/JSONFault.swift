/// The first place where bytes break a rule of JSON (RFC 8259), for a person who is to mend it.
///
/// Foundation's decoder says this in its own words and not always, and takes the last of several
/// equal keys without a word.
package struct JSONFault: Equatable, CustomStringConvertible {
  /// The rule.
  package let reason: String

  /// The byte, counted from 0.
  package let offset: Int

  /// Line and column (in Unicode scalars) of that byte, counted from 1.
  package let line, column: Int

  /// Whether what follows the first value is another one, as in JSON Lines.
  package let hasMoreValues: Bool

  /// Finds it; nil where the bytes are JSON.
  package init?(in bytes: UnsafeRawBufferPointer) {
    var scanner = Scanner(bytes: bytes)
    var hasMoreValues = false
    let failure: Failure
    do throws(Failure) {
      if let offset = firstInvalidUTF8(in: bytes) {
        throw Failure(reason: "byte \(offset) \(Self.notUTF8)", offset: offset)
      }
      scanner.offset = bytes.count - bytes.withoutByteOrderMark.count
      try scanner.value(depth: 0)
      scanner.skipSpace()
      guard let next = scanner.next else { return nil }
      hasMoreValues = next == UInt8(ascii: "{")
      throw Failure(reason: "there is more behind the end", offset: scanner.offset)
    } catch {
      failure = error
    }
    reason = failure.reason
    offset = failure.offset
    self.hasMoreValues = hasMoreValues
    let before = bytes[..<min(offset, bytes.count)]
    line = 1 + before.count { $0 == UInt8(ascii: "\n") }
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    // Bytes that continue a scalar are no columns of their own.
    column = 1 + before[start...].count { $0 & 0xC0 != 0x80 }
  }

  /// The fault with its place: `not JSON at line 3, column 7: a colon is expected`.
  package var description: String { "not JSON at line \(line), column \(column): \(reason)" }

  /// What helps.
  package var remedy: String {
    reason.hasSuffix(Self.notUTF8) ? "save it as UTF-8" : "correct it there"
  }

  private static let notUTF8 = "is not UTF-8"

  fileprivate struct Failure: Error {
    let reason: String
    let offset: Int
  }
}

/// The offset of the first byte that is part of no UTF-8.
private func firstInvalidUTF8(in bytes: UnsafeRawBufferPointer) -> Int? {
  var offset = 0
  var iterator = bytes.makeIterator()
  var parser = Unicode.UTF8.ForwardParser()
  while true {
    switch parser.parseScalar(from: &iterator) {
    case .valid(let scalar): offset += scalar.count
    case .emptyInput: return nil
    case .error: return offset
    }
  }
}

private struct Scanner {
  private static let deepest = 512

  let bytes: UnsafeRawBufferPointer
  var offset = 0

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func failure(_ reason: String, at place: Int? = nil) -> JSONFault.Failure {
    guard place != nil || offset < bytes.count else {
      return JSONFault.Failure(reason: "the file ends too early", offset: bytes.count)
    }
    return JSONFault.Failure(reason: reason, offset: place ?? offset)
  }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  mutating func value(depth: Int) throws(JSONFault.Failure) {
    guard depth < Self.deepest else {
      throw failure("there are more than \(Self.deepest) brackets within each other")
    }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): try members(depth: depth)
    case UInt8(ascii: "["): try elements(depth: depth)
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "-"), (0x30...0x39)?: try number()
    default:
      for word in ["true", "false", "null"]
      where bytes[offset...].starts(with: Array(word.utf8)) {
        offset += word.utf8.count
        return
      }
      throw failure("a value is expected")
    }
  }

  private mutating func members(depth: Int) throws(JSONFault.Failure) {
    offset += 1
    skipSpace()
    if take("}") { return }
    var seen: Set<[UInt8]> = []
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else {
        throw failure("a name in quotation marks is expected")
      }
      let start = offset
      try string()
      guard seen.insert(Array(bytes[start..<offset])).inserted else {
        let name = String(decoding: bytes[start..<offset], as: UTF8.self)
        throw failure("\(quoted(name)) stands there twice", at: start)
      }
      skipSpace()
      guard take(":") else { throw failure("a colon is expected") }
      try value(depth: depth + 1)
      skipSpace()
      if take("}") { return }
      guard take(",") else { throw failure("a comma or } is expected") }
    }
  }

  private mutating func elements(depth: Int) throws(JSONFault.Failure) {
    offset += 1
    skipSpace()
    if take("]") { return }
    while true {
      try value(depth: depth + 1)
      skipSpace()
      if take("]") { return }
      guard take(",") else { throw failure("a comma or ] is expected") }
    }
  }

  private mutating func number() throws(JSONFault.Failure) {
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
  }

  private mutating func digits() throws(JSONFault.Failure) {
    let start = offset
    while let byte = next, 0x30...0x39 ~= byte { offset += 1 }
    guard offset > start else { throw failure("a digit is expected") }
  }

  private mutating func string() throws(JSONFault.Failure) {
    let start = offset
    offset += 1
    while let byte = next {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return
      case UInt8(ascii: "\\"): try escape()
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        throw failure("the line ends within a text, close it or write \\n", at: offset - 1)
      case 0..<0x20:
        throw failure(
          "a control character stands in a text, write it as an escape like \\n", at: offset - 1)
      default: break
      }
    }
    throw failure("the quotation mark that opens here has none to close it", at: start)
  }

  private mutating func escape() throws(JSONFault.Failure) {
    let start = offset - 1
    let half = failure("half a surrogate pair stands alone", at: start)
    guard let byte = next else { throw failure("") }
    offset += 1
    guard byte == UInt8(ascii: "u") else {
      guard "\"\\/bfnrt".utf8.contains(byte) else { throw failure("unknown escape", at: start) }
      return
    }
    let unit = try codeUnit()
    guard 0xD800..<0xE000 ~= unit else { return }
    guard unit < 0xDC00, take("\\"), take("u") else { throw half }
    guard 0xDC00..<0xE000 ~= (try codeUnit()) else { throw half }
  }

  private mutating func codeUnit() throws(JSONFault.Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("four hexadecimal digits are expected")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
