import Foundation
import ParableFormats
import ParablePlatform
import ParableSettings

// A file of settings: a JSON object of some of them.
extension DeclaredSettings {
  /// Takes the settings that stand in the JSON file at `path`.
  package mutating func read(file path: String) throws(CommandLineError) {
    let bytes: [UInt8]
    do {
      bytes = try contents(ofFile: path)
    } catch {
      throw .unreadableFile(error)
    }
    // Foundation's parser takes the last of several equal keys and gives no place of a fault.
    if let fault = bytes.withUnsafeBytes({ JSONFault(in: $0) }) {
      throw .invalidFile(path: path, reason: fault.description, remedy: fault.remedy)
    }
    let given = try values(inJSON: Data(bytes.withoutByteOrderMark), path: path)
    for (key, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let setting = Self.settings.first(where: { $0.keys.contains(key) }) else {
        let nearest = nearestSetting(to: key, among: Self.settings)?.setting?.key
        throw .unknownKey(key, nearest: nearest, path: path)
      }
      if key != setting.key, given[setting.key] != nil {
        throw .invalidFile(
          path: path, reason: "\"\(key)\" is an old name of \"\(setting.key)\"",
          remedy: "leave one of them out")
      }
      guard let accepted = setting.accepted(value), setting.set(accepted, in: &self) else {
        throw .wrongKeyValue(
          key, value: value.inJSON, expected: setting.form.expectation, path: path)
      }
    }
  }

  private func values(
    inJSON data: Data, path: String
  ) throws(CommandLineError) -> [String: SettingValue] {
    do {
      return try JSONDecoder().decode([String: SettingValue].self, untrusted: data)
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context)
    {
      let key = context.codingPath.first?.stringValue
      let reason = key.map { "\"\($0)\" is an object or null" } ?? "it is no JSON object"
      throw .invalidFile(path: path, reason: reason)
    } catch {
      throw .invalidFile(path: path, reason: "it is no JSON object")
    }
  }
}
