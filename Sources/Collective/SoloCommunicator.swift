import Foundation

/// The only rank there is: every operation is local.
package final class SoloCommunicator: Communicator {
  /// Always 0.
  package let rank = 0

  /// Always 1.
  package let size = 1

  /// Makes a group of one.
  package init() {}

  /// Returns at once.
  package func barrier() {}

  /// Gives the bytes back.
  package func allGather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  /// Gives the bytes back.
  package func gather(_ bytes: [UInt8], to root: Int) -> [[UInt8]] { [bytes] }

  /// Copies the one buffer.
  package func exchange(
    _ outgoing: [UnsafeRawBufferPointer], into incoming: [UnsafeMutableRawBufferPointer]
  ) {
    precondition(outgoing.count == 1 && incoming.count == 1, "one buffer a rank each way")
    precondition(outgoing[0].count == incoming[0].count, "both sides know the length")
    incoming[0].copyMemory(from: outgoing[0])
  }

  /// There is nobody to share with.
  package func makeSharedMemory(byteCount: Int) -> (any SharedMemory)? { nil }

  /// There is nobody to share with.
  package var sharedMemoryObstacle: String? { "there is one rank" }

  /// Exits.
  package func abort(exitCode: Int32) -> Never { exit(exitCode) }
}
