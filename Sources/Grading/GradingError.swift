import ParablePlatform

/// What can be wrong with a component's case.
package enum GradingError: Error, Equatable, CustomStringConvertible {
  /// The case contradicts itself or lacks something that its component needs.
  case broken(file: String, reason: String)
  /// The case names a component that does not exist.
  case unknownComponent(file: String, name: String)
  /// The folder cannot be listed or holds no case.
  case noCases(folder: String, reason: String)

  /// One line: `where: what; remedy`.
  package var description: String {
    switch self {
    case .broken(let file, let reason):
      "\(quoted(file)): \(quoted(reason)); correct the case"
    case .unknownComponent(let file, let name):
      "\(quoted(file)): there is no component \"\(quoted(name))\"; take one of "
        + Component.all.map(\.name).joined(separator: ", ")
    case .noCases(let folder, let reason):
      "\(quoted(folder)): \(reason); name a folder of .safetensors files"
    }
  }
}
