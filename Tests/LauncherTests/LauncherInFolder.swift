import Foundation
import TestSupport
import Testing

/// Whether mpirun is installed.
let hasMPIRun = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  .contains { FileManager.default.isExecutableFile(atPath: "\($0)/mpirun") }

/// The launcher in a folder of its own, beside a worker that is a shell script, in which `$rank` and
/// `$count` are those of MPI, and `abort CODE` ends all ranks.
struct Launcher {
  let folder: TemporaryFolder

  init(worker script: String = "") throws {
    folder = try TemporaryFolder()
    // Written by another process: a test that forks meanwhile would hold these files open, and a
    // file that is open for writing cannot be run.
    let place = #"""
      cp "$0" launcher
      if [ -n "$1" ]; then printf '#!/bin/sh\n%s\n%s\n' "$2" "$1" > worker; chmod +x worker; fi
      """#
    // Open MPI's mpirun ends all where one ends with another code than 0; MPICH's wants to be asked, and
    // loses what it has not read by then, for which the worker waits.
    let ask =
      #"sleep 0.5; bash -c 'printf "cmd=init pmi_version=1 pmi_subversion=1\ncmd=abort exitcode=%s\n" $0 >&$PMI_FD' $1; "#
    let prelude =
      "rank=$\(rankVariable) count=$\(rankCountVariable)\nabort() { \(isOpenMPI ? "" : ask)exit $1; }"
    let result = try runProcess(
      "sh", ["-ec", place, BuiltProduct.path("launcher"), script, prelude], in: folder.path)
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
