import Foundation
import ParableCollective
import ParableFormats
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

/// What a training that is resumed compares with its checkpoint.
@Suite struct RunStoreTests {
  private let folder: TemporaryFolder
  private let environment: TrainingEnvironment
  private typealias Record = TrainingRecord<[String: Int], [String: Int]>

  init() throws {
    folder = try TemporaryFolder()
    environment = try TrainingEnvironment(SoloCommunicator(), precision: .fp32)
  }

  /// What is said of these inputs and this environment, where those of `before` were others.
  private func verify(
    _ inputs: [String: String], _ environment: TrainingEnvironment,
    _ before: ([String: String], TrainingEnvironment?), allowingChanges: Bool = false
  ) throws -> [String] {
    var notes: [String] = []
    let store = try RunStore(
      .pretraining, at: folder.file("run"), resumes: false, communicator: SoloCommunicator(),
      note: { notes.append($0) })
    let record = Record(
      step: 3, kind: .pretraining, settings: [:], progress: [:], inputs: before.0,
      environment: before.1)
    try store.verify(
      inputs: inputs, environment: environment, against: record, allowingChanges: allowingChanges)
    return notes
  }

  @Test func everythingThatDiffersIsListed() throws {
    var other = environment
    other.instructions = "AVX9"
    other.products = "another library"
    other.precision = .bf16
    let now = ["/a": "1", "/b": "2", "/c": "3"]
    let before = (["/a": "1", "/b": "x", "/c": "y"], other)
    let said =
      "\(try #require(throws: TrainingError.self) { try verify(now, environment, before) })"
    #expect(said.hasPrefix("\(folder.file("run")): not as it was at the checkpoint: /b, /c, "))
    for words in [
      "instructions (\(environment.instructions), AVX9 before)", "another library before)",
      "precision (fp32, bf16 before)", "--allow-changes",
    ] {
      #expect(said.contains(words), "\(said)")
    }
    #expect(!said.contains("/a"))
    let notes = try verify(now, environment, before, allowingChanges: true)
    #expect(notes.count == 5 && notes[0] == "going on although it is not as it was: /b")
  }

  /// Ranks, hosts and versions leave the bits alone; what the record does not know is new.
  @Test func whatChangesNoBitMayDiffer() throws {
    var other = environment
    other.ranks = 64
    other.hosts = ["elsewhere"]
    (other.version, other.commit, other.swift, other.mpi) = ("0", "0", "0", "0")
    #expect(
      try verify(["/a": "1", "/new": "2"], environment, (["/a": "1", "/gone": "3"], other)) == [])
    #expect(try verify(["/a": "1"], environment, ([:], nil)) == [])
  }

  @Test(arguments: [1, 2, 3, 5])
  func filesAreSharedOutAmongTheRanks(_ ranks: Int) throws {
    let files = try ["a", "b", "c"].map { try folder.write($0, to: $0) }
    let missing = folder.file("missing")
    let path = folder.file("run")
    let found = try ThreadedCommunicator.run(ranks: ranks) { communicator in
      let store = try RunStore(
        .pretraining, at: path, resumes: false, communicator: communicator, note: { _ in })
      defer { store.close() }
      return try store.digests(of: [missing] + files)
    }
    let expected = try Dictionary(
      uniqueKeysWithValues: files.map { ($0, try SHA256.hexDigest(ofFile: $0)) })
    #expect(found.allSatisfy { $0 == expected })
  }

  @Test func anotherTrainingsFolderIsRefused() throws {
    try makeFolder(folder.file("run/checkpoints/step-00000001"))
    try folder.write(
      "{\"step\": 1, \"kind\": \"chat\"}", to: "run/checkpoints/step-00000001/training.json")
    for (kind, words) in [
      (TrainingKind.pretraining, "another training is there already; choose another --run"),
      (.fineTuning, "another training is there already; choose another --output"),
      (
        TrainingKind(name: "chat", title: "chat", option: "--chat", leavesModel: false),
        "a chat is there already; go on with it by --resume or choose another --chat"
      ),
    ] {
      let error = #expect(throws: TrainingError.self) {
        try RunStore(
          kind, at: folder.file("run"), resumes: false, communicator: SoloCommunicator(),
          note: { _ in })
      }
      #expect(error?.description == "\(folder.file("run")): \(words)")
    }
  }
}
