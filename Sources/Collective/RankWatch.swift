import CParableMPI
import CParableProcess
import Foundation
import ParablePlatform
import Synchronization

/// Watches the other ranks while this one waits for them, and finds those that stand still.
///
/// The heartbeat of a rank is its processor time: it moves whatever the rank does, waiting included, and
/// stands still where the process is stopped or waits for a disk that does not answer. What a rank is at
/// (see `Whereabouts`) lies in memory that all ranks of its host see. Hosts tell each other by
/// ``HostPulse``.
final class RankWatch {
  /// What is known of a rank.
  ///
  /// Of those of other hosts a thread of ``HostPulse`` writes it.
  struct Slot: ~Copyable {
    let note = Whereabouts.Note()
    /// Its processor time, as its host says.
    let ticks = Atomic<UInt64>(0)
    private let moved = Atomic<UInt64>(0)

    /// When that last changed, by this host's clock; 0: another host that was not heard of yet.
    var movedAt: Double {
      get { Double(bitPattern: moved.load(ordering: .relaxed)) }
      nonmutating set { moved.store(newValue.bitPattern, ordering: .relaxed) }
    }
  }

  /// A rank, as all know it.
  private struct Member {
    let process: Int32
    let host: Int
    let hostName: String
  }

  /// For how many seconds a rank may stand still; 0: for ever.
  nonisolated(unsafe) static var timeout = 60.0

  /// How many times as long one may that reads or writes files.
  private static let patienceWithDisks = 10.0

  /// A rank that did not look for so long was busy, or stopped itself: it begins to watch anew.
  private static let longestAbsence = 5.0

  // The one thread that uses MPI touches these.
  nonisolated(unsafe) private static var current: RankWatch?
  /// Who was found to stand still.
  nonisolated(unsafe) private(set) static var stalled: String?

  private let rank: Int
  private let members: [Member]
  private let slots: UnsafeMutableBufferPointer<Slot>
  private var ticks: [UInt64?]
  private var movedAt: [Double]
  private var lastLook = 0.0

  /// Has this rank watch whenever it waits, from now on; all ranks call this once.
  static func begin(_ communicator: any Communicator) throws {
    current = try RankWatch(communicator)
    parable_mpi_watch { RankWatch.current?.findsStall() == true ? 1 : 0 }
  }

  private init(_ communicator: any Communicator) throws {
    let (rank, hosts) = (communicator.rank, communicator.hosts)
    let leader = hosts.firstIndex(of: hosts[rank]) ?? rank
    let size = hosts.count * MemoryLayout<Slot>.stride
    var file = rank == leader ? parable_new_memory(size) : -1
    let processes = try communicator.allGather(values: [getpid(), file])
    if rank != leader {
      file = open("/proc/\(processes[leader][0])/fd/\(processes[leader][1])", O_RDWR | O_CLOEXEC)
    }
    slots = Self.slots(count: hosts.count, file)
    let names = try communicator.allGather([UInt8](CoreBinding.thisHost.utf8))
    members = hosts.indices.map {
      Member(
        process: processes[$0][0], host: hosts[$0],
        hostName: String(decoding: names[$0], as: UTF8.self))
    }
    self.rank = rank
    ticks = Array(repeating: nil, count: hosts.count)
    movedAt = Array(repeating: 0, count: hosts.count)
    Whereabouts.note = UnsafeMutableRawPointer(slots.baseAddress.unsafelyUnwrapped + rank)
      .assumingMemoryBound(to: Whereabouts.Note.self)
    let own = hosts.indices.filter { hosts[$0] == hosts[rank] }
    try HostPulse.exchange(
      communicator, isLeader: rank == leader, processes: own.map { ($0, processes[$0][0]) },
      slots: slots)
  }

  /// Memory that the ranks of this host share, or, where they cannot, of this one alone.
  private static func slots(count: Int, _ file: Int32) -> UnsafeMutableBufferPointer<Slot> {
    let size = count * MemoryLayout<Slot>.stride
    if file >= 0, let page = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
      page != MAP_FAILED
    {
      return UnsafeMutableBufferPointer(
        start: page.bindMemory(to: Slot.self, capacity: count), count: count)
    }
    let slots = UnsafeMutableBufferPointer<Slot>.allocate(capacity: count)
    for place in slots.indices { slots.initializeElement(at: place, to: Slot()) }
    return slots
  }

  /// Whether a rank stands still for too long; looks once a second.
  private func findsStall() -> Bool {
    let now = Self.now
    guard Self.timeout > 0, now - lastLook >= 1 else { return false }
    if now - lastLook > Self.longestAbsence { movedAt = movedAt.map { _ in now } }
    lastLook = now
    let stalled = members.indices.filter { $0 != rank && standsStill($0, now) }
    // Of those that may find it, ranks of the same host know more.
    guard
      let first = stalled.first(where: { members[$0].host == members[rank].host })
        ?? stalled.first
    else { return false }
    Self.stalled = describe(first, among: stalled)
    return true
  }

  private func standsStill(_ other: Int, _ now: Double) -> Bool {
    if members[other].host == members[rank].host {
      let found = Self.processorTime(of: members[other].process)
      // A process that cannot be seen from here is not judged.
      if found == nil && ticks[other] == nil { return false }
      if found != ticks[other] { movedAt[other] = now }
      ticks[other] = found
    } else {
      guard slots[other].movedAt > 0 else { return false }
      movedAt[other] = max(movedAt[other], slots[other].movedAt)
    }
    let usesDisks = Whereabouts.Activity(rawValue: slots[other].note.activity)?.usesDisks == true
    let patience = Self.timeout * (usesDisks ? Self.patienceWithDisks : 1)
    return now - movedAt[other] > patience
  }

  private func describe(_ other: Int, among stalled: [Int]) -> String {
    let member = members[other]
    let (step, activity) = (slots[other].note.step, slots[other].note.activity)
    let place =
      (step > 0 ? "in step \(step)" : "before its first step")
      + (Whereabouts.Activity(rawValue: activity).map { ", \($0.text)" } ?? "")
    let ofHost = members.indices.filter { members[$0].host == member.host }
    if member.host != members[rank].host, ofHost.allSatisfy(stalled.contains) {
      let ranks = ofHost.map(String.init).joined(separator: ", ")
      return "host \(member.hostName): its ranks (\(ranks)) have not been heard of for "
        + "\(Int(Self.timeout)) s, last seen \(place); check that host and the network, then resume"
    }
    return
      "rank \(other) on host \(member.hostName): it has stood still for \(Int(Self.timeout)) s, "
      + "last seen \(place); look at process \(member.process) there, then resume"
  }

  /// The processor time of a process's first thread in ticks of the system; nil where it is not seen.
  static func processorTime(of process: Int32) -> UInt64? {
    guard let text = try? contents(ofFile: "/proc/\(process)/task/\(process)/stat"),
      let end = text.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
      .map { String(decoding: $0, as: UTF8.self) }
    guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else {
      return nil
    }
    return user + system
  }

  /// Seconds of the system's steady clock.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
