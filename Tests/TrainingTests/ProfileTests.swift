import Foundation
import ParableCollective
import ParableKernels
import ParableTraining
import TestSupport
import Testing

@Suite struct ProfileTests {
  @Test func kernelsReportToTheCurrentProfileAlone() {
    func norm() {
      let x = [Float](repeating: 2, count: 8)
      _ = x.withUnsafeBufferPointer { sumOfSquares($0) }
    }
    let profile = Profile()
    norm()
    profile.measure { norm() }
    norm()
    profile.add(.waiting, seconds: 0.5)
    profile.add(.communication, seconds: 0)
    #expect(profile.events.map(\.part) == [.gradientNorm, .waiting])
    #expect(profile.events[1].seconds == 0.5)
  }

  /// What a stretch contains is drawn in it, and counted once.
  @Test func whatLiesInsideAnotherStretchIsNoPartOfTheSums() {
    let profile = Profile()
    let result = profile.measure {
      Profile.during(.saving) {
        Profile.during(.checksums) { _ = usleep(2000) }
        [Float](repeating: 2, count: 8).withUnsafeBufferPointer { _ = sumOfSquares($0) }
        return 7
      }
    }
    #expect(result == 7)
    #expect(profile.events.map(\.part) == [.checksums, .gradientNorm, .saving])
    #expect(profile.totals.map(\.key) == [.saving])
    #expect((profile.totals[.saving]?.seconds ?? 0) >= 0.002)
    // The next stretch counts again, also after one that was ended by an error.
    struct Failure: Error {}
    #expect(throws: Failure.self) { try profile.during(.evaluation) { throw Failure() } }
    profile.add(.waiting, seconds: 0.5)
    #expect(profile.totals[.waiting]?.calls == 1 && profile.totals[.evaluation]?.calls == 1)
    #expect(Profile.during(.saving) { 8 } == 8)
  }

  @Test func aLongTrainingKeepsTheFirstEventsAndTheSumsOfAll() {
    let profile = Profile(eventLimit: 3)
    for _ in 0..<10 { profile.add(.waiting, seconds: 0.5) }
    profile.add(.localAccumulation, seconds: 0.25)
    #expect(profile.events.map(\.part) == [.waiting, .waiting, .waiting])
    #expect(profile.eventsLeftOut == 8)
    #expect(profile.totals[.waiting]?.calls == 10 && profile.totals[.waiting]?.seconds == 5)
    #expect(
      profile.totals[.localAccumulation]?.calls == 1
        && profile.totals[.localAccumulation]?.seconds == 0.25)
  }

  @Test func aProfiledTrainingSaysWhereItsTimeWentAndTrainsTheSame() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      String(repeating: "the cat sat on the mat and the dog ran. ", count: 200), to: "text")
    var request = Trainer<LanguageModelling>.Request(PretrainingSettings())
    request.settings.corpus = [folder.file("text")]
    request.settings.vocabularySize = 280
    request.settings.width = 16
    request.settings.layers = 2
    request.settings.heads = 2
    request.settings.hidden = 24
    request.settings.context = 16
    request.settings.batch = 8
    request.settings.microBatch = 2
    request.settings.steps = 3
    var losses: [[Double]] = []
    var summary: ProfileSummary?
    for profiles in [false, true] {
      request.profiles = profiles
      request.folder = folder.file("run-\(profiles)")
      var own: [Double] = []
      try Trainer(request, communicator: SoloCommunicator()) { event in
        if case .step(let record) = event { own.append(record.loss) }
        if case .profiled(let found, _) = event { summary = found }
      }.train()
      losses.append(own)
    }
    #expect(losses[0] == losses[1] && losses[0].count == 3)
    let found = try #require(summary)
    #expect(found.steps == 3)
    let parts = Set(found.rows.map(\.part))
    let expected: Set<Profile.Part> = [
      .forwardProducts, .backwardProducts, .gradientProducts, .attention, .attentionBackward,
      .norm, .swiGLU, .rotary, .crossEntropy, .embedding, .packing, .gradientNorm, .optimizer,
      .localAccumulation,
    ]
    #expect(parts.isSuperset(of: expected))
    #expect(found.rows.reduce(found.other) { $0 + $1.share } > 0.999)
    // 3 steps of 4 micro-batches, 2 blocks of 4 products and the output layer.
    #expect(found.rows.first { $0.part == .forwardProducts }?.calls == 3 * 4 * 9)
    struct Trace: Decodable {
      struct Event: Decodable {
        var name: String
        var ph: String
        var dur: Double
        var pid: Int
      }
      var traceEvents: [Event]
    }
    let trace = try JSONDecoder().decode(
      Trace.self, from: Data(folder.read("run-true/trace.json")))
    #expect(trace.traceEvents.allSatisfy { $0.ph == "X" && $0.dur >= 0 && $0.pid == 0 })
    #expect(trace.traceEvents.count { $0.name == "products, forward" } == 3 * 4 * 9)
    #expect(!FileManager.default.fileExists(atPath: folder.file("run-false/trace.json")))
  }
}
