import Foundation
import ParableFormats
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

/// Which checkpoints stay.
@Suite struct CheckpointTests {
  private let folder: TemporaryFolder
  private let run: RunFolder

  init() throws {
    folder = try TemporaryFolder()
    run = RunFolder(folder.file("run"))
    try makeFolder(run.checkpoints)
  }

  private func path(_ step: Int) -> String { run.checkpoint(step: step).path }

  /// A folder that counts as a complete checkpoint, the one just written.
  private func write(_ step: Int) throws {
    try? FileManager.default.removeItem(atPath: path(step))
    try FileManager.default.createDirectory(
      atPath: path(step), withIntermediateDirectories: true)
    for file in [
      "config.json", "tokenizer.json", "model.safetensors", "training.json",
      "optimizer.safetensors",
    ] {
      try Data("\(step)".utf8).write(to: URL(fileURLWithPath: path(step) + "/" + file))
    }
    try Manifest.write(in: path(step))
  }

  private func damage(_ step: Int) throws {
    try Data("x".utf8).write(to: URL(fileURLWithPath: path(step) + "/model.safetensors"))
  }

  private func prune(
    keeping count: Int, beside step: Int, trusting isTrusted: (Int) -> Bool = { _ in false }
  ) throws {
    for checkpoint in run.outdated(keeping: count, beside: step, trusting: isTrusted) {
      try FileManager.default.removeItem(atPath: checkpoint.path)
    }
  }

  private var steps: [Int] { run.steps.reversed() }

  @Test func theNewestStay() throws {
    for step in 1...5 { try write(step) }
    try prune(keeping: 3, beside: 5)
    #expect(steps == [3, 4, 5])
    try prune(keeping: 1, beside: 5)
    #expect(steps == [5])
  }

  /// A damaged newer one and the empty folder of a broken copy count for nothing.
  @Test func damagedFoldersDoNotCount() throws {
    for step in [4, 8, 12] { try write(step) }
    try damage(12)
    try FileManager.default.createDirectory(atPath: path(99), withIntermediateDirectories: true)
    try write(9)
    try prune(keeping: 2, beside: 9)
    #expect(steps == [8, 9, 12, 99])
    #expect(run.newest().checkpoint?.path == path(9))
    // An older damaged one makes no good one go.
    try damage(8)
    try write(7)
    try write(10)
    try prune(keeping: 3, beside: 10)
    #expect(steps == [7, 9, 10, 12, 99])
  }

  @Test func whatWasJustWrittenStaysWhateverIsBesideIt() throws {
    for step in [4, 12] { try write(step) }
    try damage(12)
    try write(8)
    try prune(keeping: 1, beside: 8)
    #expect(steps == [8, 12])
    #expect(run.newest().checkpoint?.path == path(8))
    // A whole one that is newer, as of a backup, is not this run's to delete.
    try write(20)
    try write(9)
    try prune(keeping: 1, beside: 9)
    #expect(steps == [9, 12, 20])
  }

  @Test func othersFoldersAreNoCheckpoints() throws {
    for step in [1, 2] { try write(step) }
    for name in ["step-3", "step--0000005", "step-00000003x", "notes"] {
      try FileManager.default.createDirectory(
        atPath: run.checkpoints + "/" + name, withIntermediateDirectories: true)
    }
    #expect(steps == [1, 2])
    try prune(keeping: 1, beside: 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: run.checkpoints).count == 5)
  }

  @Test func whatIsTrustedIsNotReadAgain() throws {
    for step in 1...3 { try write(step) }
    try damage(2)
    try prune(keeping: 2, beside: 3, trusting: { $0 == 2 })
    #expect(steps == [2, 3])
  }

  /// What a link leads to is not the run's.
  @Test func filesBehindALinkAreNotTheRuns() throws {
    try write(1)
    #expect(try RunFolder.ownFiles(ofCheckpoint: path(1)).count == 6 + 1)
    try FileManager.default.createSymbolicLink(
      atPath: path(2), withDestinationPath: path(1))
    #expect(try RunFolder.ownFiles(ofCheckpoint: path(2)).isEmpty)
    try Data().write(to: URL(fileURLWithPath: path(3)))
    #expect(try RunFolder.ownFiles(ofCheckpoint: path(3)).isEmpty)
  }
}
