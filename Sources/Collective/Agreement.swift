extension Communicator {
  /// Throws on every rank, naming the ranks, unless all hold the same checksum.
  ///
  /// - Parameters:
  ///   - checksum: Of what must be equal everywhere, such as the parameters; nil on a rank that shares
  ///     it with one that says it.
  ///   - subject: What the checksum is of, for the message.
  /// - Throws: ``CollectiveError/disagreement(_:)``.
  package func agree(on checksum: UInt64?, of subject: String = "parameters") throws {
    let all = try allGather(values: checksum.map { [$0] } ?? [])
    try requireAgreement(
      on: all.enumerated().compactMap { rank, own in own.first.map { (rank, $0) } }, of: subject)
  }

  /// The same of checksums that all ranks know already, each with the rank that it is of.
  package func requireAgreement(
    on checksums: [(rank: Int, checksum: UInt64)], of subject: String
  ) throws {
    var found = [String?](repeating: nil, count: size)
    for (rank, checksum) in checksums {
      found[rank] = "\(subject) with checksum \(hexadecimal(checksum))"
    }
    if let disagreement = Disagreement(found) {
      throw CollectiveError.disagreement([disagreement])
    }
  }

  private func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Throws on every rank, naming ranks and values, unless all describe themselves alike.
  ///
  /// - Parameter descriptions: Such as the instruction set and the versions of libraries, in the
  ///   same order on all ranks.
  /// - Throws: ``CollectiveError/disagreement(_:)`` with everything that differs.
  package func agree(on descriptions: String...) throws { try agree(on: descriptions) }

  /// The same for descriptions that are in an array already.
  package func agree(on descriptions: [String]) throws {
    let all = try allGather([UInt8](descriptions.joined(separator: "\0").utf8)).map {
      String(decoding: $0, as: UTF8.self)
        .split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    }
    let longest = all.map(\.count).max() ?? 0
    let disagreements = (0..<longest).compactMap { position in
      Disagreement(all.map { position < $0.count ? $0[position] : "nothing" })
    }
    guard disagreements.isEmpty else { throw CollectiveError.disagreement(disagreements) }
  }

  /// Gives every rank the values of all ranks, in rank order; counts may differ.
  package func allGather<Value: BitwiseCopyable>(values: [Value]) throws -> [[Value]] {
    try allGather(values.withUnsafeBytes { [UInt8]($0) }).map { bytes in
      bytes.withUnsafeBytes { source in
        [Value](unsafeUninitializedCapacity: source.count / MemoryLayout<Value>.stride) {
          UnsafeMutableRawBufferPointer($0).copyMemory(from: source)
          $1 = source.count / MemoryLayout<Value>.stride
        }
      }
    }
  }
}
