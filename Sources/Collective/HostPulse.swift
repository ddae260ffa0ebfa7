import Foundation
import ParablePlatform

/// What hosts tell each other of their ranks once a second, by a thread of the first rank of each, in
/// datagrams (UDP): whether they move and what they are at.
///
/// MPI cannot tell: what has not arrived may still be computed. Where datagrams do not get through, hosts
/// are not heard of and not judged.
final class HostPulse: @unchecked Sendable {
  /// What is told of one rank.
  private struct Word {
    let job: UInt64
    let rank: UInt32
    let step: UInt32
    let activity: UInt32
    let ticks: UInt64
  }

  private let job: UInt64
  private let socket: Int32
  private let addresses: [sockaddr_in]
  private let processes: [(rank: Int, process: Int32)]
  private let slots: UnsafeMutableBufferPointer<RankWatch.Slot>

  /// Starts the thread on the first rank of each host, where there are several; all ranks call this.
  static func exchange(
    _ communicator: any Communicator, isLeader: Bool, processes: [(rank: Int, process: Int32)],
    slots: UnsafeMutableBufferPointer<RankWatch.Slot>
  ) throws {
    guard Set(communicator.hosts).count > 1 else { return }
    var own: [UInt32] = []
    var socket: Int32 = -1
    if isLeader, let (opened, port) = openSocket() {
      socket = opened
      own = ownAddresses().flatMap { [$0, UInt32(port)] }
    }
    let job = try communicator.allGather(values: [UInt64.random(in: 0...UInt64.max)])[0][0]
    let others = try communicator.allGather(values: own).enumerated()
      .filter { $0.offset != communicator.rank }.flatMap(\.element)
    guard socket >= 0 else { return }
    let addresses = stride(from: 0, to: others.count, by: 2).map {
      address(others[$0], UInt16(others[$0 + 1]))
    }
    let pulse = HostPulse(job, socket, addresses, processes, slots)
    let thread = Thread { pulse.beat() }
    thread.stackSize = 1 << 19
    thread.start()
  }

  private init(
    _ job: UInt64, _ socket: Int32, _ addresses: [sockaddr_in],
    _ processes: [(rank: Int, process: Int32)], _ slots: UnsafeMutableBufferPointer<RankWatch.Slot>
  ) {
    (self.job, self.socket, self.addresses) = (job, socket, addresses)
    (self.processes, self.slots) = (processes, slots)
  }

  private func beat() {
    while true {
      tell()
      let end = RankWatch.now + 1
      while case let left = end - RankWatch.now, left > 0 {
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        if poll(&waiting, 1, Int32(left * 1000) + 1) > 0 { hear() }
      }
    }
  }

  private func tell() {
    let words = processes.compactMap { rank, process in
      RankWatch.processorTime(of: process).map {
        Word(
          job: job, rank: UInt32(rank), step: slots[rank].note.step,
          activity: slots[rank].note.activity, ticks: $0)
      }
    }
    words.withUnsafeBytes { bytes in
      for address in addresses {
        withUnsafeBytes(of: address) { place in
          _ = sendto(
            socket, bytes.baseAddress, bytes.count, 0,
            place.assumingMemoryBound(to: sockaddr.self).baseAddress,
            socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
  }

  private func hear() {
    let limit = (slots.count + 1) * MemoryLayout<Word>.stride
    withUnsafeTemporaryAllocation(byteCount: limit, alignment: 8) { memory in
      let count = recv(socket, memory.baseAddress, limit, Int32(MSG_DONTWAIT))
      guard count > 0, count < limit, count.isMultiple(of: MemoryLayout<Word>.stride) else {
        return
      }
      for offset in stride(from: 0, to: count, by: MemoryLayout<Word>.stride) {
        let word = memory.load(fromByteOffset: offset, as: Word.self)
        let rank = Int(word.rank)
        // Anybody may send anything here.
        guard word.job == job, rank < slots.count, !processes.contains(where: { $0.rank == rank })
        else { return }
        slots[rank].note.step = word.step
        slots[rank].note.activity = word.activity
        let before = slots[rank].ticks.exchange(word.ticks, ordering: .relaxed)
        guard slots[rank].movedAt == 0 || before != word.ticks else { continue }
        slots[rank].movedAt = RankWatch.now
      }
    }
  }

  /// A socket of datagrams and its port.
  private static func openSocket() -> (socket: Int32, port: UInt16)? {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return nil }
    var any = address(0, 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutableBytes(of: &any) { place in
      let place = place.assumingMemoryBound(to: sockaddr.self).baseAddress
      return bind(socket, place, length) == 0 && getsockname(socket, place, &length) == 0
    }
    guard isBound else {
      close(socket)
      return nil
    }
    return (socket, UInt16(bigEndian: any.sin_port))
  }

  /// The addresses of this host but for those that only it knows, in the order of the network's bytes.
  private static func ownAddresses() -> [UInt32] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var addresses: [UInt32] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let address = entry.ifa_addr, address.pointee.sa_family == UInt16(AF_INET),
        entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
      else { continue }
      addresses.append(
        UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr)
    }
    return addresses
  }

  private static func address(_ host: UInt32, _ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = UInt16(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = host
    return address
  }
}
