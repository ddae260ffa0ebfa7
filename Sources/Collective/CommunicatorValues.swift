import Foundation

/// Collective operations on values, made from those on bytes.
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
}
