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
  private let segments: [UnsafeMutableRawBufferPointer]

  fileprivate init(
    number: Int, windows: SharedWindows, segments: [UnsafeMutableRawBufferPointer]
  ) {
    self.number = number
    self.windows = windows
    self.segments = segments
  }

  deinit { windows.abandon(number) }

  func segment(of rank: Int) -> UnsafeMutableRawBufferPointer { segments[rank] }

  func synchronize() throws { try windows.synchronize(number) }
}

/// The windows that are open.
final class SharedWindows {
  /// Segments begin on pages; what MPI puts before them may shift them.
  private static let pageSize = 4096

  private let group: MPI_Comm
  private var open: [Int: MPI_Win?] = [:]
  private var abandoned: Set<Int> = []
  private var nextNumber = 0

  init(_ group: MPI_Comm) { self.group = group }

  /// Opens a window with so many bytes of this rank, or throws ``SharedMemoryObstacle`` on all.
  func open(byteCount: Int, agreeing communicator: any Communicator) throws -> SharedWindow {
    let byteCounts = try communicator.allGather(values: [byteCount]).map { $0[0] }
    let needed = byteCounts.reduce(0) { $0 + $1 + Self.pageSize }
    try agree(communicator) { try requireSpace(needed, in: windowFolder()) }

    var window = parable_mpi_win_null()
    var base: UnsafeMutableRawPointer?
    try agree(communicator) {
      try check(
        withUnsafeMutablePointer(to: &base) {
          MPI_Win_allocate_shared(
            byteCount + Self.pageSize, 1, parable_mpi_info_null(), group, $0, &window)
        }, "MPI_Win_allocate_shared")
    }
    let number = nextNumber
    nextNumber += 1
    open[number] = window
    do {
      var segments: [UnsafeMutableRawBufferPointer] = []
      try agree(communicator) {
        try check(
          MPI_Win_set_errhandler(window, parable_mpi_errors_return()), "MPI_Win_set_errhandler")
        segments = try byteCounts.indices.map {
          try segment(of: $0, in: window, byteCount: byteCounts[$0])
        }
        try takePages(of: segments[communicator.rank])
      }
      try check(MPI_Win_lock_all(MPI_MODE_NOCHECK, window), "MPI_Win_lock_all")
      return SharedWindow(number: number, windows: self, segments: segments)
    } catch let obstacle as SharedMemoryObstacle {
      open[number] = nil
      try check(MPI_Win_free(&window), "MPI_Win_free")
      throw obstacle
    }
  }

  func synchronize(_ number: Int) throws {
    guard let window = open[number] else { preconditionFailure("the window is closed") }
    try check(MPI_Win_sync(window), "MPI_Win_sync")
    try check(MPI_Barrier(group), "MPI_Barrier")
    try check(MPI_Win_sync(window), "MPI_Win_sync")
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
    guard var window = open.removeValue(forKey: number) else { return }
    try check(MPI_Win_unlock_all(window), "MPI_Win_unlock_all")
    try check(MPI_Win_free(&window), "MPI_Win_free")
  }

  private func segment(
    of rank: Int, in window: MPI_Win?, byteCount: Int
  ) throws -> UnsafeMutableRawBufferPointer {
    var size: MPI_Aint = 0
    var unit: Int32 = 0
    var base: UnsafeMutableRawPointer?
    try check(
      withUnsafeMutablePointer(to: &base) {
        MPI_Win_shared_query(window, Int32(rank), &size, &unit, $0)
      }, "MPI_Win_shared_query")
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
