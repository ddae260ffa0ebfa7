import ParablePlatform

/// A rule of JSON (RFC 8259) that bytes break.
package struct JSONFailure: Error, Equatable, CustomStringConvertible {
  /// The rule.
  package let reason: String

  /// The byte where it is broken, counted from 0.
  package let offset: Int

  /// Whether the bytes stop in the middle.
  package var isEnd: Bool { self == .end(at: offset) }

  /// Whether the byte is part of no text at all.
  var isNotUTF8: Bool { self == .notUTF8(at: offset) }

  /// What is wrong and where: `a colon is expected at byte 7`.
  package var description: String { isNotUTF8 ? reason : "\(reason) at byte \(offset)" }

  /// Bytes that stop in the middle.
  static func end(at offset: Int) -> JSONFailure {
    JSONFailure(reason: "the file ends too early", offset: offset)
  }

  /// Bytes that are no text.
  static func notUTF8(at offset: Int) -> JSONFailure {
    JSONFailure(reason: "byte \(offset) is not UTF-8", offset: offset)
  }
}

/// Reads JSON from its beginning to its end, value by value, without building a tree.
///
/// It takes nothing that JSON forbids, nor equal keys in one object, of which other readers take the
/// first or the last. A byte order mark at the beginning is passed over.
package struct JSONReader {
  /// The part that is being read.
  private var bytes: UnsafeRawBufferPointer
  private var position = 0
  /// How many bytes the parts before it have.
  private var passed: Int
  private var nextPart: () throws -> UnsafeRawBufferPointer? = { nil }
  private let deepest: Int
  private var depth = 0

  /// Reads `bytes`, which have to stay where they are; the first has the number `start` in messages,
  /// and at most `deepest` brackets may lie within each other.
  package init(_ bytes: UnsafeRawBufferPointer, from start: Int = 0, deepest: Int = 64) {
    self.bytes = bytes
    passed = start
    self.deepest = deepest
  }

  /// Reads bytes that come in parts, none of them empty; each has to stay where it is until the next
  /// is asked for.
  package init(parts nextPart: @escaping () throws -> UnsafeRawBufferPointer?) {
    self.init(UnsafeRawBufferPointer(start: nil, count: 0))
    self.nextPart = nextPart
  }

  /// How many bytes are read.
  package var offset: Int { passed + position }

  // MARK: Values

  /// Reads an object, giving `body` each key, as UTF-8, with the reader before its value.
  ///
  /// `refusesRepeats` is false where the caller looks for keys that stand there twice itself.
  package mutating func object(
    refusesRepeats: Bool = true, _ body: (inout JSONReader, [UInt8]) throws -> Void
  ) throws {
    try enter("{", else: "an object is expected")
    if try leave("}") { return }
    // Bytes, not Strings: Swift calls two spellings of one accented letter equal.
    var seen: Set<[UInt8]> = []
    repeat {
      guard try peek() == UInt8(ascii: "\"") else {
        throw failure("a name in quotation marks is expected")
      }
      let start = offset
      let key = try string()
      guard !refusesRepeats || seen.insert(key).inserted else {
        let name = quoted(String(decoding: key, as: UTF8.self))
        throw failure("\"\(name)\" stands there twice", at: start)
      }
      guard try take(":") else { throw failure("a colon is expected") }
      try body(&self, key)
    } while try continues(to: "}")
  }

  /// Reads an array, calling `body` before each value.
  package mutating func array(_ body: (inout JSONReader) throws -> Void) throws {
    try enter("[", else: "an array is expected")
    if try leave("]") { return }
    repeat { try body(&self) } while try continues(to: "]")
  }

  /// Reads a string as UTF-8.
  package mutating func string() throws -> [UInt8] {
    guard try peek() == UInt8(ascii: "\"") else { throw failure("a text is expected") }
    let start = offset
    position += 1
    var text: [UInt8] = []
    while true {
      let first = position
      while position < bytes.count, isPlain(bytes[position]) { position += 1 }
      text.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[first..<position]))
      guard let byte = try current() else {
        throw JSONFailure(
          reason: "the quotation mark that opens here has none to close it", offset: start)
      }
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return text
      case UInt8(ascii: "\\"): try takeEscape(into: &text)
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        throw failure("the line ends within a text, close it or write \\n")
      case 0..<0x20:
        throw failure("a control character stands in a text, write it as an escape like \\n")
      case 0x80...: try takeScalar(into: &text)
      // Plain bytes at the beginning of a part.
      default: break
      }
    }
  }

  /// Reads a whole number.
  package mutating func integer() throws -> Int {
    let byte = try peek()
    guard byte == UInt8(ascii: "-") || isDigit(byte) else {
      throw failure("a whole number is expected")
    }
    let start = offset
    let digits = try number()
    guard let value = Int(digits) else {
      let isWhole = digits.utf8.dropFirst().allSatisfy(isDigit)
      throw failure(
        isWhole ? "the number is too large" : "a whole number is expected", at: start)
    }
    return value
  }

  /// Reads a number as its digits stand, so that none passes through a Double.
  package mutating func number() throws -> String {
    _ = try peek()
    var text: [UInt8] = []
    if try takeNext("-") { text.append(UInt8(ascii: "-")) }
    if try takeNext("0") {
      text.append(UInt8(ascii: "0"))
    } else {
      try takeDigits(into: &text)
    }
    if try takeNext(".") {
      text.append(UInt8(ascii: "."))
      try takeDigits(into: &text)
    }
    if let byte = try current(), isExponentMark(byte) {
      text.append(byte)
      position += 1
      if let sign = try current(), "+-".utf8.contains(sign) {
        text.append(sign)
        position += 1
      }
      try takeDigits(into: &text)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads true or false.
  package mutating func bool() throws -> Bool {
    let isTrue = try peek() == UInt8(ascii: "t")
    try takeWord(isTrue ? "true" : "false")
    return isTrue
  }

  /// Reads null.
  package mutating func null() throws { try takeWord("null") }

  /// Reads a value of any kind and forgets it.
  package mutating func skip() throws {
    switch try peek() {
    case UInt8(ascii: "{"): try object { reader, _ in try reader.skip() }
    case UInt8(ascii: "["): try array { try $0.skip() }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "-"), 0x30...0x39: _ = try number()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
    default: try null()
    }
  }

  /// The first byte of the next value or mark.
  package mutating func peek() throws -> UInt8 {
    guard let byte = try afterSpace() else { throw JSONFailure.end(at: offset) }
    return byte
  }

  /// Fails unless everything is read.
  package mutating func end() throws {
    if try afterSpace() != nil { throw failure("there is more behind the end") }
  }

  // MARK: Marks

  private mutating func enter(_ mark: Unicode.Scalar, else reason: String) throws {
    guard try peek() == UInt8(ascii: mark) else { throw failure(reason) }
    depth += 1
    guard depth <= deepest else {
      throw failure("there are more than \(deepest) brackets within each other")
    }
    position += 1
  }

  private mutating func leave(_ mark: Unicode.Scalar) throws -> Bool {
    guard try take(mark) else { return false }
    depth -= 1
    return true
  }

  /// Whether a comma is next, else the end of the object or array has to be.
  private mutating func continues(to end: Unicode.Scalar) throws -> Bool {
    if try take(",") { return true }
    guard try leave(end) else { throw failure("a comma or \(end) is expected") }
    return false
  }

  /// Takes the mark if it is next behind white space.
  private mutating func take(_ mark: Unicode.Scalar) throws -> Bool {
    guard try peek() == UInt8(ascii: mark) else { return false }
    position += 1
    return true
  }

  /// Takes the character if it is the very next one.
  private mutating func takeNext(_ character: Unicode.Scalar) throws -> Bool {
    guard try current() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func takeDigits(into text: inout [UInt8]) throws {
    let start = offset
    while let byte = try current(), isDigit(byte) {
      text.append(byte)
      position += 1
    }
    guard offset > start else { throw failure("a digit is expected") }
  }

  private mutating func takeWord(_ word: String) throws {
    _ = try peek()
    let start = offset
    for character in word.unicodeScalars where try !takeNext(character) {
      throw failure("a value is expected", at: offset == start ? nil : start)
    }
  }

  // MARK: Characters

  private mutating func takeEscape(into text: inout [UInt8]) throws {
    let start = offset
    position += 1
    guard let byte = try current() else { throw JSONFailure.end(at: offset) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let half = failure("half a surrogate pair stands alone", at: start)
      var value = try codeUnit()
      if 0xD800..<0xDC00 ~= value {
        guard try takeNext("\\"), try takeNext("u") else { throw half }
        let low = try codeUnit()
        guard 0xDC00..<0xE000 ~= low else { throw half }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw half }
      text.append(contentsOf: String(scalar).utf8)
    default: throw failure("unknown escape", at: start)
    }
  }

  private mutating func codeUnit() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = try current(), byte < 0x80,
        let digit = Character(Unicode.Scalar(byte)).hexDigitValue
      else { throw failure("four hexadecimal digits are expected") }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  /// Takes a character outside ASCII: Table 3-7 of the Unicode Standard.
  private mutating func takeScalar(into text: inout [UInt8]) throws {
    let start = offset
    guard let first = try current() else { throw JSONFailure.end(at: start) }
    let (count, second): (Int, ClosedRange<UInt8>) =
      switch first {
      case 0xC2...0xDF: (1, 0x80...0xBF)
      case 0xE0: (2, 0xA0...0xBF)
      case 0xED: (2, 0x80...0x9F)
      case 0xE1...0xEF: (2, 0x80...0xBF)
      case 0xF0: (3, 0x90...0xBF)
      case 0xF1...0xF3: (3, 0x80...0xBF)
      case 0xF4: (3, 0x80...0x8F)
      default: throw JSONFailure.notUTF8(at: start)
      }
    text.append(first)
    position += 1
    for index in 0..<count {
      guard let byte = try current(), (index == 0 ? second : 0x80...0xBF) ~= byte else {
        throw JSONFailure.notUTF8(at: start)
      }
      text.append(byte)
      position += 1
    }
  }

  // MARK: Bytes

  /// The next byte behind white space; nil at the end.
  private mutating func afterSpace() throws -> UInt8? {
    if offset == 0 { try skipByteOrderMark() }
    while let byte = try current() {
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      position += 1
    }
    return nil
  }

  private mutating func skipByteOrderMark() throws {
    guard try current() == 0xEF else { return }
    var mark: [UInt8] = []
    try takeScalar(into: &mark)
    guard mark.withoutByteOrderMark.isEmpty else { throw failure("a value is expected", at: 0) }
  }

  /// The next byte; nil at the end.
  @inline(__always) private mutating func current() throws -> UInt8? {
    if position < bytes.count { return bytes[position] }
    return try refill()
  }

  private mutating func refill() throws -> UInt8? {
    passed += position
    position = 0
    bytes = try nextPart() ?? UnsafeRawBufferPointer(start: nil, count: 0)
    return bytes.first
  }

  private func failure(_ reason: String, at place: Int? = nil) -> JSONFailure {
    if let place { return JSONFailure(reason: reason, offset: place) }
    guard position < bytes.count else { return .end(at: offset) }
    // What stands here may be no character at all.
    var probe = self
    var text: [UInt8] = []
    if bytes[position] >= 0x80, (try? probe.takeScalar(into: &text)) == nil {
      return .notUTF8(at: offset)
    }
    return JSONFailure(reason: reason, offset: offset)
  }
}

@inline(__always) private func isExponentMark(_ byte: UInt8) -> Bool {
  byte | 0x20 == UInt8(ascii: "e")
}

@inline(__always) private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

/// Whether a byte stands for itself in a string.
@inline(__always) private func isPlain(_ byte: UInt8) -> Bool {
  byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
}
