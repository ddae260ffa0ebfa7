import ParablePlatform

/// What can be wrong with a file of tensors, for reasons outside the program.
package enum TensorFileError: Error, Equatable, CustomStringConvertible {
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

  /// One line: `where: what; remedy`.
  package var description: String {
    switch self {
    case .malformed(let path, let format, let reason):
      return "\(quoted(path)): not a valid \(format) file (\(reason)); write or fetch it again"
    case .missingTensor(let path, let name):
      return "\(quoted(path)): tensor \(quoted(name)) is missing; add it to the file"
    case .wrongShape(let path, let name, let found, let expected):
      return "\(quoted(path)): tensor \(quoted(name)) has shape \(found) where \(expected) is "
        + "expected; give it that shape"
    case .wrongElementType(let path, let name, let found, let expected):
      return "\(quoted(path)): tensor \(quoted(name)) has type \(found.rawValue) where "
        + "\(expected) is expected; convert it"
    case .wrongValue(let path, let name, let reason):
      return "\(quoted(path)): tensor \(quoted(name)) \(reason); correct its values"
    }
  }
}
