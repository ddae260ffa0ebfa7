import Foundation
import ParableBuild
import ParableCollective
import ParableKernels
import ParableModel
import ParablePlatform

/// What a training runs on.
package struct TrainingEnvironment: Codable, Equatable, Sendable {
  /// The program's version.
  package var version: String

  /// The commit that the program was built from.
  package var commit: String

  /// The version of Swift's library.
  package var swift: String

  /// The MPI library; nil where one rank runs alone, which does without.
  package var mpi: String?

  /// What makes the matrix products, with its version.
  package var products: String

  /// The instruction set of all other loops.
  package var instructions: String

  /// How activations are stored, which a processor may change.
  package var precision: Precision

  /// How many ranks there are.
  package var ranks: Int

  /// The hosts that they run on, in the order of the ranks.
  package var hosts: [String]

  /// Describes where these ranks run, on all of them together.
  ///
  /// - Throws: ``CollectiveError/disagreement(_:)`` where they differ in what decides bits.
  package init(_ communicator: any Communicator, precision: Precision) throws {
    version = ParableBuild.version
    commit = ParableBuild.commit
    swift = "\(_SwiftStdlibVersion.current)"
    mpi = communicator.size == 1 ? nil : MPICommunicator.libraryVersion
    products = KernelEnvironment.matrixProducts
    instructions = KernelEnvironment.instructionSet
    self.precision = precision.onThisProcessor()
    ranks = communicator.size
    hosts = try communicator.allGather([UInt8](CoreBinding.thisHost.utf8))
      .reduce(into: []) { hosts, bytes in
        let host = String(decoding: bytes, as: UTF8.self)
        if !hosts.contains(host) { hosts.append(host) }
      }
    try communicator.agree(on: "instructions: \(instructions)", "matrix products: \(products)")
  }

  /// What differs from `before` and changes the bits of a result, in words.
  func changes(since before: TrainingEnvironment) -> [String] {
    [
      ("instructions", instructions, before.instructions),
      ("matrix products", products, before.products),
      ("precision", precision.rawValue, before.precision.rawValue),
    ].compactMap { what, now, before in
      now == before ? nil : "\(what) (\(now), \(before) before)"
    }
  }
}
