/// A small JSON value as a tree, for what is looked at more than once.
package indirect enum JSONValue {
  case null
  case bool(Bool)
  /// The digits as they stand, so that no integer passes through a Double.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// The members, each with a key of its own, in their order.
  case object([(key: String, value: JSONValue)])

  /// Parses one value that fills `bytes` but for white space; the first byte has the number `start`
  /// in messages.
  package init(
    parsing bytes: UnsafeRawBufferPointer, from start: Int = 0, deepest: Int = 64
  ) throws {
    var reader = JSONReader(bytes, from: start, deepest: deepest)
    self = try reader.value()
    try reader.end()
  }

  /// The member of this name, where this is an object.
  package subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key.utf8.elementsEqual(name.utf8) }?.value
  }

  /// Whether this is null.
  package var isNull: Bool { if case .null = self { true } else { false } }

  /// Whether this is true; everything but a truth value is not.
  package var isTrue: Bool { if case .bool(true) = self { true } else { false } }

  /// The value of a number.
  package var number: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }

  /// The value of a whole number that fits an `Int`.
  package var integer: Int? {
    guard case .number(let digits) = self else { return nil }
    return Int(digits) ?? number.flatMap { Int(exactly: $0) }
  }

  /// A number as a count or offset: digits only, and small enough for an `Int`.
  package var nonNegativeInteger: Int? {
    guard case .number(let digits) = self, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      return nil
    }
    return Int(digits)
  }

  /// A string's text.
  package var text: String? { if case .string(let text) = self { text } else { nil } }
}

extension JSONReader {
  /// Reads a value of any kind.
  package mutating func value() throws -> JSONValue {
    switch try peek() {
    case UInt8(ascii: "{"):
      var members: [(key: String, value: JSONValue)] = []
      try object { reader, key in
        members.append((String(decoding: key, as: UTF8.self), try reader.value()))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var values: [JSONValue] = []
      try array { values.append(try $0.value()) }
      return .array(values)
    case UInt8(ascii: "\""): return .string(String(decoding: try string(), as: UTF8.self))
    case UInt8(ascii: "-"), 0x30...0x39: return .number(try number())
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try bool())
    default:
      try null()
      return .null
    }
  }
}
