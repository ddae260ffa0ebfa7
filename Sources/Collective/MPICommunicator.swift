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

  /// The host of every rank.
  package let hosts: [Int]

  /// Why the last ``makeSharedMemory(byteCount:)`` gave nil.
  package private(set) var sharedMemoryObstacle: String?

  private let messageLimit: Int
  private let windows: SharedWindows

  /// Speaks with all ranks of the job, in messages of at most so many bytes: MPI counts in 32 bits.
  init(size: Int, messageLimit: Int) throws {
    var (rank, lowest): (Int32, Int32) = (0, 0)
    try check(parable_mpi_join(&rank, &lowest))
    var lowestOfHosts = [Int32](repeating: 0, count: size)
    try check(parable_mpi_all_gather(&lowest, 4, &lowestOfHosts))
    self.rank = Int(rank)
    self.size = size
    let inOrder = Set(lowestOfHosts).sorted()
    hosts = lowestOfHosts.compactMap { inOrder.firstIndex(of: $0) }
    self.messageLimit = messageLimit
    windows = SharedWindows(of: hosts, rank: self.rank)
  }

  /// Returns when every rank has called it.
  package func barrier() throws { try check(parable_mpi_barrier()) }

  /// Gives every rank the bytes of all ranks, in rank order.
  package func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] { try gather(bytes, root: nil) }

  /// Gives `root` the bytes of all ranks, in rank order, and the others nothing.
  package func gather(_ bytes: [UInt8], to root: Int) throws -> [[UInt8]] {
    try gather(bytes, root: root)
  }

  /// Starts messages in pieces below the message limit.
  package func start(
    sending: [OutgoingMessage], receiving: [IncomingMessage]
  ) throws -> any PendingMessages {
    let messages = MPIMessages()
    for message in receiving {
      try check(
        parable_mpi_receive(
          messages.handle, message.bytes.baseAddress, message.bytes.count, messageLimit,
          Int32(message.sender)))
    }
    for message in sending {
      try check(
        parable_mpi_send(
          messages.handle, message.bytes.baseAddress, message.bytes.count, messageLimit,
          Int32(message.receiver)))
    }
    return messages
  }

  /// Opens a window of MPI on each host, in which its ranks share memory; nil on all ranks of the job,
  /// with ``sharedMemoryObstacle`` saying why, where any of them cannot.
  package func makeSharedMemory(byteCount: Int) throws -> (any SharedMemory)? {
    try windows.closeAbandoned(agreeing: self)
    do {
      return try windows.open(byteCount: byteCount, agreeing: self)
    } catch let obstacle as SharedMemoryObstacle {
      sharedMemoryObstacle = obstacle.description
      return nil
    }
  }

  /// Ends all ranks at once with this exit code.
  package func abort(exitCode: Int32) -> Never {
    parable_mpi_abort(exitCode)
    exit(exitCode)
  }

  /// Gives back what MPI wants back before its end.
  func close() throws { try windows.closeAll() }

  /// Gathers in rounds, in each of which all ranks together stay below the message limit; without a
  /// root to all ranks.
  private func gather(_ bytes: [UInt8], root: Int?) throws -> [[UInt8]] {
    let isReceiver = root == nil || root == rank
    var ownLength = UInt64(bytes.count)
    var lengths = [UInt64](repeating: 0, count: size)
    try check(parable_mpi_all_gather(&ownLength, 8, &lengths))
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
        try check(
          parable_mpi_gather(
            source.baseAddress.map { $0 + min(start, source.count) }, counts[rank],
            landing.baseAddress, counts, starts, root.map(Int32.init) ?? Int32(PARABLE_MPI_ALL)))
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
}

/// Messages of MPI on their way.
private final class MPIMessages: PendingMessages {
  let handle = parable_mpi_new_messages()

  deinit { parable_mpi_free_messages(handle) }

  func progress() throws -> Bool {
    var isDone = false
    try check(parable_mpi_test(handle, &isDone))
    return isDone
  }

  func finish() throws { try check(parable_mpi_wait(handle)) }
}
