import Foundation
import TestSupport
import Testing

/// A Slurm of one node that is there while a suite runs.
struct OneNodeSlurm: SuiteTrait, TestScoping {
  /// The file that tells Slurm's programs which Slurm is meant.
  @TaskLocal static var configuration = ""

  /// Why there can be none; nil where there can.
  static let obstacle: Comment? = {
    let programs = ["munged", "slurmctld", "slurmd", "srun"]
    let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"]
    let missing = programs.filter { program in
      !folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }
    if !missing.isEmpty {
      return """
        \(missing.joined(separator: ", ")) not installed; apt-get install --no-install-recommends \
        slurm-wlm slurm-wlm-basic-plugins munge libpmix2
        """
    }
    return geteuid() == 0 ? nil : "its daemons are started as root; run the tests as root"
  }()

  private static let script =
    URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Scripts/one-node-slurm.sh").path

  func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @Sendable () async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    // munged wants to be reached by everybody.
    chmod(folder.path, 0o755)
    let started = try runProcess(Self.script, ["start", folder.file("slurm")])
    try #require(started.exitCode == 0, "\(started.errors)")
    // The script's `stop` ends the daemons also where a test threw.
    defer { _ = try? runProcess(Self.script, ["stop", folder.file("slurm")]) }
    try await Self.$configuration.withValue(folder.file("slurm/slurm.conf")) {
      try await function()
    }
  }
}

extension SuiteTrait where Self == OneNodeSlurm {
  /// A Slurm of one node that is there while the suite runs.
  static var oneNodeSlurm: Self { Self() }
}
