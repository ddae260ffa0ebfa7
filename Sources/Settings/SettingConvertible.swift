/// A type that a property with a setting may have.
package protocol SettingConvertible {
  /// What a setting of this type takes.
  static func form(in range: SettingRange) -> SettingForm

  /// What stands for a value in help where it has no unit.
  static var placeholder: String { get }

  /// Takes what was given; nil where this type cannot hold it.
  init?(setting value: SettingValue)

  /// What is held; nil where that is nothing.
  var settingValue: SettingValue? { get }
}

extension Bool: SettingConvertible {
  package static func form(in range: SettingRange) -> SettingForm { .flag }
  package static var placeholder: String { "" }
  package var settingValue: SettingValue? { .flag(self) }

  package init?(setting value: SettingValue) {
    guard case .flag(let value) = value else { return nil }
    self = value
  }
}

extension SettingConvertible where Self: FixedWidthInteger {
  package static func form(in range: SettingRange) -> SettingForm { .integer(range) }
  package static var placeholder: String { "N" }
  package var settingValue: SettingValue? { .integer(Int(self)) }

  package init?(setting value: SettingValue) {
    guard case .integer(let value) = value else { return nil }
    self.init(exactly: value)
  }
}

extension Int: SettingConvertible {}
extension UInt64: SettingConvertible {}

extension Double: SettingConvertible {
  package static func form(in range: SettingRange) -> SettingForm { .number(range) }
  package static var placeholder: String { "X" }
  package var settingValue: SettingValue? { .number(self) }

  package init?(setting value: SettingValue) {
    switch value {
    case .number(let value): self = value
    case .integer(let value): self = Double(value)
    default: return nil
    }
  }
}

// An empty text or list is what holds where nothing was given.
extension String: SettingConvertible {
  package static func form(in range: SettingRange) -> SettingForm { .text }
  package static var placeholder: String { "TEXT" }
  package var settingValue: SettingValue? { isEmpty ? nil : .text(self) }

  package init?(setting value: SettingValue) {
    guard case .text(let value) = value else { return nil }
    self = value
  }
}

extension [String]: SettingConvertible {
  package static func form(in range: SettingRange) -> SettingForm { .text }
  package static var placeholder: String { "TEXT" }
  package var settingValue: SettingValue? { isEmpty ? nil : .list(map { .text($0) }) }

  package init?(setting value: SettingValue) {
    guard case .list(let values) = value else { return nil }
    let texts = values.compactMap { String(setting: $0) }
    guard texts.count == values.count else { return nil }
    self = texts
  }
}

extension Optional: SettingConvertible where Wrapped: SettingConvertible {
  package static func form(in range: SettingRange) -> SettingForm { Wrapped.form(in: range) }
  package static var placeholder: String { Wrapped.placeholder }
  package var settingValue: SettingValue? { self?.settingValue }

  package init?(setting value: SettingValue) {
    guard let wrapped = Wrapped(setting: value) else { return nil }
    self = .some(wrapped)
  }
}
