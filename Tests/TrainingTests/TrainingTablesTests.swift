import Foundation
import ParableCollective
import ParableFormats
import ParableTraining
import TestSupport
import Testing

/// What a training says at its start and at its end, and the same in its metrics.
@Suite struct TrainingTablesTests {
  private let training: SmallRun

  init() throws { training = try SmallRun() }

  /// Trains on ranks of these hosts, and gives what the first of them is told.
  private func tables(
    hosts: [Int] = [0], _ change: (inout PretrainingSettings) -> Void = { _ in }
  ) throws -> (header: TrainingHeader, end: TrainingEnd) {
    try? FileManager.default.removeItem(atPath: training.run.path)
    var settings = training.settings
    change(&settings)
    var request = Trainer<LanguageModelling>.Request(settings)
    request.folder = training.run.path
    let (asked, settled) = (request, settings.steps)
    let told = try ThreadedCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
      var (header, end): (TrainingHeader?, TrainingEnd?)
      try Trainer(asked, communicator: communicator) { event in
        if case .started(let found) = event { header = found }
        if case .ended(let found) = event { end = found }
      }.train()
      return (header, end)
    }
    let end = try #require(told[0].1)
    #expect(end.step == settled)
    // Every rank is told the same.
    #expect(told.allSatisfy { $0.1?.lines == end.lines })
    return (try #require(told[0].0), end)
  }

  /// The digests that the header of such a training has, by their names.
  private func digests(_ change: (inout PretrainingSettings) -> Void) throws -> [String: String] {
    let header = try tables(change).header
    return Dictionary(
      header.digests.map { ($0.name, $0.digits) }, uniquingKeysWith: { first, _ in first })
  }

  @Test(arguments: [[0], [0, 0], [0, 0, 1], [0, 1, 0, 2, 2]])
  func bothAreShortAndPhasesAddUp(_ hosts: [Int]) throws {
    let (header, end) = try tables(hosts: hosts)
    #expect(header.lines.count == (hosts.count > 1 ? 12 : 11), "\(header.lines)")
    #expect(end.lines.count == 14, "\(end.lines)")
    #expect(
      (header.lines + end.lines.dropLast()).allSatisfy { $0.count <= 160 && !$0.hasSuffix(" ") })
    #expect(
      end.phases.map(\.phase) == [
        "products", "attention", "other compute", "local accumulation", "waiting", "communication",
        "optimizer", "evaluation", "saving", "rest",
      ])
    for phase in end.phases {
      #expect(0 <= phase.minimum && phase.minimum <= phase.average * (1 + 1e-12), "\(phase)")
      #expect(phase.average <= phase.maximum * (1 + 1e-12), "\(phase)")
    }
    #expect(abs(end.phases.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    #expect(abs(end.phases.reduce(0) { $0 + $1.average } / end.seconds - 1) < 1e-9)
    for (place, phase) in end.phases.enumerated() where phase.phase != "waiting" {
      // With two micro-batches the other ranks have nothing to do.
      if hosts.count <= 2, phase.phase != "evaluation", phase.phase != "communication" {
        #expect(phase.minimum > 0, "\(end.lines[place + 1])")
      }
    }
  }

  @Test func ranksAndHostsAreCounted() throws {
    let header = try tables(hosts: [0, 1, 0, 2, 2]).header
    #expect(
      header.lines[4].hasPrefix("  ranks          5 on 3 hosts of 1 to 2: "), "\(header.lines)")
    #expect(
      header.lines[6]
        == "  micro-batches  2 per step, 2 of 5 ranks busy, 3 stay idle: use a smaller "
        + "--micro-batch or fewer ranks")
    let start = try #require(training.metrics().first?["environment"] as? [String: Any])
    #expect(start["ranks_of_hosts"] as? [Int] == [2, 1, 2] && start["busy_ranks"] as? Int == 2)
    #expect(start["ranks"] as? Int == 5 && start["instructions"] is String)
  }

  /// Two people compare these: where files lie and what is kept of a run makes no difference.
  @Test func digestsAreThoseOfWhatDecidesTheResult() throws {
    let text = try training.folder.read("corpus.txt")
    let first = try digests { _ in }
    #expect(Set(first.keys) == ["corpus", "tokenizer", "settings"])
    #expect(first.values.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{12}/) != nil })
    let copy = try training.folder.write(text, to: "copy.txt")
    let same = try digests {
      $0.corpus = [copy]
      ($0.saveEvery, $0.keepCheckpoints, $0.evaluateEvery) = (2, 1, 3)
      $0.validation = copy
    }
    #expect(same == first)
    let seeded = try digests { $0.seed = 2 }
    #expect(seeded["settings"] != first["settings"])
    #expect(seeded["corpus"] == first["corpus"] && seeded["tokenizer"] == first["tokenizer"])
    try training.folder.write(text + [65], to: "copy.txt")
    let other = try digests { $0.corpus = [copy] }
    #expect(other["corpus"] != first["corpus"] && other["settings"] == first["settings"])
  }

  @Test func theLastEvaluationIsInTheTable() throws {
    let validation = training.settings.corpus[0]
    let end = try tables { $0.validation = validation }.end
    let last = try #require(training.evaluations().last?["bits_per_byte"] as? Double)
    #expect(end.lines[11].hasSuffix(String(format: "; %.4f bits per byte at step 4", last)))
    let line = try #require(training.metrics().last?["end"] as? [String: Any])
    #expect((line["evaluation"] as? [String: Any])?["bits_per_byte"] as? Double == last)
    #expect((line["phases"] as? [[String: Any]])?.count == 10)
    #expect(try tables().end.lines[11].hasSuffix(" GFLOP/s"))
  }

  @Test func theModelThatIsLeftIsNamedByItsDigest() throws {
    let end = try tables(hosts: [0, 0]).end
    let file = training.checkpoint(4) + "/model.safetensors"
    #expect(end.model == .init(path: file, sha256: try training.digest(file)))
    #expect(end.lines.last == "SHA256 (\(file)) = \(try training.digest(file))")
  }
}
