import Foundation
import ParableCollective
import ParableCommandLineInterface
import ParableKernels
import ParablePlatform

/// What a rank can tell of the machine that it runs on and of itself.
struct RankSigns: Codable {
  /// Where the system lets it compute.
  var binding: CoreBinding

  /// How many processors' time its control group grants; nil where there is no limit.
  var quota: Double?

  /// How many processes have wanted to compute at once, in the mean of the last minute.
  var load: Double?

  /// The version of the MPI library that it runs with.
  var mpi: String

  /// The version of the program, and the processor and libraries that decide the bits of results.
  var build: String

  /// The system's choice of huge pages, `always`, `madvise` or `never`; nil where it has none.
  var hugePages: String?

  /// Variables that steer oneDNN, by name.
  var variables: [String: String]

  /// Whether products of matrices keep to one thread.
  var keepsToOneThread: Bool

  /// What can be had of the host's memory.
  var freeMemory: Int?

  /// The most that this process can have at all, and what says so.
  var memoryLimit: Int
  var memoryLimitSource: String

  /// Where ranks of a host share memory, and how much is free there; nil where nothing can be written.
  var sharedFolder: String
  var freeSharedMemory: Int?

  /// Reads the kernel's files below `root`.
  init(
    root: String = "", environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    binding = CoreBinding(root: root)
    quota = AvailableCores(root: root).quota
    load = Self.text("\(root)/proc/loadavg").flatMap { $0.split(separator: " ").first }
      .flatMap { Double($0) }
    mpi = MPICommunicator.libraryVersion
    build = "version \(programVersion), \(KernelEnvironment.matrixProducts)"
    hugePages = Self.text("\(root)/sys/kernel/mm/transparent_hugepage/enabled")
      .flatMap { $0.split(separator: "[").last?.split(separator: "]").first }.map(String.init)
    variables = environment.filter { name, _ in
      ["DNNL_", "ONEDNN_"].contains { name.hasPrefix($0) } || name == "OMP_NUM_THREADS"
    }
    keepsToOneThread = KernelEnvironment.keepsToOneThread
    freeMemory = MemoryInUse.freeBytes
    let limit = MemoryLimit.current
    (memoryLimit, memoryLimitSource) = (limit.bytes, limit.source)
    (sharedFolder, freeSharedMemory) = WindowSpace.here
  }

  private static func text(_ path: String) -> String? {
    (try? contents(ofFile: path)).map { String(decoding: $0, as: UTF8.self) }
  }
}
