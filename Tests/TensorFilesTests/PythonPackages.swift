import Foundation

/// The Python of the machine, or of `PARABLE_PYTHON`, to compare with reference packages.
enum PythonPackages {
  private static var python: [String] {
    ProcessInfo.processInfo.environment["PARABLE_PYTHON"].map { [$0] } ?? [
      "/usr/bin/env", "python3",
    ]
  }

  /// Whether all of `names` can be imported.
  static func has(_ names: String...) -> Bool {
    (try? run("import \(names.joined(separator: ","))")) == 0
  }

  /// Runs `script` and returns its exit code.
  static func run(_ script: String, _ arguments: String...) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: python[0])
    process.arguments = Array(python.dropFirst()) + ["-c", script] + arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
