/// A group of ranks that compute together: the only way by which they speak with each other.
///
/// Every operation is collective: all ranks call it, in the same order.
package protocol Communicator: AnyObject {
  /// This rank's number, from 0.
  var rank: Int { get }

  /// How many ranks there are.
  var size: Int { get }

  /// Returns when every rank has called it.
  func barrier() throws

  /// Gives every rank the bytes of all ranks, in rank order; lengths may differ.
  func allGather(_ bytes: [UInt8]) throws -> [[UInt8]]

  /// Gives `root` the bytes of all ranks, in rank order, and the others nothing.
  func gather(_ bytes: [UInt8], to root: Int) throws -> [[UInt8]]

  /// Sends `outgoing[r]` to rank `r` and overwrites `incoming[r]` with what rank `r` sent here
  /// (all-to-all with lengths known on both sides).
  func exchange(
    _ outgoing: [UnsafeRawBufferPointer], into incoming: [UnsafeMutableRawBufferPointer]) throws

  /// Memory that all ranks map, to which each contributes as much as it says; nil on all ranks
  /// where they cannot share it.
  func makeSharedMemory(byteCount: Int) throws -> (any SharedMemory)?

  /// Why the last ``makeSharedMemory(byteCount:)`` gave nil.
  var sharedMemoryObstacle: String? { get }

  /// Ends all ranks at once with this exit code.
  func abort(exitCode: Int32) -> Never
}

extension Communicator {
  /// Unknown.
  package var sharedMemoryObstacle: String? { nil }
}

/// Memory that every rank of one host contributed and can read and write.
package protocol SharedMemory: AnyObject {
  /// The part that `rank` contributed, at this process's address of it.
  func segment(of rank: Int) -> UnsafeMutableRawBufferPointer

  /// Makes the writes of all ranks visible to all: a barrier with memory order.
  func synchronize() throws
}
