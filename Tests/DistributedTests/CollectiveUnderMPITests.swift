import ParableCollective
import TestSupport
import Testing

/// The MPI communicator on real ranks, by the checks that threads have to pass as well.
@Suite(.serialized) struct CollectiveUnderMPITests {
  private func probe(
    _ check: String, ranks: Int, options: [String] = [], environment: [String: String] = [:]
  ) throws -> ProcessResult {
    try runUnderMPI(
      ranks: ranks, BuiltProduct.path("CollectiveProbe"), [check], options: options,
      environment: environment, timeout: 60)
  }

  private func expectOK(_ result: ProcessResult, ranks: Int) {
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.hasSuffix("ok \(ranks)\n"), "\(result.output)\(result.errors)")
  }

  @Test(arguments: [1, 2, 3, 4, 8]) func allOperations(ranks: Int) throws {
    expectOK(try probe("operations", ranks: ranks), ranks: ranks)
  }

  @Test func longMessagesAreSentInPieces() throws {
    let environment = ["PROBE_MESSAGE_LIMIT": "1000"]
    expectOK(try probe("operations", ranks: 3, environment: environment), ranks: 3)
  }

  @Test(arguments: [2, 3, 4, 8]) func windowsComeAndGo(ranks: Int) throws {
    expectOK(try probe("shared-memory", ranks: ranks), ranks: ranks)
  }

  /// Hosts that are named out of order, and that share memory where they can.
  @Test func eachHostHasItsWindow() throws {
    let environment = ["PROBE_HOSTS": "7,3,7,3,5"]
    let numbers = try probe("hosts", ranks: 5, environment: environment)
    expectOK(numbers, ranks: 5)
    #expect(numbers.output.hasPrefix("[0, 1, 0, 1, 2]\n"))
    for check in ["operations", "shared-memory"] {
      expectOK(try probe(check, ranks: 5, environment: environment), ranks: 5)
    }
  }

  /// Real messages between ranks of which some share windows.
  @Test(arguments: ["0,1", "0,0,1,1", "0,0,0,1", "0,1,2,0,1", "0,0,0,0,1,1,1,1"])
  func sumsOfSeveralHosts(hosts: String) throws {
    let ranks = hosts.split(separator: ",").count
    let sums = try probe("sums", ranks: ranks, environment: ["PROBE_HOSTS": hosts])
    expectOK(sums, ranks: ranks)
  }

  /// Rank 1 is on a host of its own and cannot open a window, rank 0 and 2 have one already.
  @Test(.enabled(if: isOpenMPI, "MPICH has no such settings"))
  func whereOneHostHasNoWindowNobodyHas() throws {
    let program = try BuiltProduct.path("CollectiveProbe")
    let others = [":", "-n", "1", "-x", "OMPI_MCA_osc=^sm", program, "no-memory"]
    let result = try runUnderMPI(
      ranks: 1, program, ["no-memory"] + others + [":", "-n", "1", program, "no-memory"],
      environment: ["PROBE_HOSTS": "0,1,0"], timeout: 60)
    expectOK(result, ranks: 3)
    #expect(result.output.contains("MPI_Win_allocate_shared: MPI_ERR_"), "\(result.output)")
  }

  @Test(arguments: [1, 2, 3, 4, 8]) func treeSumsOfBothTransports(ranks: Int) throws {
    expectOK(try probe("sums", ranks: ranks), ranks: ranks)
  }

  @Test func sumsUseTheWindowOnOneHost() throws {
    let result = try probe("fall-back", ranks: 2)
    expectOK(result, ranks: 2)
    #expect(result.output.hasPrefix("window: "))
  }

  @Test(.enabled(if: isOpenMPI, "MPICH has no such settings"))
  func withoutWindowsSumsFallBackToMessages() throws {
    let result = try probe("fall-back", ranks: 3, options: ["--mca", "osc", "^sm"])
    expectOK(result, ranks: 3)
    #expect(
      result.output.hasPrefix(
        "messages: gradients travel as messages, and every rank has its own copy of the parameters: MPI_Win_allocate"
      ))
  }

  @Test(.enabled(if: isOpenMPI, "MPICH has no such settings"))
  func whereAWindowCannotBeWrittenSumsFallBackToMessages() throws {
    for folder in ["/no/such/folder", "/proc"] {
      let result = try probe(
        "fall-back", ranks: 2, options: ["--mca", "osc_sm_backing_directory", folder])
      expectOK(result, ranks: 2)
      #expect(result.output.hasPrefix("messages: "))
      #expect(result.output.contains(folder))
    }
  }

  /// Needs the right to mount a small file system for itself alone.
  @Test(.enabled(if: canMount, "mounting is not permitted"))
  func aFullSharedMemoryFileSystemMakesSumsFallBackToMessages() throws {
    let result = try runProcess(
      "unshare",
      [
        "--mount", "sh", "-c",
        #"mount -t tmpfs -o size=48m none /dev/shm && exec "$0" "$@""#,
      ] + mpirunWords(ranks: 3) + [BuiltProduct.path("CollectiveProbe"), "fall-back"],
      environment: mpirunPermissions, timeout: 60)
    expectOK(result, ranks: 3)
    #expect(
      result.output.hasPrefix(
        "messages: gradients travel as messages, and every rank has its own copy of the parameters: /dev/shm has "
      ))
  }

  @Test(arguments: [2, 4]) func anErrorOnOneRankEndsAll(ranks: Int) throws {
    let result = try probe("throw", ranks: ranks)
    #expect(result.exitCode == 5)
    #expect(result.errors.contains("rank \(ranks - 1): FailsOnPurpose()"))
  }

  @Test func exitingOnOneRankEndsAll() throws {
    #expect(try probe("exit", ranks: 3).exitCode == 7)
  }

  /// The other rank waits for it in the middle of the operation.
  @Test func aRankThatFailsToJoinEndsAll() throws {
    let result = try probe("operations", ranks: 2, environment: ["PROBE_FAILS_TO_JOIN": "1"])
    #expect(result.exitCode == 4)
    let reason = isOpenMPI ? "MPI_ERR_BUFFER" : "Invalid buffer pointer"
    #expect(result.errors.contains("MPI_Comm_split_type: \(reason)"), "\(result.errors)")
  }

  @Test func theDeathOfOneRankEndsAll() throws {
    #expect(try probe("crash", ranks: 3).exitCode != 0)
  }

  @Test func anErrorOfMPIHasItsText() throws {
    let result = try probe("mpi-error", ranks: 2)
    #expect(result.exitCode == 5)
    let reason = isOpenMPI ? "MPI_ERR_ROOT: invalid root" : "Invalid root (value given was 99)"
    #expect(result.errors.contains("MPI_Igatherv: \(reason); check"), "\(result.errors)")
  }

  @Test(arguments: ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"])
  func aForeignLauncherIsExplained(variable: String) throws {
    let result = try runProcess(
      BuiltProduct.path("CollectiveProbe"), ["operations"],
      environment: [
        variable: "4"
      ].merging(mpirunPermissions) { $1 }, timeout: 60)
    #expect(result.exitCode == 4)
    #expect(result.output.isEmpty)
    #expect(
      result.errors.hasPrefix("\(variable): it announces 4 ranks, but MPI found 1; start them"),
      "\(result.errors)")
  }

  @Test func aloneMPIIsNotTouched() throws {
    // Neither one rank nor the variables of a batch system start MPI, which would fail here.
    for variable in ["OMPI_COMM_WORLD_SIZE", "SLURM_NTASKS", "SLURM_NPROCS"] {
      let result = try runProcess(
        BuiltProduct.path("CollectiveProbe"), ["operations"],
        environment: [
          variable: variable.hasPrefix("OMPI") ? "1" : "4", "OMPI_MCA_btl": "none-such",
          "OMPI_MCA_pml": "none-such",
        ], timeout: 60)
      expectOK(result, ranks: 1)
    }
  }
}

private let canMount: Bool = {
  let result = try? runProcess("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"])
  return result?.exitCode == 0
}()
