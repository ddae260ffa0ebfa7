import Foundation

/// Collective operations that are made from those of the protocol.
extension Communicator {
  /// Runs `body` on the first rank alone; the others go on when it is done.
  ///
  /// - Throws: What `body` throws on the first rank, and ``SharedFailure`` on the others.
  package func onFirstRank(_ body: () throws -> Void) throws {
    try withFirstRank { if rank == 0 { try body() } }
  }

  /// Runs `body` on the first rank alone and gives its result to all.
  ///
  /// - Throws: What `body` throws on the first rank, and ``SharedFailure`` on the others.
  package func fromFirstRank<Value: Codable>(_ body: () throws -> Value) throws -> Value {
    let own = try withFirstRank { rank == 0 ? [UInt8](try JSONEncoder().encode([body()])) : [] }
    let bytes = try allGather(own)[0]
    return try JSONDecoder().decode([Value].self, from: Data(bytes))[0]
  }

  /// Runs `body`, which can fail on the first rank only.
  ///
  /// The others must know before they meet it in another operation: it may catch its error and go on.
  private func withFirstRank<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try together(body: body)
    } catch {
      throw error.onThisRank
    }
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
}

/// What went wrong on one rank or several, and is known to all.
///
/// Where it ends the job, those who failed say so, and the others wait for the end that this brings.
package struct SharedFailure: Error, CustomStringConvertible {
  /// What the first rank that failed says.
  package let description: String

  /// What went wrong on this rank; nil where nothing did.
  package let own: (any Error)?
}

extension Error {
  /// What went wrong on this rank, of a failure that all ranks know; any other error is its own.
  package var onThisRank: any Error { (self as? SharedFailure)?.own ?? self }
}
