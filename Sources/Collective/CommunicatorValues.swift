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
  /// - Throws: ``SharedFailure`` on all ranks where it throws on any; before, all run `cleanUp`.
  package func together<Value>(
    cleaningUp cleanUp: () -> Void = {}, body: () throws -> Value
  ) throws -> Value {
    let outcome = Result { try body() }
    var own: (any Error)?
    if case .failure(let error) = outcome { own = error }
    let texts = try allGather([UInt8]((own.map { "\($0)" } ?? "").utf8))
    guard let first = texts.first(where: { !$0.isEmpty }) else { return try outcome.get() }
    cleanUp()
    // What all know already stays what it is.
    throw own as? SharedFailure
      ?? SharedFailure(description: String(decoding: first, as: UTF8.self), own: own)
  }

  /// Runs `body`; of a failure that all ranks know, those throw who failed themselves, and the others
  /// wait for the end that this brings.
  package func endingTogether<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let failure as SharedFailure {
      if let own = failure.own { throw own }
      try barrier()
      throw failure
    }
  }
}

/// What went wrong on one rank or several, and is known to all.
package struct SharedFailure: Error, CustomStringConvertible {
  /// What the first rank that failed says.
  package let description: String

  /// What went wrong on this rank; nil where nothing did.
  package let own: (any Error)?
}
