import Platform

/// A JSON value (RFC 8259) whose members keep their order and are unique.
///
/// Foundation's parser keeps the last of several equal keys and says nothing, so that a header
/// could show one tensor to one reader and another to the next; this one refuses.
indirect enum StrictJSON {
  case object([(key: String, value: StrictJSON)])
  case array([StrictJSON])
  case string(String)
  /// The digits as they stand, so that no integer passes through a Double.
  case number(String)
  case bool(Bool)
  case null

  /// A rule that the text breaks and the byte where it does.
  struct Failure: Error {
    let reason: String
    let offset: Int
  }

  /// Parses one value that fills `bytes` but for white space.
  init(parsing bytes: UnsafeRawBufferPointer) throws(Failure) {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Failure(reason: "invalid UTF-8", offset: 0)
    }
    var scanner = Scanner(bytes: bytes)
    self = try scanner.value(depth: 0)
    scanner.skipSpace()
    guard scanner.offset == bytes.count else { throw scanner.failure("text after the end") }
  }

  /// The value as a count or offset: digits only, and small enough for an `Int`.
  var nonNegativeInteger: Int? {
    guard case .number(let digits) = self, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      return nil
    }
    return Int(digits)
  }
}

private struct Scanner {
  let bytes: UnsafeRawBufferPointer
  var offset = 0

  func failure(_ reason: String) -> StrictJSON.Failure {
    StrictJSON.Failure(reason: reason, offset: offset)
  }

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(StrictJSON.Failure) {
    guard take(character) else { throw failure("'\(character)' expected") }
  }

  mutating func value(depth: Int) throws(StrictJSON.Failure) -> StrictJSON {
    guard depth < 64 else { throw failure("nested too deep") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  mutating func object(depth: Int) throws(StrictJSON.Failure) -> StrictJSON {
    try expect("{")
    var members: [(key: String, value: StrictJSON)] = []
    // Bytes, not Strings: Swift calls two spellings of one accented letter equal.
    var seen: Set<[UInt8]> = []
    skipSpace()
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      let key = try string()
      guard seen.insert(Array(key.utf8)).inserted else {
        throw failure("duplicate key \"\(quoted(key))\"")
      }
      skipSpace()
      try expect(":")
      members.append((key, try value(depth: depth + 1)))
      skipSpace()
    } while take(",")
    try expect("}")
    return .object(members)
  }

  mutating func array(depth: Int) throws(StrictJSON.Failure) -> StrictJSON {
    try expect("[")
    var elements: [StrictJSON] = []
    skipSpace()
    if take("]") { return .array([]) }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while take(",")
    try expect("]")
    return .array(elements)
  }

  mutating func word(
    _ text: StaticString, _ value: StrictJSON
  ) throws(StrictJSON.Failure) -> StrictJSON {
    for index in 0..<text.utf8CodeUnitCount {
      guard next == text.utf8Start[index] else { throw failure("'\(text)' expected") }
      offset += 1
    }
    return value
  }

  mutating func digits() throws(StrictJSON.Failure) {
    let start = offset
    while let byte = next, 0x30...0x39 ~= byte { offset += 1 }
    guard offset > start else { throw failure("a value expected") }
  }

  mutating func number() throws(StrictJSON.Failure) -> String {
    let start = offset
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  mutating func string() throws(StrictJSON.Failure) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while true {
      guard let byte = next else { throw failure("string without an end") }
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0..<0x20: throw failure("control character in a string")
      default: text.append(byte)
      }
    }
  }

  private mutating func escape() throws(StrictJSON.Failure) -> [UInt8] {
    guard let byte = next else { throw failure("string without an end") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): break
    default: throw failure("unknown escape")
    }
    var value = try codeUnit()
    if 0xD800..<0xDC00 ~= value {
      try expect("\\")
      try expect("u")
      let low = try codeUnit()
      guard 0xDC00..<0xE000 ~= low else { throw failure("half a surrogate pair") }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw failure("half a surrogate pair") }
    return Array(String(scalar).utf8)
  }

  private mutating func codeUnit() throws(StrictJSON.Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("four hexadecimal digits expected")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
