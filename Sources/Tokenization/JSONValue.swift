/// A small JSON value as a tree, for the parts of a file that are looked at more than once.
enum JSONValue {
  case null
  case bool(Bool)
  case number(Double)
  case string([UInt8])
  case array([JSONValue])
  case object([(key: [UInt8], value: JSONValue)])

  /// The last member of this name, where this is an object.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key.elementsEqual(name.utf8) }?.value
  }

  var isNull: Bool { if case .null = self { true } else { false } }

  var isTrue: Bool { if case .bool(true) = self { true } else { false } }

  var number: Double? { if case .number(let value) = self { value } else { nil } }

  /// A string's text.
  var text: String? {
    if case .string(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
  }
}

extension JSONScanner {
  /// Reads a value of any kind.
  mutating func value() throws -> JSONValue {
    switch try peek() {
    case UInt8(ascii: "{"):
      var members: [(key: [UInt8], value: JSONValue)] = []
      try object { scanner, key in members.append((key, try scanner.value())) }
      return .object(members)
    case UInt8(ascii: "["):
      var values: [JSONValue] = []
      try array { values.append(try $0.value()) }
      return .array(values)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try bool())
    case UInt8(ascii: "n"):
      _ = try takeNull()
      return .null
    default: return .number(try number())
    }
  }
}
