import CParableMPI
import Foundation
import ParablePlatform

/// The ranks that one `mpirun` started.
///
/// MPI is called by the thread that called ``start()`` alone.
package final class MPICommunicator: Communicator {
  /// This rank's number, from 0.
  package let rank: Int

  /// How many ranks there are.
  package let size: Int

  /// Why the last ``makeSharedMemory(byteCount:)`` gave nil.
  package private(set) var sharedMemoryObstacle: String?

  private let group: MPI_Comm
  private let messageLimit: Int
  private let sharesHost: Bool
  private let windows: SharedWindows

  /// Speaks with all ranks of the job, in messages of at most so many bytes: MPI counts in 32 bits.
  init(messageLimit: Int) throws {
    let world = parable_mpi_comm_world()
    try check(
      MPI_Comm_set_errhandler(world, parable_mpi_errors_return()), "MPI_Comm_set_errhandler")
    var group = parable_mpi_comm_null()
    try check(MPI_Comm_dup(world, &group), "MPI_Comm_dup")
    guard let group else { throw CollectiveError.mpi(call: "MPI_Comm_dup", message: "no handle") }
    var (rank, size, hostSize): (Int32, Int32, Int32) = (0, 0, 0)
    try check(MPI_Comm_rank(group, &rank), "MPI_Comm_rank")
    try check(MPI_Comm_size(group, &size), "MPI_Comm_size")
    var host = parable_mpi_comm_null()
    try check(
      MPI_Comm_split_type(group, Int32(MPI_COMM_TYPE_SHARED), 0, parable_mpi_info_null(), &host),
      "MPI_Comm_split_type")
    try check(MPI_Comm_size(host, &hostSize), "MPI_Comm_size")
    try check(MPI_Comm_free(&host), "MPI_Comm_free")
    self.rank = Int(rank)
    self.size = Int(size)
    self.group = group
    self.messageLimit = messageLimit
    sharesHost = hostSize == size
    windows = SharedWindows(group)
  }

  /// Returns when every rank has called it.
  package func barrier() throws { try check(MPI_Barrier(group), "MPI_Barrier") }

  /// Gives every rank the bytes of all ranks, in rank order.
  package func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    try gather(bytes, isReceiver: true) { source, count, destination, counts, starts in
      try check(
        MPI_Allgatherv(
          source, count, parable_mpi_byte(), destination, counts, starts, parable_mpi_byte(),
          group),
        "MPI_Allgatherv")
    }
  }

  /// Gives `root` the bytes of all ranks, in rank order, and the others nothing.
  package func gather(_ bytes: [UInt8], to root: Int) throws -> [[UInt8]] {
    try gather(bytes, isReceiver: rank == root) { source, count, destination, counts, starts in
      try check(
        MPI_Gatherv(
          source, count, parable_mpi_byte(), destination, counts, starts, parable_mpi_byte(),
          Int32(root), group),
        "MPI_Gatherv")
    }
  }

  /// Sends a buffer to each rank and receives one from each.
  package func exchange(
    _ outgoing: [UnsafeRawBufferPointer], into incoming: [UnsafeMutableRawBufferPointer]
  ) throws {
    precondition(outgoing.count == size && incoming.count == size, "one buffer a rank each way")
    var requests: [MPI_Request?] = []
    func begin(_ call: String, _ start: (UnsafeMutablePointer<MPI_Request?>) -> Int32) throws {
      var request = parable_mpi_request_null()
      try check(start(&request), call)
      requests.append(request)
    }
    // Messages of one pair of ranks do not overtake each other, so the pieces need no numbers.
    for (sender, buffer) in incoming.enumerated() where sender != rank {
      for piece in pieces(of: buffer.count) {
        try begin("MPI_Irecv") {
          MPI_Irecv(
            buffer.baseAddress.map { $0 + piece.lowerBound }, Int32(piece.count),
            parable_mpi_byte(), Int32(sender), 0, group, $0)
        }
      }
    }
    // Every rank begins with its right neighbour, so that not all send to one rank at a time.
    for receiver in (1..<max(size, 1)).map({ (rank + $0) % size }) {
      for piece in pieces(of: outgoing[receiver].count) {
        try begin("MPI_Isend") {
          MPI_Isend(
            outgoing[receiver].baseAddress.map { $0 + piece.lowerBound }, Int32(piece.count),
            parable_mpi_byte(), Int32(receiver), 0, group, $0)
        }
      }
    }
    precondition(outgoing[rank].count == incoming[rank].count, "both sides know the length")
    incoming[rank].copyMemory(from: outgoing[rank])
    try check(
      MPI_Waitall(Int32(requests.count), &requests, parable_mpi_statuses_ignore()), "MPI_Waitall")
  }

  /// Opens a window of MPI in which the ranks of one host share memory; nil on all ranks, with
  /// ``sharedMemoryObstacle`` saying why, where any of them cannot.
  package func makeSharedMemory(byteCount: Int) throws -> (any SharedMemory)? {
    try windows.closeAbandoned(agreeing: self)
    do {
      guard sharesHost else { throw SharedMemoryObstacle("the ranks are on several hosts") }
      return try windows.open(byteCount: byteCount, agreeing: self)
    } catch let obstacle as SharedMemoryObstacle {
      sharedMemoryObstacle = obstacle.description
      return nil
    }
  }

  /// Ends all ranks at once with this exit code.
  package func abort(exitCode: Int32) -> Never {
    MPI_Abort(group, exitCode)
    exit(exitCode)
  }

  /// Gives back what MPI wants back before its end.
  func close() throws { try windows.closeAll() }

  /// Gathers in rounds, in each of which all ranks together stay below the message limit.
  private func gather(
    _ bytes: [UInt8], isReceiver: Bool,
    round: (
      _ source: UnsafeRawPointer?, _ count: Int32, _ destination: UnsafeMutableRawPointer?,
      _ counts: [Int32], _ starts: [Int32]
    ) throws -> Void
  ) throws -> [[UInt8]] {
    var ownLength = UInt64(bytes.count)
    var lengths = [UInt64](repeating: 0, count: size)
    try check(
      MPI_Allgather(
        &ownLength, 1, parable_mpi_uint64(), &lengths, 1, parable_mpi_uint64(), group),
      "MPI_Allgather")
    var results = isReceiver ? lengths.map { reserved(Int($0)) } : []
    let share = max(1, messageLimit / size)
    for start in stride(from: 0, to: Int(lengths.max() ?? 0), by: share) {
      let counts = lengths.map { Int32(max(0, min(Int($0) - start, share))) }
      let starts = counts.indices.map { counts[..<$0].reduce(0, +) }
      let memory = OwnedBuffer<UInt8>(
        uninitializedCount: isReceiver ? Int(counts.reduce(0, +)) : 0)
      defer { withExtendedLifetime(memory) {} }
      let landing = UnsafeMutableRawBufferPointer(memory.buffer)
      try bytes.withUnsafeBytes { source in
        try round(
          source.baseAddress.map { $0 + min(start, source.count) }, counts[rank],
          landing.baseAddress, counts, starts)
      }
      for rank in results.indices {
        results[rank].append(contentsOf: landing[Int(starts[rank])...].prefix(Int(counts[rank])))
      }
    }
    return results
  }

  private func reserved(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    return bytes
  }

  private func pieces(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: messageLimit).map { $0..<min($0 + messageLimit, count) }
  }
}
