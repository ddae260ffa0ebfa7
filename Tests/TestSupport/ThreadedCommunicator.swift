import Foundation
import ParableCollective

/// Ranks that are threads of one process: every operation of ``Communicator``, shared memory too,
/// without MPI.
///
/// A rank that throws, aborts or ends early makes the operations in which the others wait throw,
/// so that nothing hangs.
package final class ThreadedCommunicator: Communicator {
  package let rank: Int
  private let group: RankGroup

  package var size: Int { group.size }

  fileprivate init(rank: Int, group: RankGroup) {
    self.rank = rank
    self.group = group
  }

  /// Runs the body once per rank, each on a thread of its own, and returns the results in rank order.
  ///
  /// - Parameters:
  ///   - ranks: How many.
  ///   - sharesMemory: False makes a group whose ranks cannot share memory, as on several hosts.
  ///   - body: What a rank does; the communicator is for its thread alone.
  /// - Returns: What the ranks returned.
  /// - Throws: The error of the first rank that failed of itself.
  @discardableResult
  package static func run<Result: Sendable>(
    ranks: Int, sharesMemory: Bool = true,
    _ body: @escaping @Sendable (ThreadedCommunicator) throws -> Result
  ) throws -> [Result] {
    precondition(ranks > 0, "a group has at least one rank")
    let group = RankGroup(size: ranks, sharesMemory: sharesMemory)
    let results = ResultSlots<Result>(count: ranks)
    let threads = (0..<ranks).map { rank in
      startThread {
        do {
          results[rank] = try body(ThreadedCommunicator(rank: rank, group: group))
          group.end(rank, with: nil)
        } catch {
          group.end(rank, with: error)
        }
      }
    }
    for thread in threads { pthread_join(thread, nil) }
    if let failure = group.firstFailure { throw failure }
    return (0..<ranks).compactMap { results[$0] }
  }

  package func barrier() throws { try group.meet() }

  package func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    try withDeposits(.array(bytes)) { deposits in
      deposits.map { if case .array(let bytes) = $0 { bytes } else { [] } }
    }
  }

  package func gather(_ bytes: [UInt8], to root: Int) throws -> [[UInt8]] {
    let all = try allGather(bytes)
    return rank == root ? all : []
  }

  package func exchange(
    _ outgoing: [UnsafeRawBufferPointer], into incoming: [UnsafeMutableRawBufferPointer]
  ) throws {
    precondition(outgoing.count == size && incoming.count == size, "one buffer a rank each way")
    try withDeposits(.buffers(outgoing)) { deposits in
      for (sender, destination) in incoming.enumerated() {
        guard case .buffers(let buffers) = deposits[sender] else { continue }
        let source = buffers[rank]
        precondition(source.count == destination.count, "both sides know the length")
        destination.copyMemory(from: source)
      }
    }
  }

  package var sharedMemoryObstacle: String? {
    group.sharesMemory ? nil : "threads that share nothing"
  }

  package func makeSharedMemory(byteCount: Int) throws -> (any SharedMemory)? {
    guard group.sharesMemory else { return nil }
    let mine = Allocation(byteCount: byteCount)
    return try withDeposits(.allocation(mine)) { deposits in
      ThreadSharedMemory(
        segments: deposits.compactMap { if case .allocation(let one) = $0 { one } else { nil } },
        group: group)
    }
  }

  package func abort(exitCode: Int32) -> Never {
    group.end(rank, with: ThreadedRankFailure.aborted(rank: rank, exitCode: exitCode))
    pthread_exit(nil)
  }

  /// Shows every rank what all ranks bring; nobody leaves before everybody has looked.
  private func withDeposits<Result>(
    _ deposit: RankGroup.Deposit, _ body: ([RankGroup.Deposit]) -> Result
  ) throws -> Result {
    group.deposit(deposit, of: rank)
    try group.meet()
    let result = body(group.deposits)
    try group.meet()
    return result
  }
}

/// Why a rank of a ``ThreadedCommunicator`` did not get to its end.
package enum ThreadedRankFailure: Error, Equatable {
  case otherRankFailed
  case otherRankEnded
  case aborted(rank: Int, exitCode: Int32)
}

private final class Allocation: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: 4096)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { bytes.deallocate() }
}

private final class ThreadSharedMemory: SharedMemory {
  private let segments: [Allocation]
  private let group: RankGroup

  init(segments: [Allocation], group: RankGroup) {
    self.segments = segments
    self.group = group
  }

  func segment(of rank: Int) -> UnsafeMutableRawBufferPointer { segments[rank].bytes }

  func synchronize() throws { try group.meet() }
}

/// The state that the threads share: a barrier that can fail, and one deposit a rank.
private final class RankGroup: @unchecked Sendable {
  enum Deposit {
    case nothing
    case bytes(UnsafeRawBufferPointer)
    case array([UInt8])
    case buffers([UnsafeRawBufferPointer])
    case allocation(Allocation)
  }

  let size: Int
  let sharesMemory: Bool
  private let condition = NSCondition()
  private var waiting = 0
  private var generation = 0
  private var endedCount = 0
  private var failure: (any Error)?
  private var slots: [Deposit]

  init(size: Int, sharesMemory: Bool) {
    self.size = size
    self.sharesMemory = sharesMemory
    slots = Array(repeating: .nothing, count: size)
  }

  var firstFailure: (any Error)? { condition.withLock { failure } }

  var deposits: [Deposit] { condition.withLock { slots } }

  func deposit(_ deposit: Deposit, of rank: Int) { condition.withLock { slots[rank] = deposit } }

  /// The barrier: returns when all ranks have come, throws when one never will.
  func meet() throws {
    condition.lock()
    defer { condition.unlock() }
    let entered = generation
    waiting += 1
    if waiting == size {
      waiting = 0
      generation += 1
      condition.broadcast()
      return
    }
    while generation == entered {
      if failure != nil { throw ThreadedRankFailure.otherRankFailed }
      if endedCount > 0 { throw ThreadedRankFailure.otherRankEnded }
      condition.wait()
    }
  }

  func end(_ rank: Int, with error: (any Error)?) {
    condition.withLock {
      endedCount += 1
      if failure == nil { failure = error }
      slots[rank] = .nothing
      condition.broadcast()
    }
  }
}

private final class ResultSlots<Result: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var slots: [Result?]

  init(count: Int) { slots = Array(repeating: nil, count: count) }

  subscript(rank: Int) -> Result? {
    get { lock.withLock { slots[rank] } }
    set { lock.withLock { slots[rank] = newValue } }
  }
}

private final class ThreadBody {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}

/// A thread with room for deep recursion; `Thread` of Foundation cannot be joined.
private func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setstacksize(&attributes, 16 << 20)
  defer { pthread_attr_destroy(&attributes) }
  var thread = pthread_t()
  let status = pthread_create(
    &thread, &attributes,
    { context in
      if let context { Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run() }
      return nil
    }, Unmanaged.passRetained(ThreadBody(body)).toOpaque())
  precondition(status == 0, "a thread could not be started")
  return thread
}
