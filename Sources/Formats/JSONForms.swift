import Foundation

extension JSONEncoder {
  /// Writes an object as one line, its keys in order.
  package static var line: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  /// Writes what people may read: a member a line, its keys in order.
  package static var pretty: JSONEncoder {
    let encoder = line
    encoder.outputFormatting.insert(.prettyPrinted)
    return encoder
  }
}
