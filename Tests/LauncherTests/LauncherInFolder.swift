import Foundation
import TestSupport
import Testing

/// Whether mpirun is installed.
let hasMPIRun = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  .contains { FileManager.default.isExecutableFile(atPath: "\($0)/mpirun") }

/// The launcher in a folder of its own, beside a worker that is a shell script.
struct Launcher {
  let folder: TemporaryFolder

  init(worker script: String = "") throws {
    folder = try TemporaryFolder()
    // Written by another process: a test that forks meanwhile would hold these files open, and a
    // file that is open for writing cannot be run.
    let place = #"""
      cp "$0" launcher
      if [ -n "$1" ]; then printf '#!/bin/sh\n%s\n' "$1" > worker; chmod +x worker; fi
      """#
    let result = try runProcess(
      "sh", ["-ec", place, BuiltProduct.path("launcher"), script], in: folder.path)
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  func run(
    _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = []
  ) throws -> ProcessResult {
    try runProcess(
      folder.file("launcher"), arguments, environment: environment, in: folder.path, input: input)
  }

  func lines(_ name: String) throws -> [String] {
    String(decoding: try folder.read(name), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
