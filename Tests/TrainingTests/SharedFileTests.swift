import Foundation
import ParableCollective
import ParableFormats
import ParablePlatform
import TestSupport
import Testing

@testable import ParableTraining

/// A file that ranks write together, and what is read back of it.
@Suite struct SharedFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Bytes that differ from one place to the next.
  private static func drawn(_ count: Int) -> [UInt8] {
    var random = SplitMix64(seed: UInt64(count))
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  /// Has `ranks` write parts of these lengths in turns, and returns what each says that it wrote.
  private func write(_ lengths: [Int], ranks: Int, to path: String) throws -> [[WrittenBlock]] {
    let all = Self.drawn(lengths.reduce(0, +))
    var parts: [SharedFile.Part] = []
    for (index, length) in lengths.enumerated() {
      let start = parts.last?.range.upperBound ?? 0
      parts.append(.init(range: start..<start + length, owner: (index * 7 + index / 3) % ranks))
    }
    let file = SharedFile(path: path, parts: parts)
    try file.reserve()
    return try ThreadedCommunicator.run(ranks: ranks) { communicator in
      let bytes = OwnedBuffer(all)
      defer { withExtendedLifetime(bytes) {} }
      return try file.collect(communicator) {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes.buffer)[file.parts[$0].range])
      }.write()
    }
  }

  /// Parts that end within a block, fill several, or have a block's middle alone.
  private static let lengths = [100, 1 << 20, 7, 5, 3 << 20, 1 << 19, 1 << 19, 123_457, 2 << 20, 1]

  @Test(arguments: [1, 2, 3, 5])
  func ranksWriteOneFileTogether(_ ranks: Int) throws {
    let path = folder.file("file")
    let written = try write(Self.lengths, ranks: ranks, to: path)
    let expected = Self.drawn(Self.lengths.reduce(0, +))
    #expect(try contents(ofFile: path) == expected)
    #expect(
      try WrittenBlock.digest(of: written.flatMap { $0 }, in: path)
        == expected.withUnsafeBytes { SHA256.hexDigest(of: $0) })
    // Two ranks never write into the same block of 1 MiB.
    var writers: [Int: Set<Int>] = [:]
    for (rank, blocks) in written.enumerated() {
      for block in blocks {
        writers[block.offset >> 20, default: []].insert(rank)
        writers[(block.offset + block.count - 1) >> 20, default: []].insert(rank)
      }
    }
    #expect(writers.values.allSatisfy { $0.count == 1 })
  }

  @Test func whatIsNotAsItWasWrittenIsFound() throws {
    let path = folder.file("file")
    let blocks = try write(Self.lengths, ranks: 3, to: path).flatMap { $0 }
    let whole = try contents(ofFile: path)
    for place in [0, 99, 1 << 20, whole.count / 2, whole.count - 1] {
      var damaged = whole
      damaged[place] ^= 1 << UInt8(place % 8)
      try Data(damaged).write(to: URL(filePath: path))
      let error = #expect(throws: TrainingError.self) {
        try WrittenBlock.digest(of: blocks, in: path)
      }
      #expect("\(try #require(error))".contains("are not what was written there"))
    }
    for other in [[UInt8](whole.dropLast(1)), whole + [0]] {
      try Data(other).write(to: URL(filePath: path))
      #expect(throws: TrainingError.self) { try WrittenBlock.digest(of: blocks, in: path) }
    }
    try Data(whole).write(to: URL(filePath: path))
    // A block that nobody has written.
    #expect(throws: TrainingError.self) {
      try WrittenBlock.digest(of: Array(blocks.dropFirst()), in: path)
    }
  }
}
