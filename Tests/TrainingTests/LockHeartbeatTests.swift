import Foundation
import ParableTraining
import TestSupport
import Testing

@Suite struct LockHeartbeatTests {
  private let folder: TemporaryFolder
  private var path: String { folder.file("lock") }

  init() throws { folder = try TemporaryFolder() }

  private func take(_ words: String, patience: Double = 4) throws -> LockHeartbeat? {
    try LockHeartbeat.take(path, words: Array(words.utf8), patience: patience)
  }

  @Test func oneThatBeatsKeepsOthersAway() throws {
    let heartbeat = try #require(try take("one"))
    #expect(try take("two") == nil)
    #expect(heartbeat.isHeld)
    heartbeat.release()
    #expect(try folder.names().isEmpty)
    let next = try #require(try take("two"))
    #expect(next.isHeld && !heartbeat.isHeld)
    next.release()
  }

  /// An empty file is what opening it for a lock leaves.
  @Test func theFileOfAProcessThatIsGoneIsTakenAfterAWhile() throws {
    try folder.write("gone", to: "lock")
    let start = ContinuousClock.now
    let heartbeat = try #require(try take("one"))
    #expect(ContinuousClock.now - start > .seconds(4))
    heartbeat.release()
    try folder.write("", to: "lock")
    try #require(try take("one", patience: 3600)).release()
  }

  /// Its process has stood still, and another has its place.
  @Test func oneWhoseFileIsAnothersIsNotHeldAndLeavesIt() throws {
    let heartbeat = try #require(try take("one"))
    try folder.write("other", to: "lock")
    #expect(!heartbeat.isHeld && heartbeat.isLost)
    heartbeat.release()
    #expect(try folder.read("lock") == Array("other".utf8))
    // Nor does it beat for the other.
    #expect(try take("two") != nil)
  }

  /// As on a network file system whose server is away.
  @Test func oneWhoseFileIsMissingForAWhileBeatsOn() throws {
    let heartbeat = try #require(try take("one"))
    let away = folder.file("away")
    try FileManager.default.moveItem(atPath: path, toPath: away)
    Thread.sleep(forTimeInterval: 2.5)
    #expect(!heartbeat.isHeld && !heartbeat.isLost)
    try FileManager.default.moveItem(atPath: away, toPath: path)
    #expect(try take("two") == nil)
    heartbeat.release()
  }

  @Test func ofManyInOneMomentOneTakesIt() throws {
    try folder.write("gone", to: "lock")
    nonisolated(unsafe) var taken: [LockHeartbeat] = []
    let protection = NSLock()
    let group = DispatchGroup()
    for number in 0..<8 {
      group.enter()
      Thread {
        let one = try? self.take("number \(number)")
        protection.withLock { if let one { taken.append(one) } }
        group.leave()
      }.start()
    }
    group.wait()
    #expect(taken.count == 1 && taken[0].isHeld)
    taken.first?.release()
  }
}
