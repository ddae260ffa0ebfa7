import Foundation
import TestSupport
import Testing

/// Two hosts that are there while a suite runs: network namespaces of this machine.
struct TwoHosts: SuiteTrait, TestScoping {
  /// Their names and addresses, the first one first.
  @TaskLocal static var hosts: [(name: String, address: String)] = []

  /// Why there can be none; nil where there can.
  static let obstacle: Comment? = {
    guard geteuid() == 0 else { return "namespaces are made as root; run the tests as root" }
    let name = uniqueName()
    guard let made = try? runProcess(script, ["up", "1", name]) else {
      return "\(script) does not start"
    }
    _ = try? runProcess(script, ["down", name])
    return made.exitCode == 0 ? nil : Comment(rawValue: made.errors.split(separator: "\n").joined())
  }()

  /// Scripts/hosts.sh.
  static let script =
    URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Scripts/hosts.sh").path

  /// What the launcher's `--remote-agent` is to be; MPICH's mpirun takes one word, a script that is
  /// written into this folder.
  static func agent(in folder: TemporaryFolder) throws -> String {
    guard !isOpenMPI else { return "\(script) agent" }
    let path = folder.file("agent")
    if !FileManager.default.fileExists(atPath: path) {
      // By another process: a test that forks meanwhile would hold the file open.
      let result = try runProcess(
        "sh",
        [
          "-ec", #"printf '#!/bin/sh\nexec %s agent "$@"\n' "$1" > "$0"; chmod +x "$0""#, path,
          script,
        ])
      try #require(result.exitCode == 0, "\(result.errors)")
    }
    return path
  }

  /// Letters that no other run of the tests has at the same time.
  private static func uniqueName() -> String {
    "t"
      + (0..<6).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement().map(String.init) ?? "x" }
      .joined()
  }

  func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @Sendable () async throws -> Void
  ) async throws {
    let name = Self.uniqueName()
    let made = try runProcess(Self.script, ["up", "2", name])
    try #require(made.exitCode == 0, "\(made.errors)")
    defer { _ = try? runProcess(Self.script, ["down", name]) }
    let hosts = made.output.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      return (name: words[0], address: words[1])
    }
    try await Self.$hosts.withValue(hosts) { try await function() }
  }
}

extension SuiteTrait where Self == TwoHosts {
  /// Two hosts that are there while the suite runs.
  static var twoHosts: Self { Self() }
}
