import Foundation

/// The only rank there is: every operation is local.
public final class SoloCommunicator: Communicator {
  /// Always 0.
  public let rank = 0

  /// Always 1.
  public let size = 1

  /// Makes a group of one.
  public init() {}

  /// Returns at once.
  public func barrier() {}

  /// Leaves the bytes as they are.
  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {}

  /// Gives the bytes back.
  public func allGather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  /// Gives the bytes back.
  public func gather(_ bytes: [UInt8], to root: Int) -> [[UInt8]] { [bytes] }

  /// Copies the one buffer.
  public func exchange(
    _ outgoing: [UnsafeRawBufferPointer], into incoming: [UnsafeMutableRawBufferPointer]
  ) {
    precondition(outgoing.count == 1 && incoming.count == 1, "one buffer a rank each way")
    precondition(outgoing[0].count == incoming[0].count, "both sides know the length")
    incoming[0].copyMemory(from: outgoing[0])
  }

  /// There is nobody to share with.
  public func makeSharedMemory(byteCount: Int) -> (any SharedMemory)? { nil }

  /// There is nobody to share with.
  public var sharedMemoryObstacle: String? { "there is one rank" }

  /// Exits.
  public func abort(exitCode: Int32) -> Never { exit(exitCode) }
}
