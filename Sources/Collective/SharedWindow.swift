import CParableMPI
import Foundation

/// Why ranks cannot share memory; all of them learn the same reason.
package struct SharedMemoryObstacle: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Memory that the ranks of one host share through a window of MPI.
///
/// Giving a window back is an operation of all ranks, the end of an object is not: the window is
/// abandoned then, and closed when all ranks have abandoned it and next open another.
final class SharedWindow: SharedMemory {
  private let number: Int
  private let windows: SharedWindows
  private let segments: [Int: UnsafeMutableRawBufferPointer]

  fileprivate init(
    number: Int, windows: SharedWindows, segments: [Int: UnsafeMutableRawBufferPointer]
  ) {
    self.number = number
    self.windows = windows
    self.segments = segments
  }

  deinit { windows.abandon(number) }

  func segment(of rank: Int) -> UnsafeMutableRawBufferPointer {
    guard let segment = segments[rank] else { preconditionFailure("a rank of another host") }
    return segment
  }

  func synchronize() throws { try windows.synchronize(number) }
}

/// The windows that are open, one per host under the same number.
final class SharedWindows {
  /// Segments begin on pages; what MPI puts before them may shift them.
  private static let pageSize = 4096

  /// The ranks of this host, in the order in which MPI counts them there.
  private let hostRanks: [Int]
  private let rank: Int
  private var open: [Int: OpaquePointer] = [:]
  private var abandoned: Set<Int> = []
  private var nextNumber = 0

  init(of hosts: [Int], rank: Int) {
    hostRanks = hosts.indices.filter { hosts[$0] == hosts[rank] }
    self.rank = rank
  }

  /// Opens a window with so many bytes of this rank, or throws ``SharedMemoryObstacle`` on all.
  func open(byteCount: Int, agreeing communicator: any Communicator) throws -> SharedWindow {
    let byteCounts = try communicator.allGather(values: [byteCount]).map { $0[0] }
    let needed = hostRanks.reduce(0) { $0 + byteCounts[$1] + Self.pageSize }
    try agree(communicator) { try requireSpace(needed, in: windowFolder()) }
    var window: OpaquePointer?
    var segments: [Int: UnsafeMutableRawBufferPointer] = [:]
    do {
      try agree(communicator) {
        try check(parable_mpi_open_window(byteCount + Self.pageSize, &window))
      }
      try agree(communicator) {
        for (position, rank) in hostRanks.enumerated() {
          segments[rank] = try segment(at: position, in: window, byteCount: byteCounts[rank])
        }
        if let own = segments[rank] { try takePages(of: own) }
      }
    } catch let obstacle as SharedMemoryObstacle {
      // Another host's obstacle leaves this one with a window.
      let opened = try communicator.allGather(values: [window != nil]).map { $0[0] }
      if hostRanks.allSatisfy({ opened[$0] }) { try check(parable_mpi_close_window(window)) }
      throw obstacle
    }
    let number = nextNumber
    nextNumber += 1
    open[number] = window
    return SharedWindow(number: number, windows: self, segments: segments)
  }

  func synchronize(_ number: Int) throws {
    guard let window = open[number] else { preconditionFailure("the window is closed") }
    try check(parable_mpi_synchronize(window))
  }

  func abandon(_ number: Int) { abandoned.insert(number) }

  /// Closes the windows that no rank uses any more.
  func closeAbandoned(agreeing communicator: any Communicator) throws {
    let everywhere = try communicator.allGather(values: abandoned.sorted())
      .map { Set($0) }.reduce(abandoned) { $0.intersection($1) }
    for number in everywhere.sorted() { try close(number) }
    abandoned.subtract(everywhere)
  }

  func closeAll() throws {
    for number in open.keys.sorted() { try close(number) }
  }

  private func close(_ number: Int) throws {
    if let window = open.removeValue(forKey: number) {
      try check(parable_mpi_close_window(window))
    }
  }

  private func segment(
    at position: Int, in window: OpaquePointer?, byteCount: Int
  ) throws -> UnsafeMutableRawBufferPointer {
    var base: UnsafeMutableRawPointer?
    try check(parable_mpi_segment(window, Int32(position), &base))
    // Mappings begin on pages, so every rank finds the same first page of the segment.
    let start = base?.alignedUp(toMultipleOf: Self.pageSize)
    return UnsafeMutableRawBufferPointer(start: start, count: start == nil ? 0 : byteCount)
  }

  /// Does the step on every rank; where it fails on any, all throw the first one's reason.
  private func agree(_ communicator: any Communicator, _ step: () throws -> Void) throws {
    var reason = ""
    do {
      try step()
    } catch {
      reason = "\(error)"
    }
    let reasons = try communicator.allGather([UInt8](reason.utf8))
    guard let first = reasons.first(where: { !$0.isEmpty }) else { return }
    throw SharedMemoryObstacle(String(decoding: first, as: UTF8.self))
  }
}
