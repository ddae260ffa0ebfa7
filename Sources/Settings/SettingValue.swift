/// What a setting was given, or holds without being given: a JSON scalar or a list of them.
package enum SettingValue: Equatable, Sendable {
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([SettingValue])
}

extension SettingValue: CustomStringConvertible {
  /// The value as one would type it.
  package var description: String {
    switch self {
    case .flag(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
    case .text(let value): value
    case .list(let values): values.map(\.description).joined(separator: " ")
    }
  }
}

extension SettingValue {
  /// The value as JSON has it: a text in quotation marks, so that `"10"` is not taken for 10.
  package var inJSON: String {
    switch self {
    case .text(let text): "\"\(text)\""
    case .list(let values): "[" + values.map(\.inJSON).joined(separator: ", ") + "]"
    default: description
    }
  }
}

extension SettingValue: Codable {
  /// Reads a JSON scalar or list; objects and nulls have no setting that could hold them.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self =
      try (try? container.decode(Bool.self)).map(SettingValue.flag)
      ?? (try? container.decode(Int.self)).map(SettingValue.integer)
      ?? (try? container.decode(Double.self)).map(SettingValue.number)
      ?? (try? container.decode(String.self)).map(SettingValue.text)
      ?? .list(container.decode([SettingValue].self))
  }

  /// Writes the value as the JSON scalar or list that it is.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .flag(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    }
  }
}
