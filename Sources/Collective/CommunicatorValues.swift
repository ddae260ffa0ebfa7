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

  /// Runs `body` on all ranks and returns when all are done.
  ///
  /// Where it throws, those that failed do; the others then wait for the end that this brings. Before,
  /// all run `cleanUp`.
  package func together(cleaningUp cleanUp: () -> Void, body: () throws -> Void) throws {
    var failure: (any Error)?
    do { try body() } catch { failure = error }
    let failures = try allGather([failure == nil ? 0 : 1])
    guard failures.contains([1]) else { return }
    cleanUp()
    if let failure { throw failure }
    try barrier()
  }
}
