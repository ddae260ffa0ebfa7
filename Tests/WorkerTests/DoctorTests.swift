import Foundation
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

@testable import Worker

/// Each verdict of `worker doctor` that can be provoked.
@Suite struct DoctorTests {
  private func signs(
    _ change: (inout RankSigns) -> Void = { _ in }, files: [String: String] = [:],
    environment: [String: String] = [:]
  ) throws -> RankSigns {
    let root = try TemporaryFolder()
    for (path, text) in files {
      try makeFolder((root.file(path) as NSString).deletingLastPathComponent)
      try root.write(text, to: path)
    }
    var signs = RankSigns(root: root.path, environment: environment)
    (signs.mpi, signs.keepsToOneThread) = ("Open MPI v4.1.4", true)
    change(&signs)
    return signs
  }

  /// Ranks on one host, each bound to a core of its own.
  private func ranks(
    _ count: Int, of sign: RankSigns, cores: [[Int]]? = nil, hosts: [Int]? = nil
  ) -> RankFindings {
    let signs = (0..<count).map { rank in
      var sign = sign
      sign.binding = CoreBinding(
        host: "host\(hosts?[rank] ?? 0)", cores: cores?[rank] ?? [rank], nodes: [],
        hostCoreCount: 4, isWholeHost: false, instructionSet: "AVX2")
      return sign
    }
    return RankFindings(signs: signs, hosts: hosts ?? signs.map { _ in 0 })
  }

  @Test(arguments: [
    ("Open MPI v4.1.4", Finding.Verdict.ok), ("Open MPI v4.1.6", .warning),
    ("Open MPI v5.0.4", .error), ("MPICH 4.0.2", .error),
  ])
  func mpiOfAnotherBuildIsSaid(_ built: String, _ verdict: Finding.Verdict) throws {
    let finding = ranks(2, of: try signs()).mpi(builtWith: built)
    #expect(finding.verdict == verdict)
    #expect((finding.remedy == nil) == (verdict == .ok))
  }

  @Test func ranksOfDifferentLibrariesOrProgramsAreAnError() throws {
    let mixed = RankFindings(
      signs: [try signs(), try signs { $0.mpi = "Open MPI v4.1.5" }], hosts: [0, 0])
    #expect(mixed.mpi(builtWith: "Open MPI v4.1.4").verdict == .error)
    #expect(mixed.builds.verdict == .ok)
    let others = RankFindings(
      signs: [try signs(), try signs { $0.build = "version 9" }], hosts: [0, 0])
    #expect(others.builds.verdict == .error)
  }

