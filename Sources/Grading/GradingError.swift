import TensorFiles

/// What can be wrong with a component's case.
public enum GradingError: Error, Equatable, CustomStringConvertible {
  /// The case contradicts itself or lacks something that its component needs.
  case broken(file: String, reason: String)
  /// The case names a component that does not exist.
  case unknownComponent(file: String, name: String)
  /// The folder cannot be listed or holds no case.
  case noCases(folder: String, reason: String)

  /// One line: what is wrong, where, what to do.
  public var description: String {
    switch self {
    case .broken(let file, let reason):
      "\(quoted(reason)), \(quoted(file)), correct the case"
    case .unknownComponent(let file, let name):
      "there is no component \"\(quoted(name))\", \(quoted(file)), take one of "
        + Component.all.map(\.name).joined(separator: ", ")
    case .noCases(let folder, let reason):
      "no cases to grade (\(reason)), \(quoted(folder)), name a folder of .safetensors files"
    }
  }
}
