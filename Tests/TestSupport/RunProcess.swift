import Foundation

/// What a finished process left behind.
package struct ProcessResult: Sendable {
  /// The exit code, or 128 + the signal's number.
  package let exitCode: Int32

  package let outputBytes: [UInt8]
  package let errorBytes: [UInt8]

  /// Standard output as text.
  package var output: String { String(decoding: outputBytes, as: UTF8.self) }

  /// Standard error as text.
  package var errors: String { String(decoding: errorBytes, as: UTF8.self) }
}

/// Why a process gave no result.
package enum ProcessFailure: Error, CustomStringConvertible {
  case notStarted(command: String, reason: String)
  case timedOut(command: String, seconds: Double, output: String, errors: String)
  case notBuilt(path: String)

  package var description: String {
    switch self {
    case .notStarted(let command, let reason): "\(command) could not be started: \(reason)"
    case .timedOut(let command, let seconds, let output, let errors):
      "\(command) was ended after \(seconds) s; its output: \(output); its errors: \(errors)"
    case .notBuilt(let path): "there is no \(path): build it first"
    }
  }
}

/// Runs a program to its end.
///
/// The three streams are files, so no pipe can fill up and no grandchild that lives on can keep
/// one open. The program leads a process group of its own, which is ended as a whole when the time
/// is over.
///
/// - Parameters:
///   - executable: A path, or a name to be looked up in `PATH`.
///   - arguments: What follows the name.
///   - environment: Variables on top of this process's own; an empty value removes one.
///   - folder: Where it runs; nil: here.
///   - input: All of its standard input.
///   - timeout: Seconds after which it is ended and an error thrown; more under a sanitizer.
/// - Returns: Its exit code and everything it wrote.
/// - Throws: ``ProcessFailure`` where it cannot be started or takes too long.
package func runProcess(
  _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
  in folder: String? = nil, input: [UInt8] = [], timeout: Double = 120
) throws -> ProcessResult {
  let streams = try TemporaryFolder()
  try streams.write(input, to: "input")
  let command = ([executable] + arguments).joined(separator: " ")
  // The shell changes the folder because the spawn action that does so is a GNU extension.
  let words =
    folder.map { ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, $0] + [executable] + arguments }
    ?? [executable] + arguments

  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, streams.file("input"), O_RDONLY, 0)
  for (descriptor, name) in [(Int32(1), "output"), (2, "errors")] {
    posix_spawn_file_actions_addopen(
      &actions, descriptor, streams.file(name), O_WRONLY | O_CREAT | O_APPEND, 0o600)
  }

  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
  posix_spawnattr_setpgroup(&attributes, 0)
  // The threads that run tests may have signals blocked, which would stay so in the program.
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)

  let variables = ProcessInfo.processInfo.environment
    .merging(environment) { _, new in new }
    .filter { !$0.value.isEmpty }
    .map { "\($0.key)=\($0.value)" }
  var process: pid_t = 0
  let status = withCStrings(words) { argumentPointers in
    withCStrings(variables) { variablePointers in
      posix_spawnp(
        &process, words[0], &actions, &attributes, argumentPointers, variablePointers)
    }
  }
  guard status == 0 else {
    throw ProcessFailure.notStarted(command: command, reason: String(cString: strerror(status)))
  }

  guard let waitStatus = wait(for: process, seconds: timeout * Sanitizer.patience) else {
    kill(-process, SIGTERM)
    if wait(for: process, seconds: 5) == nil {
      kill(-process, SIGKILL)
      _ = wait(for: process, seconds: 5)
    }
    throw ProcessFailure.timedOut(
      command: command, seconds: timeout,
      output: String(decoding: try streams.read("output"), as: UTF8.self),
      errors: String(decoding: try streams.read("errors"), as: UTF8.self))
  }
  let signal = waitStatus & 0x7f
  return ProcessResult(
    exitCode: signal == 0 ? (waitStatus >> 8) & 0xff : 128 + signal,
    outputBytes: try streams.read("output"), errorBytes: try streams.read("errors"))
}

/// The programs that the package builds, beside the running test bundle.
package enum BuiltProduct {
  /// The path of a program of the same build configuration as the running tests.
  package static func path(_ name: String) throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = URL(fileURLWithPath: tests).deletingLastPathComponent()
      .appendingPathComponent(name).path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw ProcessFailure.notBuilt(path: path)
    }
    return path
  }
}

/// The wait status of the process, or nil if it still runs after so many seconds.
private func wait(for process: pid_t, seconds: Double) -> Int32? {
  let clock = ContinuousClock()
  let deadline = clock.now + .seconds(seconds)
  var pause: UInt32 = 500
  while true {
    var status: Int32 = 0
    if waitpid(process, &status, WNOHANG) == process { return status }
    if clock.now >= deadline { return nil }
    usleep(pause)
    pause = min(pause * 2, 20_000)
  }
}

private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}