  @Test(arguments: [
    ([[0], [1]], [Finding.Verdict.ok]), ([[0], [0]], [.error]), ([[0, 1], [0, 1]], [.warning]),
    ([[2], [3]], [.ok]),
  ])
  func bindingIsLookedAt(_ cores: [[Int]], _ verdicts: [Finding.Verdict]) throws {
    #expect(
      ranks(2, of: try signs(), cores: cores).binding.map(\.verdict) == verdicts)
  }

  @Test func loadAndQuotasAreReadFromTheSystem() throws {
    var files = ["proc/loadavg": "0.40 0.1 0.1 1/200 77\n"]
    #expect(ranks(4, of: try signs(files: files)).cores.map(\.verdict) == [.ok])
    files["proc/loadavg"] = "1.75 0.1 0.1 1/200 77\n"
    let loaded = ranks(4, of: try signs(files: files)).cores
    #expect(loaded.map(\.verdict) == [.warning])
    #expect(loaded[0].what.contains("load of 1.75 on 4 cores leaves less"))
    #expect(ranks(2, of: try signs(files: files)).cores.map(\.verdict) == [.ok])
    files = ["proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "150000 100000\n"]
    let limited = ranks(2, of: try signs(files: files)).cores
    #expect(limited.map(\.verdict) == [.warning])
    #expect(limited[0].what.contains("the time of 1.5 processors to 2 ranks"))
    // Each host is looked at alone.
    let two = ranks(2, of: try signs(files: files), hosts: [0, 1]).cores
    #expect(two.map(\.verdict) == [.ok])
  }

  @Test func memoryAndSharedMemoryAreComparedWithWhatIsNeeded() throws {
    let needs = RunNeeds(PretrainingSettings(preset: .base))
    let plenty = try signs {
      ($0.freeMemory, $0.memoryLimit, $0.freeSharedMemory) = (1 << 40, 1 << 40, 1 << 40)
    }
    #expect(ranks(2, of: plenty).memory(needs).map(\.verdict) == [.ok])
    #expect(ranks(2, of: plenty).sharedMemory(needs).map(\.verdict) == [.ok])
    let tight = try signs {
      ($0.freeMemory, $0.memoryLimit, $0.freeSharedMemory) = (1 << 20, 1 << 40, 64 << 20)
    }
    #expect(ranks(2, of: tight).memory(needs).map(\.verdict) == [.warning])
    #expect(ranks(2, of: tight).sharedMemory(needs).map(\.verdict) == [.warning])
    // A rank alone on its host shares with nobody.
    #expect(ranks(1, of: tight).sharedMemory(needs).map(\.verdict) == [.ok])
    #expect(ranks(2, of: tight, hosts: [0, 1]).sharedMemory(needs).map(\.verdict) == [.ok])
    let little = try signs { $0.memoryLimit = 1 << 20 }
    #expect(ranks(2, of: little).memory(needs).map(\.verdict) == [.error])
    let none = try signs { $0.freeSharedMemory = nil }
    #expect(ranks(2, of: none).sharedMemory(needs).map(\.verdict) == [.warning])
  }

  @Test(
    arguments: [
      ([:], true, .ok), (["OMP_NUM_THREADS": "8"], true, .ok),
      (["OMP_NUM_THREADS": "8"], false, .warning), ([:], false, .warning),
      (["OMP_NUM_THREADS": "1"], false, .ok), (["DNNL_VERBOSE": "1"], true, .warning),
      (["DNNL_VERBOSE": "0"], true, .ok), (["ONEDNN_MAX_CPU_ISA": "AVX2"], true, .warning),
      (["DNNL_DEFAULT_FPMATH_MODE": "BF16"], true, .error),
      (["DNNL_DEFAULT_FPMATH_MODE": "STRICT"], true, .ok),
    ] as [([String: String], Bool, Finding.Verdict)])
  func variablesOfOneDNNAreSaid(
    _ variables: [String: String], _ keeps: Bool, _ verdict: Finding.Verdict
  ) throws {
    let sign = try signs({ $0.keepsToOneThread = keeps }, environment: variables)
    #expect(ranks(2, of: sign).products.map(\.verdict) == [verdict])
  }

  @Test(arguments: [
    ("always [madvise] never", Finding.Verdict.ok), ("[always] madvise never", .ok),
    ("always madvise [never]", .warning), ("", .ok),
  ])
  func hugePagesAreReadFromTheSystem(_ text: String, _ verdict: Finding.Verdict) throws {
    let files = ["sys/kernel/mm/transparent_hugepage/enabled": text + "\n"]
    let found = ranks(2, of: try signs(files: text.isEmpty ? [:] : files)).hugePages
    #expect(found.map(\.verdict) == [verdict])
  }

  @Test func theDiskHasToTakeTheCheckpointsToCome() throws {
    var settings = PretrainingSettings(preset: .base)
    (settings.steps, settings.saveEvery, settings.keepCheckpoints) = (1_000, 100, nil)
    var needs = RunNeeds(settings)
    #expect(needs.checkpointCount == 11)
    #expect(needs.checkpoint > 12 * 20_000_000)
    settings.keepCheckpoints = 2
    needs = RunNeeds(settings)
    #expect(needs.checkpointCount == 3)
    func verdict(_ free: Int?, _ limit: Int? = nil) -> [Finding.Verdict] {
      diskFindings(needs, in: "/run", free: free, fileSizeLimit: limit).map(\.verdict)
    }
    #expect(verdict(2 * needs.disk) == [.ok])
    #expect(verdict(needs.disk + 1) == [.warning])
    #expect(verdict(needs.disk - 1) == [.error])
    #expect(verdict(nil) == [.warning])
    #expect(verdict(2 * needs.disk, needs.largestFile - 1) == [.error])
    #expect(verdict(2 * needs.disk, needs.largestFile) == [.ok])
  }

  @Test func fileSystemsAreTriedOut() throws {
    let folder = try TemporaryFolder()
    func verdicts(_ change: (inout FolderTrial.Calls) -> Void) throws -> [Finding.Verdict] {
      var trial = FolderTrial(folder: folder.path)
      change(&trial.calls)
      let found = trial.findings()
      #expect(try folder.names() == [])
      return found.map(\.verdict)
    }
    func fails(_ code: Int32) -> Int32 {
      errno = code
      return -1
    }
    let isInMemory = try verdicts { _ in } == [.warning]
    let more: [Finding.Verdict] = isInMemory ? [.warning] : []
    #expect(try verdicts { _ in } == (isInMemory ? more : [.ok]))
    #expect(try verdicts { $0.rename = { _, _ in fails(EXDEV) } } == [.error] + more)
    // A copy is no replacement in one step.
    #expect(
      try verdicts {
        $0.rename = { old, new in
          try? FileManager.default.removeItem(atPath: new)
          return (try? FileManager.default.copyItem(atPath: old, toPath: new)) == nil ? -1 : 0
        }
      } == [.error] + more)
    #expect(try verdicts { $0.synchronize = { _ in fails(EIO) } } == [.error] + more)
    #expect(try verdicts { $0.lock = { _, _ in fails(ENOLCK) } } == [.warning] + more)
    #expect(try verdicts { $0.lock = { _, _ in 0 } } == [.warning] + more)
    let missing = FolderTrial(folder: folder.file("nosuch"))
    #expect(missing.findings().map(\.verdict) == [.error])
    #expect(FolderTrial.existing(folder.file("a/b/c")) == folder.path)
  }

  @Test func whatIsKeptInMemoryIsSaid() throws {
    let folder = "/dev/shm/parable-\(UUID().uuidString)"
    try makeFolder(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let found = FolderTrial(folder: folder).findings()
    #expect(found.map(\.verdict) == [.warning])
    #expect(found[0].what.contains("kept in memory"))
  }

  @Test func hostsHaveToSeeTheSameFolder() {
    typealias Signs = SharedFolderTrial.Signs
    func verdict(_ signs: [Signs]) -> Finding.Verdict {
      SharedFolderTrial.finding(signs, folder: "/run").verdict
    }
    let (fine, blind) = (Signs(sees: true, locks: false), Signs(sees: false, locks: false))
    #expect(verdict([fine, fine]) == .ok)
    #expect(verdict([fine, blind]) == .error)
    #expect(verdict([fine, Signs(sees: true, locks: true)]) == .warning)
  }

  @Test(
    arguments: [
      ([:], 1, .ok), (["OMPI_COMM_WORLD_SIZE": "4"], 4, .ok),
      (["MV2_COMM_WORLD_SIZE": "4"], 1, .error), (["FLUX_JOB_SIZE": "2"], 1, .error),
      (["FLUX_JOB_SIZE": "2", "PARABLE_ALONE": "1"], 1, .ok), (["WORLD_SIZE": "1"], 1, .ok),
      (["MPI_LOCALNRANKS": "2"], 1, .error),
    ] as [([String: String], Int, Finding.Verdict)])
  func foreignLaunchersAreRecognised(
    _ environment: [String: String], _ size: Int, _ verdict: Finding.Verdict
  ) {
    #expect(ForeignLauncher.finding(environment, size: size).verdict == verdict)
  }
}
