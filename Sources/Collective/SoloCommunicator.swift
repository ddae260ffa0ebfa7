import Foundation

/// The only rank there is: every operation is local.
package final class SoloCommunicator: Communicator {
  /// Always 0.
  package let rank = 0

  /// Always 1.
  package let size = 1

  /// One host.
  package let hosts = [0]

  /// Makes a group of one.
  package init() {}

  /// Returns at once.
  package func barrier() {}

  /// Gives the bytes back.
  package func allGather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  /// Gives the bytes back.
  package func gather(_ bytes: [UInt8], to root: Int) -> [[UInt8]] { [bytes] }

  /// There is nobody to send to.
  package func start(
    sending: [OutgoingMessage], receiving: [IncomingMessage]
  ) -> any PendingMessages {
    precondition(sending.isEmpty && receiving.isEmpty, "there are other ranks")
    return NoMessages()
  }

  /// There is nobody to share with.
  package func makeSharedMemory(byteCount: Int) -> (any SharedMemory)? { nil }

  /// There is nobody to share with.
  package var sharedMemoryObstacle: String? { "there is one rank" }

  /// Exits.
  package func abort(exitCode: Int32) -> Never { exit(exitCode) }
}

private final class NoMessages: PendingMessages {
  func progress() -> Bool { true }

  func finish() {}
}
