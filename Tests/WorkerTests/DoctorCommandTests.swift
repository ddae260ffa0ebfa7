import Foundation
import ParableLaunchEnvironment
import TestSupport
import Testing

/// `worker doctor` as it is typed, alone and under mpirun.
@Suite struct DoctorCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Report: Decodable {
    struct Check: Decodable {
      var subject: String
      var verdict: String
      var what: String
      var remedy: String?
    }

    var checks: [Check]
    var errors: Int
    var warnings: Int
  }

  private func doctor(
    _ options: [String] = [], environment: [String: String] = [:]
  ) throws -> (result: ProcessResult, report: Report) {
    let result = try runProcess(
      BuiltProduct.path("worker"), ["doctor", "--json"] + options, environment: environment,
      in: folder.path)
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    return (result, report)
  }

  @Test func aRankAloneIsLookedAt() throws {
    let (result, report) = try doctor(["--run", "run", "--preset", "base", "--steps", "10"])
    #expect(result.exitCode == (report.errors > 0 ? 1 : 0), "\(result.errors)")
    let subjects = [
      "launcher", "MPI", "program", "binding", "cores", "memory", "shared memory", "disk",
      "file system", "oneDNN", "huge pages",
    ]
    #expect(Set(report.checks.map(\.subject)) == Set(subjects))
    #expect(report.checks.allSatisfy { ($0.remedy == nil) == ($0.verdict == "ok") })
    let lines = try runProcess(
      BuiltProduct.path("worker"), ["doctor", "--run", "run", "--steps", "10"], in: folder.path)
    for line in lines.output.split(separator: "\n") {
      #expect(["ok ", "warning ", "error "].contains { line.hasPrefix($0) }, "\(line)")
    }
    // Nothing is left of the trials.
    #expect(try folder.names() == [])
  }

  @Test func anErrorEndsWithOne() throws {
    let (result, report) = try doctor(environment: ["DNNL_DEFAULT_FPMATH_MODE": "BF16"])
    #expect(result.exitCode == 1 && report.errors == 1)
    #expect(result.errors == "worker: doctor: 1 error; mend what the lines above name\n")
    let many = ["--preset", "base", "--width", "32768", "--layers", "8", "--heads", "16"]
    let large = try doctor(many)
    let failed = Set(large.report.checks.filter { $0.verdict == "error" }.map(\.subject))
    #expect(failed.isSuperset(of: ["disk", "memory"]))
  }

  @Test func ranksOfAnotherLauncherAreSaid() throws {
    let (result, report) = try doctor(environment: ["MV2_COMM_WORLD_SIZE": "3"])
    #expect(result.exitCode == 1)
    #expect(report.checks[0].subject == "launcher" && report.checks[0].verdict == "error")
    guard MPILibrary.linked == .openMPI else { return }
    // MPI starts, and finds nobody.
    let announced = try doctor(environment: ["OMPI_COMM_WORLD_SIZE": "3"])
    #expect(announced.result.exitCode == 1 && announced.report.checks.count == 1)
    #expect(announced.report.checks[0].what.contains("announces 3 ranks"))
  }

  @Test func ranksAreLookedAtTogether() throws {
    let result = try runUnderMPI(
      ranks: 3, BuiltProduct.path("worker"),
      ["doctor", "--json", "--run", "run", "--batch", "2", "--micro-batch", "1"], in: folder.path)
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    #expect(report.checks[0].what == "3 ranks that know each other")
    let work = report.checks.first { $0.subject == "work" }
    #expect(work?.what == "3 ranks, 2 micro-batches: 1 would idle")
    #expect(try folder.names() == [])
  }
}
