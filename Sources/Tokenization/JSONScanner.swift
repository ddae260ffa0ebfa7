/// Reads JSON from its beginning to its end, strings as UTF-8 bytes, without building a tree.
///
/// Vocabularies have tens of thousands of entries; this keeps loading them quick.
struct JSONScanner {
  struct Failure: Error {
    let detail: String
  }

  /// How deep objects and arrays may lie in each other: what a tokenizer needs is far less.
  static let maximumDepth = 64

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The first byte of the next value or mark.
  mutating func peek() throws -> UInt8 {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return bytes[position]
      }
    }
    throw Failure(detail: "it ends too early")
  }

  private mutating func take(_ mark: Unicode.Scalar) throws {
    guard try peek() == UInt8(ascii: mark) else {
      throw Failure(detail: "\(mark) is missing at byte \(position)")
    }
    position += 1
  }

  /// Goes into an object or an array.
  private mutating func enter(_ mark: Unicode.Scalar) throws {
    try take(mark)
    depth += 1
    guard depth <= Self.maximumDepth else {
      throw Failure(
        detail: "byte \(position - 1) is more than \(Self.maximumDepth) levels deep")
    }
  }

  /// Goes out of an object or an array, if its end is next.
  private mutating func leave(_ mark: Unicode.Scalar) throws -> Bool {
    guard try peek() == UInt8(ascii: mark) else { return false }
    position += 1
    depth -= 1
    return true
  }

  /// Whether the next value is null, which is taken then.
  mutating func takeNull() throws -> Bool {
    guard try peek() == UInt8(ascii: "n") else { return false }
    try literal("null")
    return true
  }

  /// Reads an object, giving `body` each key with the scanner before its value.
  mutating func object(_ body: (inout JSONScanner, [UInt8]) throws -> Void) throws {
    try enter("{")
    if try leave("}") { return }
    while true {
      let key = try string()
      try take(":")
      try body(&self, key)
      if try leave("}") { return }
      try take(",")
    }
  }

  /// Reads an array, calling `body` before each value.
  mutating func array(_ body: (inout JSONScanner) throws -> Void) throws {
    try enter("[")
    if try leave("]") { return }
    while true {
      try body(&self)
      if try leave("]") { return }
      try take(",")
    }
  }

  /// Reads a number that is an id.
  mutating func id() throws -> Int {
    _ = try peek()
    var value = 0
    let start = position
    while position < bytes.count, bytes[position] &- 0x30 < 10 {
      value = value * 10 + Int(bytes[position] - 0x30)
      position += 1
      // The ids are stored as Int32, and a store has a place for each up to the highest.
      guard value < MergeTable.maximumCount else {
        throw Failure(detail: "the id at byte \(start) is too large")
      }
    }
    guard position > start else { throw Failure(detail: "an id is missing at byte \(start)") }
    return value
  }

  /// Reads true or false.
  mutating func bool() throws -> Bool {
    let isTrue = try peek() == UInt8(ascii: "t")
    try literal(isTrue ? "true" : "false")
    return isTrue
  }

  /// Reads a string as UTF-8.
  mutating func string() throws -> [UInt8] {
    try take("\"")
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return text
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20:
        throw Failure(detail: "byte \(position - 1) is a control character in a string")
      default: text.append(byte)
      }
    }
    throw Failure(detail: "a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws {
    guard position < bytes.count else { throw Failure(detail: "it ends too early") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var value = try hexadecimal()
      if value & 0xFC00 == 0xD800, position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let low = try hexadecimal()
        guard low & 0xFC00 == 0xDC00 else {
          throw Failure(detail: "half a surrogate pair before byte \(position)")
        }
        value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
      }
      guard let scalar = Unicode.Scalar(value) else {
        throw Failure(detail: "half a surrogate pair before byte \(position)")
      }
      text += Array(String(scalar).utf8)
    default: throw Failure(detail: "an unknown escape at byte \(position - 1)")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard position + 4 <= bytes.count,
      let value = UInt32(
        String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw Failure(detail: "four hexadecimal digits are missing at byte \(position)") }
    position += 4
    return value
  }

  private mutating func literal(_ text: StaticString) throws {
    for byte in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) {
      guard position < bytes.count, bytes[position] == byte else {
        throw Failure(detail: "an unknown value at byte \(position)")
      }
      position += 1
    }
  }

  /// Reads a value of any kind and forgets it.
  mutating func skip() throws {
    switch try peek() {
    case UInt8(ascii: "{"): try object { scanner, _ in try scanner.skip() }
    case UInt8(ascii: "["): try array { try $0.skip() }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
    case UInt8(ascii: "n"): try literal("null")
    default: _ = try number()
    }
  }

  /// Reads a number of any kind.
  mutating func number() throws -> Double {
    _ = try peek()
    let start = position
    while position < bytes.count, "+-.0123456789eE".utf8.contains(bytes[position]) {
      position += 1
    }
    guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw Failure(detail: "an unknown value at byte \(start)")
    }
    return value
  }

  /// Fails unless everything is read.
  mutating func end() throws {
    while position < bytes.count, " \t\r\n".utf8.contains(bytes[position]) { position += 1 }
    if position < bytes.count { throw Failure(detail: "something follows at byte \(position)") }
  }
}

/// Writes JSON strings.
enum JSONText {
  /// Appends UTF-8 text as a JSON string.
  static func append(_ text: [UInt8], to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        output += Array(("\\u00" + (byte < 16 ? "0" : "") + digits).utf8)
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
