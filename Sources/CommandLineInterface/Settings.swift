import Formats
import Foundation
import Platform

// Settings are a Codable struct of the command: a preset's values, then those of a configuration
// file, then those of the command line, all under the JSON names of the same table.
extension ParsedArguments {
  /// The arguments with the values of the JSON file at `path` put under those of the command line.
  package func over(settingsFile path: String) throws(CommandLineError) -> ParsedArguments {
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
    var merged = self
    let given = try settings(inJSON: Data(bytes.withoutByteOrderMark), path: path)
    merged.values.merge(given) { onCommandLine, _ in onCommandLine }
    return merged
  }

  /// `preset` with every setting replaced that was given.
  ///
  /// The preset encodes to a flat JSON object of numbers, texts, truths and lists of them.
  package func settings<Settings: Codable>(
    over preset: Settings
  ) throws(CommandLineError) -> Settings {
    if let settings = try? overlay(values, on: preset) { return settings }
    // The table let every value pass, but a setting's own type does not: too large, negative.
    for option in syntax.options {
      guard let value = values[option.key] else { continue }
      if (try? overlay([option.key: value], on: preset)) == nil {
        throw .wrongValue(
          option: option.dashed, value: value.description, expected: "a value in range",
          syntax.place)
      }
    }
    preconditionFailure("the preset of \(syntax.place) is no flat JSON object")
  }

  private func overlay<Settings: Codable>(
    _ given: [String: OptionValue], on preset: Settings
  ) throws -> Settings {
    let encoder = JSONEncoder()
    let decoder = JSONDecoder()
    var overlaid = try decoder.decode([String: OptionValue?].self, from: encoder.encode(preset))
    for (key, value) in given { overlaid[key] = value }
    return try decoder.decode(Settings.self, from: encoder.encode(overlaid))
  }

  private func settings(
    inJSON data: Data, path: String
  ) throws(CommandLineError) -> [String: OptionValue] {
    let given: [String: OptionValue]
    do {
      given = try JSONDecoder().decode([String: OptionValue].self, from: data)
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context)
    {
      let key = context.codingPath.first?.stringValue
      let reason = key.map { "\"\($0)\" is an object or null" } ?? "it is no JSON object"
      throw .invalidFile(path: path, reason: reason)
    } catch {
      throw .invalidFile(path: path, reason: "it is no JSON object")
    }
    let options = syntax.options.filter(\.isConfigurable)
    var accepted: [String: OptionValue] = [:]
    for (key, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let option = options.first(where: { $0.key == key }) else {
        let nearest = syntax.nearestOption(to: key, among: options)
        throw .unknownKey(key, nearest: nearest?.key, path: path)
      }
      guard let value = option.acceptedFromFile(value) else {
        throw .wrongKeyValue(
          key, value: value.inJSON, expected: option.expectation, path: path)
      }
      accepted[key] = value
    }
    return accepted
  }
}

extension CommandOption {
  /// `value` as this option keeps it: an option that may be repeated takes a list or one value.
  fileprivate func acceptedFromFile(_ value: OptionValue) -> OptionValue? {
    guard isRepeatable else { return accepted(value) }
    guard case .list(let values) = value else { return accepted(value).map { .list([$0]) } }
    let kept = values.compactMap(accepted)
    return kept.count == values.count ? .list(kept) : nil
  }
}
