/// A struct whose properties are declared as settings, which makes it readable from a command line
/// and from JSON.
///
/// In JSON it is one flat object, whatever the struct is made of; keys that it does not know are
/// passed over, and what is missing has its default.
package protocol DeclaredSettings: Codable {
  /// The defaults.
  init()

  /// All settings, in the order of help.
  @SettingsBuilder<Self> static var settings: [Setting<Self>] { get }

  /// Sets of values with a name, the defaults first: what help shows as defaults.
  static var presets: [(name: String, values: Self)] { get }
}

/// Makes a list of the settings, and lists of them, that stand below each other.
@resultBuilder package enum SettingsBuilder<Root> {
  /// One setting.
  package static func buildExpression(_ setting: Setting<Root>) -> [Setting<Root>] { [setting] }

  /// Those of a part.
  package static func buildExpression(_ part: [Setting<Root>]) -> [Setting<Root>] { part }

  /// All of them.
  package static func buildBlock(_ parts: [Setting<Root>]...) -> [Setting<Root>] {
    parts.flatMap { $0 }
  }
}

extension DeclaredSettings {
  /// The defaults alone.
  package static var presets: [(name: String, values: Self)] { [("", Self())] }

  /// Throws for the first setting that is out of the range that it declares.
  package func validateRanges() throws(SettingError) {
    for setting in Self.settings { try setting.validate(self) }
  }

  /// Puts other names of files and folders in place of those that there are.
  package mutating func mapPaths(_ map: (String) -> String) {
    for setting in Self.settings where setting.form == .path {
      let mapped: SettingValue? =
        switch setting.value(in: self) {
        case .text(let path): .text(map(path))
        case .list(let paths): .list(paths.map { .text(map($0.description)) })
        default: nil
        }
      if let mapped { _ = setting.set(mapped, in: &self) }
    }
  }

  /// Reads the JSON object of ``encode(to:)``, of this version or of one before.
  package init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: SettingKey.self)
    for setting in Self.settings {
      let keys = setting.keys.map { SettingKey(stringValue: $0) }
      guard let key = keys.first(where: container.contains),
        try !container.decodeNil(forKey: key)
      else { continue }
      guard setting.set(try container.decode(SettingValue.self, forKey: key), in: &self) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "give \(setting.form.expectation)")
      }
    }
  }

  /// Writes one flat JSON object; what has no value is left out.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: SettingKey.self)
    for setting in Self.settings {
      try container.encodeIfPresent(
        setting.value(in: self), forKey: SettingKey(stringValue: setting.key))
    }
  }
}

private struct SettingKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }

  init?(intValue: Int) { nil }
}
