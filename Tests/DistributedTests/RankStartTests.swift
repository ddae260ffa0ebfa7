import Foundation
import ParableLaunchEnvironment
import TestSupport
import Testing

/// One rank of three that fails before the first collective operation: all end within seconds, with one line.
@Suite(.serialized) struct RankStartTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder.withStories() }

  /// Starts a training that would go on for ever, whose second rank runs a command of the shell before.
  private func start(after command: String) throws -> ProcessResult {
    let script = """
      if [ "${OMPI_COMM_WORLD_RANK-$PMI_RANK}" = 1 ]; then \(command); fi
      exec "$0" pretrain "$@"
      """
    return try runUnderMPI(
      ranks: 3, "bash",
      [
        "-c", script, try BuiltProduct.path("worker"), "--run", folder.file("run"),
        "--corpus", "c.txt", "--steps", "1000000",
      ] + FailingDiskTests.sizes + FailingDiskTests.narrow,
      options: MPILibrary.linked == .openMPI ? ["--quiet"] : [], in: folder.path, timeout: 100)
  }

  /// What the second rank does, the code, and words of the one line that is said.
  @Test(
    .enabled(if: MPILibrary.linked == .openMPI, "the variables and the ends of MPICH are others"),
    arguments: [
      // Between the start of MPI and the first operation: what MPI says is not what was announced.
      (
        "export OMPI_COMM_WORLD_SIZE=2", Int32(1), "worker: rank 1: "
      ),
      // It lacks a file that the others see.
      ("cd /", 1, "c.txt: no such file; check the name"),
      // It lacks a library: the system's loader says it.
      (
        "mkdir -p bad; : > bad/libmpi.so.40; export LD_LIBRARY_PATH=$PWD/bad", 127,
        "error while loading shared libraries: "
      ),
      // Its command line alone is wrong.
      (#"set -- "$@" --bogus"#, 2, "worker: rank 1: pretrain: unknown option --bogus"),
      // MPI's first operation does not return there.
      (
        "echo 'int pause(void); int MPI_Comm_dup() { for (;;) pause(); }' | clang -w -shared -fPIC -x c - -o hang.so; "
          + "export LD_PRELOAD=$PWD/hang.so", 69,
        "worker: MPI: its ranks did not reach each other within 60 s; look at"
      ),
    ] as [(String, Int32, String)])
  func anErrorOfOneRankEndsAll(_ command: String, _ code: Int32, _ words: String) throws {
    let clock = ContinuousClock()
    var result: ProcessResult?
    let time = try clock.measure { result = try start(after: command) }
    let errors = try #require(result?.errors)
    #expect(result?.exitCode == code, "\(errors)")
    let lines = errors.split(separator: "\n").map(String.init).filter {
      $0.contains("worker: ") && !$0.hasPrefix("step ")
    }
    #expect(lines.count == 1, "\(errors)")
    #expect(lines.first?.contains(words) == true, "\(errors)")
    #expect(time < .seconds(80))
  }
}
