import Foundation

/// An empty folder that is removed with all it holds when this object goes.
public final class TemporaryFolder: Sendable {
  /// Where it is.
  public let path: String

  /// Makes one.
  public init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "parable-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of the entry `name`.
  public func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes `bytes` to the entry `name` and returns its path.
  public func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: path(name)))
    return path(name)
  }

  /// The names of its entries, sorted.
  public func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}
