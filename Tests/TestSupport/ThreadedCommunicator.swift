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

  package var size: Int { group.hosts.count }

  package var hosts: [Int] { group.hosts }

  fileprivate init(rank: Int, group: RankGroup) {
    self.rank = rank
    self.group = group
  }

  /// Runs the body once per rank, each on a thread of its own, and returns the results in rank order.
  ///
  /// - Parameters:
  ///   - ranks: How many.
  ///   - hosts: The host of each rank, numbered by the first of their ranks; nil: one for all.
  ///   - sharesMemory: False makes a group whose ranks cannot share memory, even on one host.
  ///   - body: What a rank does; the communicator is for its thread alone.
  /// - Returns: What the ranks returned.
  /// - Throws: The error of the first rank that failed of itself.
  @discardableResult
  package static func run<Result: Sendable>(
    ranks: Int, hosts: [Int]? = nil, sharesMemory: Bool = true,
    _ body: @escaping @Sendable (ThreadedCommunicator) throws -> Result
  ) throws -> [Result] {
    precondition(ranks > 0, "a group has at least one rank")
    let group = RankGroup(hosts ?? Array(repeating: 0, count: ranks), sharesMemory: sharesMemory)
    precondition(group.hosts.count == ranks, "every rank has a host")
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

  package func start(
    sending: [OutgoingMessage], receiving: [IncomingMessage]
  ) throws -> any PendingMessages {
    precondition(
      !sending.contains { $0.receiver == rank } && !receiving.contains { $0.sender == rank },
      "a rank sends itself nothing")
    return ThreadMessages(
      group: group,
      sending: sending.map { ($0, group.send([UInt8]($0.bytes), from: rank, to: $0.receiver)) },
      receiving: receiving.map { ($0, group.receive(from: $0.sender, by: rank)) })
  }

  package var sharedMemoryObstacle: String? {
    group.sharesMemory ? nil : "threads that share nothing"
  }

  package func makeSharedMemory(byteCount: Int) throws -> (any SharedMemory)? {
    guard group.sharesMemory else { return nil }
    let mine = Allocation(byteCount: byteCount)
    return try withDeposits(.allocation(mine)) { deposits in
      ThreadSharedMemory(
        segments: deposits.map { if case .allocation(let one) = $0 { one } else { nil } },
        host: group.hosts[rank], group: group)
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
  private let segments: [Allocation?]
  private let host: Int
  private let group: RankGroup

  init(segments: [Allocation?], host: Int, group: RankGroup) {
    self.segments = segments
    self.host = host
    self.group = group
  }

  func segment(of rank: Int) -> UnsafeMutableRawBufferPointer {
    guard group.hosts[rank] == host, let segment = segments[rank] else {
      preconditionFailure("a rank of another host")
    }
    return segment.bytes
  }

  func synchronize() throws { try group.meet(on: host) }
}

/// One message between two ranks: done for both when one has sent it and the other waits for it.
private final class Transfer {
  let sender: Int
  let receiver: Int
  /// What was sent, as it was then: the receiver's memory changes only while it calls.
  var bytes: [UInt8]?
  var isAwaited = false

  init(from sender: Int, to receiver: Int) {
    self.sender = sender
    self.receiver = receiver
  }

  var isDone: Bool { bytes != nil && isAwaited }
}

private final class ThreadMessages: PendingMessages {
  private let group: RankGroup
  private var sending: [(message: OutgoingMessage, transfer: Transfer)]
  private var receiving: [(message: IncomingMessage, transfer: Transfer)]

  init(
    group: RankGroup, sending: [(message: OutgoingMessage, transfer: Transfer)],
    receiving: [(message: IncomingMessage, transfer: Transfer)]
  ) {
    self.group = group
    self.sending = sending
    self.receiving = receiving
  }

  func progress() throws -> Bool {
    guard try group.areDone(transfers, waiting: false) else { return false }
    complete()
    return true
  }

  func finish() throws {
    _ = try group.areDone(transfers, waiting: true)
    complete()
  }

  private var transfers: [Transfer] { sending.map(\.transfer) + receiving.map(\.transfer) }

  private func complete() {
    for (message, transfer) in sending {
      precondition(
        transfer.bytes.map { holds(message.bytes, $0) } == true,
        "a message was overwritten before it was sent")
    }
    for (message, transfer) in receiving {
      let bytes = transfer.bytes ?? []
      precondition(bytes.count == message.bytes.count, "both sides know the length")
      message.bytes.copyBytes(from: bytes)
    }
    (sending, receiving) = ([], [])
  }
}

/// Whether memory has these bytes; byte by byte it would take a debug build longer than all else.
private func holds(_ memory: UnsafeRawBufferPointer, _ bytes: [UInt8]) -> Bool {
  guard bytes.count == memory.count else { return false }
  guard let start = memory.baseAddress else { return true }
  return memcmp(start, bytes, bytes.count) == 0
}

/// The state that the threads share: barriers that can fail, one deposit a rank, and messages.
private final class RankGroup: @unchecked Sendable {
  enum Deposit {
    case nothing
    case array([UInt8])
    case allocation(Allocation)
  }

  private struct Barrier {
    var waiting = 0
    var generation = 0
  }

  let hosts: [Int]
  let sharesMemory: Bool
  private let condition = NSCondition()
  /// That of all ranks under nil, those of hosts under their number.
  private var barriers: [Int?: Barrier] = [:]
  private var ended: Set<Int> = []
  private var failure: (any Error)?
  private var slots: [Deposit]
  /// Messages that one of their ranks has started, in order.
  private var halfStarted: [Transfer] = []

  init(_ hosts: [Int], sharesMemory: Bool) {
    self.hosts = hosts
    self.sharesMemory = sharesMemory
    slots = Array(repeating: .nothing, count: hosts.count)
  }

  var firstFailure: (any Error)? { condition.withLock { failure } }

  var deposits: [Deposit] { condition.withLock { slots } }

  func deposit(_ deposit: Deposit, of rank: Int) { condition.withLock { slots[rank] = deposit } }

  /// The barrier of all ranks or of those of a host: returns when they have come, throws when one
  /// never will.
  func meet(on host: Int? = nil) throws {
    condition.lock()
    defer { condition.unlock() }
    let members = hosts.indices.filter { host == nil || hosts[$0] == host }
    var barrier = barriers[host] ?? Barrier()
    let entered = barrier.generation
    barrier.waiting += 1
    if barrier.waiting == members.count {
      barrier = Barrier(generation: entered + 1)
      condition.broadcast()
    }
    barriers[host] = barrier
    while barriers[host]?.generation == entered { try wait(for: members) }
  }

  func send(_ bytes: [UInt8], from sender: Int, to receiver: Int) -> Transfer {
    start(from: sender, to: receiver, isMissing: { $0.bytes == nil }, { $0.bytes = bytes })
  }

  func receive(from sender: Int, by receiver: Int) -> Transfer {
    start(from: sender, to: receiver, isMissing: { !$0.isAwaited }, { $0.isAwaited = true })
  }

  /// Completes the first message of these ranks that misses this side, or begins one.
  private func start(
    from sender: Int, to receiver: Int, isMissing: (Transfer) -> Bool, _ side: (Transfer) -> Void
  ) -> Transfer {
    condition.withLock {
      let position = halfStarted.firstIndex {
        $0.sender == sender && $0.receiver == receiver && isMissing($0)
      }
      let transfer =
        position.map { halfStarted.remove(at: $0) } ?? Transfer(from: sender, to: receiver)
      side(transfer)
      if !transfer.isDone { halfStarted.append(transfer) }
      condition.broadcast()
      return transfer
    }
  }

  /// Whether the messages are done; throws where one never will be.
  func areDone(_ transfers: [Transfer], waiting: Bool) throws -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while let open = transfers.first(where: { !$0.isDone }) {
      try wait(for: [open.sender, open.receiver], if: waiting)
      if !waiting { return false }
    }
    return true
  }

  /// Waits for a change, unless one of these ranks will make none.
  private func wait(for ranks: [Int], if isWanted: Bool = true) throws {
    if failure != nil { throw ThreadedRankFailure.otherRankFailed }
    if ranks.contains(where: ended.contains) { throw ThreadedRankFailure.otherRankEnded }
    if isWanted { condition.wait() }
  }

  func end(_ rank: Int, with error: (any Error)?) {
    condition.withLock {
      ended.insert(rank)
      let error = error?.onThisRank
      // Of what all know the rank says it on which it happened, unless that has gone on.
      if failure == nil || failure is SharedFailure && !(error is ThreadedRankFailure) {
        failure = error ?? failure
      }
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
