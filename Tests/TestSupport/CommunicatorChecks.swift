import ParableCollective

/// What a communicator must do, checked on every rank of it, threads or processes alike.
package struct CommunicatorChecks {
  /// What was not as it must be.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private let communicator: any Communicator

  package init(_ communicator: any Communicator) { self.communicator = communicator }

  private var rank: Int { communicator.rank }
  private var ranks: Range<Int> { 0..<communicator.size }

  private func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw Failure(description: "rank \(rank): \(what())") }
  }

  /// All operations but the sums.
  package func operations() throws {
    try gathers()
    try exchanges()
    try messages()
    try agreements()
    try failures()
    try communicator.barrier()
  }

  /// A failure on one rank is known to all before they meet in another operation, also within what is
  /// done together; the one that failed has its own error.
  private func failures() throws {
    for failing in ranks {
      let error = caught {
        try communicator.together {
          if rank == failing { throw Failure(description: "rank \(failing) fails") }
        }
      }
      let shared = error as? SharedFailure
      try require(shared?.description == "rank \(failing) fails", "together: \(error as Any)")
      try require((shared?.own != nil) == (rank == failing), "together: \(error as Any)")
    }
    func fail() throws -> Int { throw Failure(description: "the first fails") }
    for (name, body) in [
      ("fromFirstRank", { _ = try communicator.fromFirstRank(fail) }),
      ("onFirstRank", { try communicator.onFirstRank { _ = try fail() } }),
    ] {
      let alone = caught(body)
      try require("\(alone as Any)".contains("the first fails"), "\(name): \(alone as Any)")
      try require((alone is SharedFailure) == (rank != 0), "\(name): \(alone as Any)")
      let within = caught { try communicator.together(body: body) } as? SharedFailure
      try require(within?.description == "the first fails", "\(name): \(within as Any)")
      let all = try communicator.allGather([UInt8(rank)])
      try require(all == ranks.map { [UInt8($0)] }, "allGather after \(name)")
    }
  }

  private func caught(_ body: () throws -> Void) -> (any Error)? {
    do { try body() } catch { return error }
    return nil
  }

  private func message(_ count: Int, _ seed: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed &* 57 &+ ($0 >> 8)) }
  }

  private func gathers() throws {
    for scale in [0, 1, 1000] {
      let expected = ranks.map { message($0 * scale, $0) }
      try require(
        try communicator.allGather(expected[rank]) == expected, "allGather, scale \(scale)")
      for root in ranks {
        try require(
          try communicator.gather(expected[rank], to: root) == (rank == root ? expected : []),
          "gather to \(root), scale \(scale)")
      }
    }
    let counts = ranks.map { [Double](repeating: Double($0) / 3, count: $0) }
    try require(try communicator.allGather(values: counts[rank]) == counts, "allGather of values")
  }

  private func exchanges() throws {
    for scale in [0, 1, 1000] {
      func count(from sender: Int, to receiver: Int) -> Int { (sender * 2 + receiver) % 5 * scale }
      let outgoing = ranks.map { message(count(from: rank, to: $0), rank * 8 + $0) }
      let incoming = ranks.map {
        UnsafeMutableRawBufferPointer.allocate(
          byteCount: count(from: $0, to: rank), alignment: 1)
      }
      defer { for buffer in incoming { buffer.deallocate() } }
      let sources = outgoing.map(copy)
      defer { for buffer in sources { buffer.deallocate() } }
      try communicator.exchange(sources.map { UnsafeRawBufferPointer($0) }, into: incoming)
      for sender in ranks {
        try require(
          [UInt8](incoming[sender])
            == message(count(from: sender, to: rank), sender * 8 + rank),
          "exchange with \(sender), scale \(scale)")
      }
    }
  }

  /// Messages that only some ranks start, several between the same two in one order, one of them
  /// started long before it is awaited.
  private func messages() throws {
    func bytes(_ index: Int, _ seed: Int) -> [UInt8] {
      message([0, 5000, 3][index], seed * 8 + index)
    }
    let (next, previous) = ((rank + 1) % ranks.count, (rank + ranks.count - 1) % ranks.count)
    guard next != rank else {
      let none = try communicator.start(sending: [], receiving: [])
      try require(try none.progress(), "nothing is not done")
      return try none.finish()
    }
    let sources = (0..<3).map { copy(bytes($0, rank)) }
    let places = (0..<3).map { copy([UInt8](repeating: 0, count: bytes($0, rank).count)) }
    defer { for buffer in sources + places { buffer.deallocate() } }
    let first = try communicator.start(
      sending: [],
      receiving: places.prefix(2).map { IncomingMessage(from: previous, into: $0) })
    // The others are busy with something else meanwhile.
    try communicator.barrier()
    let sent = try communicator.start(
      sending: sources.map { OutgoingMessage(to: next, UnsafeRawBufferPointer($0)) }, receiving: [])
    while try !first.progress() {}
    try require(try first.progress(), "what was done is done no more")
    try communicator.start(
      sending: [], receiving: [IncomingMessage(from: previous, into: places[2])]
    ).finish()
    try sent.finish()
    for (index, place) in places.enumerated() {
      try require([UInt8](place) == bytes(index, previous), "message \(index) from \(previous)")
    }
    // The last rank alone tells the first something.
    if let last = ranks.last, rank == last {
      try communicator.start(
        sending: [OutgoingMessage(to: 0, UnsafeRawBufferPointer(sources[1]))], receiving: []
      ).finish()
    } else if rank == 0, let last = ranks.last {
      try communicator.start(
        sending: [], receiving: [IncomingMessage(from: last, into: places[1])]
      ).finish()
      try require([UInt8](places[1]) == bytes(1, last), "message from \(last) alone")
    }
  }

  private func copy(_ bytes: [UInt8]) -> UnsafeMutableRawBufferPointer {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    copy.copyBytes(from: bytes)
    return copy
  }

  private func agreements() throws {
    try communicator.agree(on: 42)
    try communicator.agree(on: "AVX-512", "oneDNN 2.6.3")
    guard let last = ranks.last, last > 0 else { return }
    let others = Array(ranks.dropLast())
    do {
      try communicator.agree(on: rank == last ? 1 : 2, of: "weights")
      try require(false, "different checksums agree")
    } catch CollectiveError.disagreement(let all) {
      try require(
        all.map { $0.groups.map(\.ranks) } == [[others, [last]]], "wrong groups: \(all)")
    }
    do {
      try communicator.agree(on: "equal", rank == last ? "AVX2" : "AVX-512")
      try require(false, "different descriptions agree")
    } catch let error as CollectiveError {
      try require(
        "\(error)".contains("AVX-512") && "\(error)".contains("rank \(last) AVX2")
          && !"\(error)".contains("equal"), "unclear: \(error)")
    }
  }

  /// That the ranks of each host see what each of them wrote, in windows of different sizes that come
  /// and go.
  package func sharedMemory() throws {
    let here = ranks.filter { communicator.hosts[$0] == communicator.hosts[rank] }
    for round in 0..<3 {
      let counts = ranks.map { $0 == round ? 0 : 5000 * $0 + 64 }
      guard let memory = try communicator.makeSharedMemory(byteCount: counts[rank]) else {
        throw Failure(description: communicator.sharedMemoryObstacle ?? "no shared memory")
      }
      for peer in here {
        let segment = memory.segment(of: peer)
        try require(segment.count == counts[peer], "segment of \(peer) has \(segment.count)")
        let address = segment.baseAddress.map { UInt(bitPattern: $0) } ?? 0
        try require(address % 64 == 0, "the segment of \(peer) begins inside a cache line")
      }
      memory.segment(of: rank).copyBytes(from: message(counts[rank], round + rank))
      // As often as the host's number says: other hosts have no part in it.
      for _ in 0...communicator.hosts[rank] { try memory.synchronize() }
      for peer in here {
        try require(
          [UInt8](memory.segment(of: peer)) == message(counts[peer], round + peer),
          "segment of \(peer) in round \(round)")
      }
      try memory.synchronize()
    }
  }
}

extension Communicator {
  /// Sends `outgoing[r]` to rank `r` and overwrites `incoming[r]` with what rank `r` sent here.
  fileprivate func exchange(
    _ outgoing: [UnsafeRawBufferPointer], into incoming: [UnsafeMutableRawBufferPointer]
  ) throws {
    let others = (0..<size).filter { $0 != rank }
    let messages = try start(
      sending: others.map { OutgoingMessage(to: $0, outgoing[$0]) },
      receiving: others.map { IncomingMessage(from: $0, into: incoming[$0]) })
    incoming[rank].copyMemory(from: outgoing[rank])
    try messages.finish()
  }
}
