import Foundation
import ParableCollective
import ParableTraining
import TestSupport
import Testing

/// `training.json` of this version and of the one before.
@Suite struct TrainingRecordTests {
  private typealias Record = TrainingRecord<PretrainingSettings, PretrainingProgress>

  /// As the version before wrote it.
  private static let old = """
    {
      "preparation" : {
        "learning" : {
          "pairCounting" : "presence",
          "specialTokens" : [ "<|endoftext|>" ],
          "vocabularySize" : 260
        },
        "training" : {
          "digest" : "5e5ba2f6b2a4bd5dd3da09d5c7ba56ef",
          "encoded" : { "bytes" : 860, "invalidBytes" : 0, "tokens" : 801, "width" : 2 },
          "tokenDigest" : "0fb4d5c07a2b46b7a5b2eb1b1e3f2a11"
        },
        "vocabulary" : "86a55eb1f3b2e9e1d1e7ac25b9b1bf31"
      },
      "settings" : {
        "batch" : 2, "beta1" : 0.9, "beta2" : 0.95, "context" : 8, "corpus" : [ "/data/corpus.txt" ],
        "evaluateEvery" : 100, "grain" : 1, "heads" : 2, "hidden" : 8,
        "initialization" : "matching", "layers" : 1, "learningRate" : 0.003, "maximumNorm" : 1,
        "precision" : "fp32", "ropeTheta" : 10000, "saveEvery" : 100, "seed" : 1, "steps" : 4,
        "vocabularySize" : 260, "warmupSteps" : 0, "weightDecay" : 0.1, "width" : 8
      },
      "step" : 2
    }
    """

  @Test func theFormOfTheVersionBeforeIsRead() throws {
    let record = try JSONDecoder().decode(Record.self, from: Data(Self.old.utf8))
    #expect(record.step == 2 && record.kind == "pre-training")
    #expect(record.settings.corpus == ["/data/corpus.txt"] && record.settings.width == 8)
    #expect(record.settings.seed == 1 && record.settings.steps == 4)
    let text = record.progress.preparation
    #expect(text != nil && record.inputs.isEmpty && record.environment == nil)
  }

  @Test func whatIsWrittenIsRead() throws {
    var record = try JSONDecoder().decode(Record.self, from: Data(Self.old.utf8))
    record.inputs = ["/data/corpus.txt": "12ab"]
    record.environment = try TrainingEnvironment(SoloCommunicator(), precision: .fp32)
    let data = try JSONEncoder().encode(record)
    let again = try JSONDecoder().decode(Record.self, from: data)
    #expect(again.step == 2 && again.kind == record.kind && again.settings == record.settings)
    #expect(again.progress.preparation == record.progress.preparation)
    #expect(again.inputs == record.inputs && again.environment == record.environment)
  }

  /// Where and with what a checkpoint was made is in it.
  @Test func theEnvironmentIsDescribed() throws {
    let environments = try ThreadedCommunicator.run(ranks: 3) {
      try TrainingEnvironment($0, precision: .fp32)
    }
    let one = environments[0]
    #expect(environments.allSatisfy { $0 == one })
    #expect(one.ranks == 3 && one.hosts.count == 1 && !one.hosts[0].isEmpty)
    #expect(one.mpi?.contains("MPI") == true)
    #expect(try TrainingEnvironment(SoloCommunicator(), precision: .fp32).mpi == nil)
    #expect(!one.version.isEmpty && !one.instructions.isEmpty && !one.products.isEmpty)
    #expect(one.swift.contains("."))
  }

  /// It is that of this build, not of the first one of this folder.
  @Test func theCommitIsTheOneThatWasBuilt() throws {
    let commit = try TrainingEnvironment(SoloCommunicator(), precision: .fp32).commit
    // Git may be missing, or refuse a repository of another user.
    let head = try runProcess(
      "/bin/sh",
      ["-c", "git -C \"$0\" rev-parse HEAD || echo unknown", SharedFixtures.packageRoot.path])
    #expect(commit.replacing("+changes", with: "") + "\n" == head.output)
  }
}
