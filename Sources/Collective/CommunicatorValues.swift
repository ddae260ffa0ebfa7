import Foundation

/// Collective operations that are made from those of the protocol.
extension Communicator {
  /// Runs `body` on the first rank alone; the others go on when it is done.
  ///
  /// Where `body` throws, only the first rank does: its error ends the others (see `abort`).
  package func onFirstRank(_ body: () throws -> Void) throws {
    if rank == 0 { try body() }
    try barrier()
  }

  /// Runs `body` on the first rank alone and gives its result to all.
  ///
  /// Where `body` throws, only the first rank does: its error ends the others (see `abort`).
  package func fromFirstRank<Value: Codable>(_ body: () throws -> Value) throws -> Value {
    let own = rank == 0 ? [UInt8](try JSONEncoder().encode([body()])) : []
    let bytes = try allGather(own)[0]
    return try JSONDecoder().decode([Value].self, from: Data(bytes))[0]
  }

  /// Sends `outgoing[r]` to rank `r` and overwrites `incoming[r]` with what rank `r` sent here
  /// (all-to-all with lengths known on both sides).
  package func exchange(
    _ outgoing: [UnsafeRawBufferPointer], into incoming: [UnsafeMutableRawBufferPointer]
  ) throws {
    precondition(outgoing.count == size && incoming.count == size, "one buffer a rank each way")
    precondition(outgoing[rank].count == incoming[rank].count, "both sides know the length")
    // Every rank begins with its right neighbour, so that not all send to one rank at a time.
    let others = (1..<max(size, 1)).map { (rank + $0) % size }
    let messages = try start(
      sending: others.map { OutgoingMessage(to: $0, outgoing[$0]) },
      receiving: others.reversed().map { IncomingMessage(from: $0, into: incoming[$0]) })
    incoming[rank].copyMemory(from: outgoing[rank])
    try messages.finish()
  }
}
