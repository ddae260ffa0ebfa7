import Foundation
import ParableCollective
import TestSupport
import Testing

@Suite struct CommunicatorTests {
  @Test func aloneEveryOperationIsLocal() throws {
    try CommunicatorChecks(SoloCommunicator()).operations()
  }

  @Test(arguments: [1, 2, 3, 4, 8]) func threadsDoAllOperations(ranks: Int) throws {
    try ThreadedCommunicator.run(ranks: ranks) { try CommunicatorChecks($0).operations() }
  }

  @Test(arguments: [1, 2, 3, 4, 8]) func threadsShareMemory(ranks: Int) throws {
    try ThreadedCommunicator.run(ranks: ranks) { try CommunicatorChecks($0).sharedMemory() }
  }

  @Test(arguments: [[0, 0, 1, 1], [0, 1, 0, 1, 2], [0, 1], [0, 1, 1, 0, 0, 2, 2, 2]])
  func threadsShareMemoryByHost(hosts: [Int]) throws {
    let seen = try ThreadedCommunicator.run(ranks: hosts.count, hosts: hosts) {
      try CommunicatorChecks($0).operations()
      try CommunicatorChecks($0).sharedMemory()
      return $0.hosts
    }
    #expect(seen == Array(repeating: hosts, count: hosts.count))
  }

  @Test func disagreementNamesRanksAndValues() throws {
    #expect {
      try ThreadedCommunicator.run(ranks: 4) { communicator in
        try communicator.agree(on: communicator.rank == 2 ? 0xBAD : 0x600D)
      }
    } throws: {
      "\($0)" == "the ranks: they differ (ranks 0, 1, 3 parameters with checksum 000000000000600d, "
        + "rank 2 parameters with checksum 0000000000000bad); "
        + "start all of them alike: the same build, settings and kind of machine"
    }
  }

  @Test func descriptionsOfDifferentLengthDiffer() throws {
    #expect {
      try ThreadedCommunicator.run(ranks: 2) { communicator in
        if communicator.rank == 0 {
          try communicator.agree(on: "AVX2", "oneDNN")
        } else {
          try communicator.agree(on: "AVX2")
        }
      }
    } throws: {
      "\($0)" == "the ranks: they differ (rank 0 oneDNN, rank 1 nothing); "
        + "start all of them alike: the same build, settings and kind of machine"
    }
  }

  /// Memory beyond the end of its file kills the process that touches it, but not this one.
  @Test func takingPagesThatAreNotThereIsAnError() throws {
    let folder = try TemporaryFolder()
    let page = 4096
    try folder.write([UInt8](repeating: 1, count: page), to: "one page")
    let file = open(folder.file("one page"), O_RDWR)
    try #require(file >= 0)
    defer { close(file) }
    let address = mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    try #require(address != MAP_FAILED)
    defer { munmap(address, 2 * page) }
    let memory = UnsafeMutableRawBufferPointer(start: address, count: 2 * page)
    #expect(throws: SharedMemoryObstacle.self) { try takePages(of: memory) }
    try takePages(of: .init(rebasing: memory[..<page]))
    #expect(try folder.read("one page") == [UInt8](repeating: 0, count: page))
  }
}
