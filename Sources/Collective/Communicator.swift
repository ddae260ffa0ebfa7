/// A group of ranks that compute together: the only way by which they speak with each other.
///
/// Every operation but ``start(sending:receiving:)`` is collective: all ranks call it, in the same
/// order.
package protocol Communicator: AnyObject {
  /// This rank's number, from 0.
  var rank: Int { get }

  /// How many ranks there are.
  var size: Int { get }

  /// The host of every rank; hosts are numbered from 0 by the first of their ranks.
  var hosts: [Int] { get }

  /// Returns when every rank has called it.
  func barrier() throws

  /// Gives every rank the bytes of all ranks, in rank order; lengths may differ.
  func allGather(_ bytes: [UInt8]) throws -> [[UInt8]]

  /// Gives `root` the bytes of all ranks, in rank order, and the others nothing.
  func gather(_ bytes: [UInt8], to root: Int) throws -> [[UInt8]]

  /// Starts messages to and from other ranks, and does not wait for them; only the ranks concerned
  /// call it.
  ///
  /// The messages of one rank to another arrive in the order in which they are started; both start
  /// the same lengths in the same order. Until they are done what is sent may only be read, and what
  /// is received not even that.
  func start(
    sending: [OutgoingMessage], receiving: [IncomingMessage]
  ) throws -> any PendingMessages

  /// Memory that the ranks of each host map, to which each contributes as much as it says; nil on
  /// all ranks of the job where any host cannot have it.
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

/// Bytes for another rank.
package struct OutgoingMessage {
  /// Whom they are for.
  package let receiver: Int

  /// What is sent.
  package let bytes: UnsafeRawBufferPointer

  /// A message to another rank.
  package init(to receiver: Int, _ bytes: UnsafeRawBufferPointer) {
    (self.receiver, self.bytes) = (receiver, bytes)
  }
}

/// A place for the bytes of another rank.
package struct IncomingMessage {
  /// Who sends them.
  package let sender: Int

  /// What is overwritten.
  package let bytes: UnsafeMutableRawBufferPointer

  /// A message from another rank.
  package init(from sender: Int, into bytes: UnsafeMutableRawBufferPointer) {
    (self.sender, self.bytes) = (sender, bytes)
  }
}

/// Messages that were started together; who started them calls ``finish()``, or ``progress()`` until
/// it gives true.
package protocol PendingMessages: AnyObject {
  /// Moves the messages on, and says whether all are done.
  func progress() throws -> Bool

  /// Returns when all are done.
  func finish() throws
}

/// Memory that the ranks of one host contributed and can read and write.
package protocol SharedMemory: AnyObject {
  /// The part that `rank`, a rank of this host, contributed, at this process's address of it.
  func segment(of rank: Int) -> UnsafeMutableRawBufferPointer

  /// Makes the writes of the host's ranks visible to all of them: a barrier with memory order.
  func synchronize() throws
}
