/// What can be wrong with a file of tensors, for reasons outside the program.
public enum TensorFileError: Error, Equatable, CustomStringConvertible {
  /// The file could not be opened, mapped or read.
  case unreadable(path: String, reason: String)
  /// The file or folder could not be written; nothing was left behind.
  case unwritable(path: String, reason: String)
  /// The bytes break a rule of the format.
  case malformed(path: String, format: String, reason: String)
  /// The file has no tensor of this name.
  case missingTensor(path: String, name: String)
  /// The tensor has a shape that the reader cannot use.
  case wrongShape(path: String, name: String, found: [Int], expected: [Int])
  /// The tensor has an element type that the reader cannot use.
  case wrongElementType(path: String, name: String, found: ElementType, expected: String)
  /// An element has a value that the reader cannot use.
  case wrongValue(path: String, name: String, reason: String)

  /// One line: what is wrong, where, what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      return "cannot read the file (\(reason)), \(quoted(path)), check the path and its permissions"
    case .unwritable(let path, let reason):
      return "cannot write (\(reason)), \(quoted(path)), free space or choose another place"
    case .malformed(let path, let format, let reason):
      return "not a valid \(format) file (\(reason)), \(quoted(path)), write or fetch it again"
    case .missingTensor(let path, let name):
      return "tensor \(quoted(name)) is missing, \(quoted(path)), add it to the file"
    case .wrongShape(let path, let name, let found, let expected):
      return "tensor \(quoted(name)) has shape \(found) where \(expected) is expected, "
        + "\(quoted(path)), give it that shape"
    case .wrongElementType(let path, let name, let found, let expected):
      return "tensor \(quoted(name)) has type \(found.rawValue) where \(expected) is expected, "
        + "\(quoted(path)), convert it"
    case .wrongValue(let path, let name, let reason):
      return "tensor \(quoted(name)) \(reason), \(quoted(path)), correct its values"
    }
  }
}

/// `text` as it may stand in a message of one line: control characters escaped, the middle of what
/// is very long left out.
package func quoted(_ text: String) -> String {
  var line = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator:
      line += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: line.unicodeScalars.append(scalar)
    }
  }
  let longest = 300
  guard line.count > longest else { return line }
  return line.prefix(longest / 2) + "…" + line.suffix(longest / 2)
}
