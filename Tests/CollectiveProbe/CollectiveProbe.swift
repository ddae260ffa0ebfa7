import Foundation
import ParableCollective
import ParableLaunchEnvironment
import TestSupport

/// Takes the place of MPI's function, as its profiling interface allows.
///
/// It fails on the last rank where a test wants that, and says that ranks are on several hosts where
/// `PROBE_HOSTS` names that of each.
@_cdecl("MPI_Comm_split_type")
func probeSplit(
  _ group: OpaquePointer?, _ kind: Int32, _ key: Int32, _ info: OpaquePointer?,
  _ result: UnsafeMutableRawPointer?
) -> Int32 {
  let environment = ProcessInfo.processInfo.environment
  let rank = AnnouncedRanks(environment).rank
  if environment["PROBE_FAILS_TO_JOIN"] != nil, rank == 1 { return 1 }
  if let hosts = environment["PROBE_HOSTS"]?.split(separator: ",").map({ Int32($0) ?? 0 }) {
    typealias Split =
      @convention(c) (OpaquePointer?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32
    guard let split = dlsym(nil, "PMPI_Comm_split") else { return 1 }
    return unsafeBitCast(split, to: Split.self)(group, hosts[rank], key, result)
  }
  typealias Function =
    @convention(c) (
      OpaquePointer?, Int32, Int32, OpaquePointer?, UnsafeMutableRawPointer?
    ) -> Int32
  guard let function = dlsym(nil, "PMPI_Comm_split_type") else { return 1 }
  return unsafeBitCast(function, to: Function.self)(group, kind, key, info, result)
}

/// What the distributed tests run under `mpirun`: one check by name, "ok" from rank 0 if it holds.
@main
struct CollectiveProbe {
  struct UnknownCheck: Error {}
  struct FailsOnPurpose: Error {}

  static func main() {
    do {
      // Short messages, so that everything longer is sent in pieces.
      let limit = ProcessInfo.processInfo.environment["PROBE_MESSAGE_LIMIT"].flatMap(Int.init)
      let communicator = try MPICommunicator.start(messageLimit: limit ?? Int(Int32.max))
      do {
        try run(Array(CommandLine.arguments.dropFirst()), on: communicator)
        if communicator.rank == 0 { print("ok \(communicator.size)") }
      } catch {
        complain("rank \(communicator.rank): \(error)")
        communicator.abort(exitCode: 5)
      }
    } catch {
      complain("\(error)")
      exit(4)
    }
  }

  private static func complain(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  private static func run(_ arguments: [String], on communicator: any Communicator) throws {
    let isLast = communicator.rank == communicator.size - 1
    switch arguments.first {
    case "operations":
      try CommunicatorChecks(communicator).operations()
    case "shared-memory":
      try CommunicatorChecks(communicator).sharedMemory()
    case "hosts":
      if communicator.rank == 0 { print(communicator.hosts) }
    case "no-memory":
      // Twice: the second must not stumble over what is left of the first.
      for _ in 0..<2 {
        guard try communicator.makeSharedMemory(byteCount: 100_000) == nil else {
          throw FailsOnPurpose()
        }
        if communicator.rank == 0 { print(communicator.sharedMemoryObstacle ?? "no obstacle") }
      }
    case "sums":
      for leafCount in [1, 2, 5, 8, 13] {
        for elementCount in [1, 331] {
          for collective in CollectiveTransport.allCases {
            try DataParallelChecks.run(
              communicator, leafCount: leafCount, elementCount: elementCount, collective: collective
            )
          }
        }
      }
      for collective in CollectiveTransport.allCases {
        try DataParallelChecks.run(
          communicator, leafCount: 5, elementCount: 1_100_003, collective: collective)
      }
    case "fall-back":
      // Two sums: the second must not stumble over what is left of the first.
      for _ in 0..<2 {
        let parallel = try DataParallel(
          communicator: communicator, microBatchCount: 8, units: [0..<4_000_000])
        if communicator.rank == 0 { print("\(parallel.collective): \(parallel.collectiveNote)") }
        for _ in parallel.microBatches { parallel.accumulate { $0[3_999_999] += 1 } }
        guard try parallel.sum().last ?? 8 == 8 else { throw FailsOnPurpose() }
      }
    case "throw":
      if isLast { throw FailsOnPurpose() }
      while true { try communicator.barrier() }
    case "exit":
      if isLast { exit(7) }
      while true { try communicator.barrier() }
    case "crash":
      if isLast { kill(getpid(), SIGKILL) }
      while true { try communicator.barrier() }
    case "mpi-error":
      _ = try communicator.gather([0], to: 99)
    case "time":
      try time(on: communicator)
    default:
      throw UnknownCheck()
    }
  }

  /// Prints the medians of the parts of a step over 22.7 million floats, one micro-batch per rank.
  private static func time(on communicator: any Communicator) throws {
    for collective in CollectiveTransport.allCases {
      let parallel = try DataParallel(
        communicator: communicator, microBatchCount: communicator.size,
        units: DataParallelChecks.units(22_700_000), collective: collective)
      var timings: [SumTiming] = []
      for round in 0..<15 {
        for _ in parallel.microBatches {
          parallel.accumulate { $0.update(repeating: Float(round)) }
        }
        try communicator.barrier()
        guard try parallel.sum().first ?? 0 == Float(round * communicator.size) else {
          throw FailsOnPurpose()
        }
        try parallel.share()
        timings.append(parallel.timing)
      }
      let communication = timings.map(\.communication).sorted()
      let waiting = timings.map(\.waiting).sorted()
      let all = try communicator.allGather(values: [communication[0], communication[7], waiting[7]])
      guard communicator.rank == 0 else { continue }
      for (rank, figures) in all.enumerated() {
        let texts = figures.map { String(format: "%.2f", $0 * 1000) }
        print(
          "\(parallel.collective) rank \(rank): communication \(texts[0]) ms at best, \(texts[1]) median, "
            + "waiting \(texts[2])")
      }
    }
  }
}
