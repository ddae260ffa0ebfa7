import Foundation
import Testing

/// The Python whose packages tests compare with: the one that `PARABLE_PYTHON` names, else that of
/// the virtual environment that `Scripts/setup-tests.sh` makes, else the machine's.
///
/// Tests that need packages are `.enabled(if: PythonPackages.has(…), PythonPackages.comment)`.
package enum PythonPackages {
  /// The virtual environment that `Scripts/setup-tests.sh` makes.
  package static let folder: String = {
    let variables = ProcessInfo.processInfo.environment
    if let named = variables["PARABLE_TEST_PYTHON"] { return named }
    let cache = variables["XDG_CACHE_HOME"] ?? "\(variables["HOME"] ?? "")/.cache"
    return "\(cache)/parable-tests"
  }()

  /// The interpreter: a path, or a name to be looked up in `PATH`.
  package static let python: String = {
    if let named = ProcessInfo.processInfo.environment["PARABLE_PYTHON"] { return named }
    let own = "\(folder)/bin/python"
    return FileManager.default.isExecutableFile(atPath: own) ? own : "python3"
  }()

  /// Whether `python` is that of the virtual environment.
  package static var isOfEnvironment: Bool { python == "\(folder)/bin/python" }

  /// Why a test was skipped.
  package static var comment: Comment {
    "\(python) lacks a package to compare with; Scripts/setup-tests.sh installs all"
  }

  /// Whether all of `names` can be imported.
  package static func has(_ names: String...) -> Bool {
    (try? run("import \(names.joined(separator: ","))")) == 0
  }

  /// Runs `script` and returns its exit code.
  package static func run(_ script: String, _ arguments: String...) throws -> Int32 {
    try runProcess(python, ["-c", script] + arguments).exitCode
  }
}
