import Foundation
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

@Suite struct RunLockTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func take(_ name: String) throws -> RunLock {
    try RunLock.take(folder.file(name), option: "--run") { Issue.record("\($0)") }
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.file(name))
  }

  @Test func theSecondIsToldWhoHoldsTheFolder() throws {
    let lock = try take("run")
    let error = #expect(throws: TrainingError.self) { try take("run") }
    let message = error.map { "\($0)" } ?? ""
    let expected = "\(folder.file("run")): in use by process \(getpid()) on host "
    #expect(message.hasPrefix(expected), "\(message)")
    let rest = message.dropFirst(expected.count)
    let wanted = #/.+ since 2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ; wait for it or choose another --run/#
    #expect(rest.wholeMatch(of: wanted) != nil, "\(message)")
    lock.release()
    try take("run").release()
  }

  /// A file that was left behind by a process that was killed locks nothing, however long it is.
  @Test func onlyALivingProcessHoldsALock() throws {
    let host = String(repeating: "x", count: 1000)
    try folder.write(
      #"{"process":1,"host":"\#(host)","started":"2026-01-01T00:00:00Z"}"#, to: "lock")
    let lock = try RunLock.take(folder.path, option: "--run") { _ in }
    let error = #expect(throws: TrainingError.self) {
      try RunLock.take(folder.path, option: "--run") { _ in }
    }
    #expect("\(try #require(error))".contains("in use by process \(getpid()) on host "))
    lock.release()
    #expect(!exists("lock"))
  }

  /// It would hold the lock when this process is killed.
  @Test func aProgramThatIsStartedDoesNotInheritTheLock() throws {
    let lock = try take("run")
    let open = try runProcess("sh", ["-c", "ls -l /proc/$$/fd"])
    #expect(open.output.contains(" 0 -> ") && !open.output.contains("/run/lock"), "\(open.output)")
    lock.release()
  }

  @Test func foldersThatStayedEmptyGoWithTheLock() throws {
    let lock = try take("a/b/run")
    try lock.makeFolder(folder.file("a/b/run/checkpoints"))
    #expect(exists("a/b/run/checkpoints"))
    lock.release()
    #expect(!exists("a"))
    // What was there before stays, and so does what holds a file.
    try FileManager.default.createDirectory(
      atPath: folder.file("old"), withIntermediateDirectories: true)
    let other = try take("old/run")
    try folder.write("x", to: "old/run/metrics.jsonl")
    try other.makeFolder(folder.file("old/run/tokens"))
    other.release()
    #expect(exists("old/run/metrics.jsonl"))
    #expect(!exists("old/run/tokens"))
    #expect(!exists("old/run/lock"))
  }

  @Test func everySpellingOfAFolderIsMadeAndRemoved() throws {
    for name in ["a", "a/", "a/b", "./a//b/", "a/../c/d"] {
      let lock = try take(name)
      #expect(exists(name))
      lock.release()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty, "\(name)")
    }
  }

  @Test func manyStartsInOneMomentGetAFolderEach() throws {
    let parent = folder.file("runs")
    nonisolated(unsafe) var taken: [(path: String, lock: RunLock)] = []
    let protection = NSLock()
    DispatchQueue.concurrentPerform(iterations: 200) { _ in
      let one = try? RunLock.takeNextFree(in: parent, option: "--run") { _ in }
      protection.withLock { if let one { taken.append((one.folder.path, one.lock)) } }
    }
    let names = (1...200).map { parent + String(format: "/%03d", $0) }
    #expect(taken.map(\.path).sorted() == names)
    for (_, lock) in taken { lock.release() }
  }

  @Test func whereTheFolderCannotBeMadeItIsSaid() throws {
    try folder.write("x", to: "file")
    for (name, path) in [("file/run", "file/run"), ("file", "file/lock")] {
      let error = #expect(throws: FileError.self) { try take(name) }
      #expect("\(try #require(error))".hasPrefix(folder.file(path) + ": "))
    }
    let error = #expect(throws: TrainingError.self) {
      try RunLock.take("", option: "--run") { _ in }
    }
    #expect("\(try #require(error))".hasPrefix("--run: no folder is named;"))
  }

  /// The folder's path is as long as one may be, that of the file in it longer.
  @Test func aFolderThatCannotBeLockedIsTakenAway() throws {
    var path = folder.path
    while path.utf8.count < 4094 {
      let rest = 4094 - path.utf8.count - 1
      path += "/" + String(repeating: "x", count: rest > 201 && rest < 402 ? 100 : min(200, rest))
    }
    #expect {
      try RunLock.take(path, option: "--run") { _ in }
    } throws: {
      "\($0)".contains("x/lock: ")
    }
    #expect(try folder.names().isEmpty)
  }
}
