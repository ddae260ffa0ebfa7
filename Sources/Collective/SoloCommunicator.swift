import Foundation

/// The only rank there is: every operation is local.
public final class SoloCommunicator: Communicator {
  public let rank = 0
  public let size = 1

  /// Makes a group of one.
  public init() {}

  public func barrier() {}

  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {}

  public func allGather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  public func gather(_ bytes: [UInt8], to root: Int) -> [[UInt8]] { [bytes] }

  public func exchange(
    _ outgoing: [UnsafeRawBufferPointer], into incoming: [UnsafeMutableRawBufferPointer]
  ) {
    incoming[0].copyMemory(from: outgoing[0])
  }

  public func makeSharedMemory(byteCount: Int) -> (any SharedMemory)? { nil }

  public func abort(exitCode: Int32) -> Never { exit(exitCode) }
}
