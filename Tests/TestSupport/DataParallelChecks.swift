import ParableCollective

/// Sums in tree order, written as plainly as it can be, on values for which the order matters.
package enum DataParallelChecks {
  /// A value of 24 significant bits and one of 32 magnitudes.
  package static func value(round: Int, leaf: Int, element: Int) -> Float {
    var bits = UInt32(truncatingIfNeeded: element &* 0x9E37_79B1 &+ leaf &* 0x85EB_CA77 &+ round)
    bits = (bits ^ bits >> 15) &* 0x2C1B_3C6D
    bits = (bits ^ bits >> 12) &* 0x297A_2D39
    bits ^= bits >> 15
    return Float(bitPattern: bits & 0x807F_FFFF | (112 + bits >> 23 & 31) << 23)
  }

  /// The sum of node `index` of a level.
  package static func reference(
    round: Int, level: Int, index: Int, leafCount: Int, element: Int
  ) -> Float? {
    guard index << level < leafCount else { return nil }
    if level == 0 { return value(round: round, leaf: index, element: element) }
    let (left, right) = (
      reference(
        round: round, level: level - 1, index: index * 2, leafCount: leafCount, element: element),
      reference(
        round: round, level: level - 1, index: index * 2 + 1, leafCount: leafCount,
        element: element)
    )
    guard let left, let right else { return left }
    return left + right
  }

  /// The total in tree order.
  package static func reference(leafCount: Int, elementCount: Int) -> [Float] {
    (0..<elementCount).map { reference(round: 0, leafCount: leafCount, element: $0) }
  }

  private static func reference(round: Int, leafCount: Int, element: Int) -> Float {
    var level = 0
    while 1 << level < leafCount { level += 1 }
    return reference(round: round, level: level, index: 0, leafCount: leafCount, element: element)
      ?? .nan
  }

  /// Elements in units of many lengths.
  package static func units(_ elementCount: Int) -> [Range<Int>] {
    var units: [Range<Int>] = []
    while let start = units.last?.upperBound ?? (elementCount > 0 ? 0 : nil), start < elementCount {
      let length = [1, 300, 7, 65_536, 64][units.count % 5]
      units.append(start..<min(start + length, elementCount))
    }
    return units
  }

  /// Two steps on this rank: the sums of all owners, and the parameters that they make of them, must have
  /// the reference's bits.
  ///
  /// Long buffers hold values here and there only.
  package static func run(
    _ communicator: any Communicator, leafCount: Int, elementCount: Int,
    collective: CollectiveTransport
  ) throws {
    let what =
      "\(leafCount) leaves of \(elementCount), rank \(communicator.rank) of "
      + "\(communicator.size), \(collective)"
    let parallel = try DataParallel(
      communicator: communicator, microBatchCount: leafCount, units: units(elementCount),
      collective: collective)
    guard parallel.collective == collective || communicator.size == 1 else {
      throw CommunicatorChecks.Failure(description: "\(what): \(parallel.collectiveNote)")
    }
    let checked = stride(from: 0, to: elementCount, by: elementCount / 4096 + 1)
    for round in 0..<2 {
      for leaf in parallel.microBatches {
        parallel.accumulate { buffer in
          for element in checked {
            buffer[element] += value(round: round, leaf: leaf, element: element)
          }
        }
      }
      let sum = try parallel.sum()
      _ = parallel.parameters[parallel.owned].update(fromContentsOf: sum)
      for place in sum.indices { sum[place] = .nan }
      try parallel.share()
      let isRight = checked.allSatisfy {
        parallel.parameters[$0].bitPattern
          == reference(round: round, leafCount: leafCount, element: $0).bitPattern
      }
      guard isRight else {
        throw CommunicatorChecks.Failure(description: "\(what), round \(round): other bits")
      }
      // Nobody changes the parameters before everybody has looked at them.
      try communicator.barrier()
    }
  }
}

extension DataParallel {
  /// Takes the next of this rank's gradients, which `body` adds to a buffer of zeros.
  package func accumulate(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    try body(begin())
    end()
  }
}
