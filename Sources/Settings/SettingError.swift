import ParablePlatform

/// A setting that cannot be.
package struct SettingError: Error, CustomStringConvertible {
  /// The setting's name on the command line, without its dashes.
  package let name: String

  /// What it is.
  package let value: String

  /// What to give instead.
  package let remedy: String

  /// Says of the setting `name` that it cannot be `value`.
  package init(_ name: String, _ value: some CustomStringConvertible, _ remedy: String) {
    self.name = name
    self.value = value.description
    self.remedy = remedy
  }

  /// One line: `where: what; remedy`.
  package var description: String { "--\(name): cannot be \(quoted(value)); \(remedy)" }
}
