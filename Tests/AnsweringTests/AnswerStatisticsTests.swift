import Foundation
import ParableCorpus
import TestSupport
import Testing

@testable import ParableAnswering

@Suite struct AnswerStatisticsTests {
  /// Values of the formulas worked out by hand.
  @Test func intervalsAndTestsAreThoseOfTheFormulas() {
    let half = AnswerStatistics.wilsonInterval(successes: 50, of: 100)
    #expect(abs(half[0] - 0.403832) < 1e-6 && abs(half[1] - 0.596168) < 1e-6)
    let none = AnswerStatistics.wilsonInterval(successes: 0, of: 10)
    #expect(none[0] == 0 && abs(none[1] - 0.277533) < 1e-6)
    // 2 · (1 + 12 + 66) / 2¹²
    #expect(abs(PairedTest.probability(2, of: 12) - 158.0 / 4096) < 1e-12)
    #expect(PairedTest.probability(0, of: 0) == 1 && PairedTest.probability(3, of: 6) == 1)
  }

  private static let questions = [
    MultipleChoiceQuestion(
      context: "a bb ccc", question: "?", choices: ["a", "x", "yyyy"], answer: 0),
    MultipleChoiceQuestion(context: "a bb ccc", question: "?", choices: ["ccc", "bb"], answer: 0),
    MultipleChoiceQuestion(
      context: "none", question: "?", choices: ["p", "q", "r", "long"], answer: 3),
  ]

  @Test func baselinesGuessWithoutANetwork() throws {
    let statistics = try #require(AnswerStatistics([0, 1, 3], of: Self.questions))
    #expect(statistics.accuracy == 2.0 / 3)
    let expected = [
      "chance": (1.0 / 3 + 0.5 + 0.25) / 3, "longest choice": 2.0 / 3,
      "any choice in the passage": (1 + 0.5 + 0.25) / 3, "most frequent position": 2.0 / 3,
    ]
    #expect(Set(statistics.baselines.keys) == Set(expected.keys))
    for (name, value) in expected {
      #expect(abs((statistics.baselines[name] ?? 0) - value) < 1e-12, "\(name)")
    }
    let test = try #require(PairedTest([0, 1, 3], [1, 0, 0], of: Self.questions))
    #expect(test.onlyFirst == 2 && test.onlySecond == 1 && test.probability == 1)
  }

  /// Questions without an answer are passed over, and counted.
  @Test func whatIsKnownIsJudged() throws {
    var unknown = Self.questions
    unknown[1].answer = nil
    let statistics = try #require(AnswerStatistics([0, 1, 2], of: unknown))
    #expect(statistics.answered == 2 && statistics.accuracy == 0.5)
    #expect(statistics.interval == AnswerStatistics.wilsonInterval(successes: 1, of: 2))
    #expect(abs((statistics.baselines["chance"] ?? 0) - (1.0 / 3 + 0.25) / 2) < 1e-12)
    let test = try #require(PairedTest([0, 0, 3], [1, 1, 3], of: unknown))
    #expect(test.onlyFirst == 1 && test.onlySecond == 0)
    for index in unknown.indices { unknown[index].answer = nil }
    #expect(AnswerStatistics([0, 1, 3], of: unknown) == nil)
    #expect(PairedTest([0, 1, 3], [0, 1, 3], of: unknown) == nil)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func whatIsNoNumberAnswersNothing(value: Double) {
    for row in [[value, 1, 2], [1, 2, value], [value, value, value]] {
      #expect(throws: AnsweringError.scoreNotFinite(name: "q.json record 2")) {
        try Predictions(
          scores: [[1, 2, 3], row], questions: Self.questions, config: ["questions": "q.json"])
      }
    }
  }

  @Test func predictionsAreWrittenAsOthersReadThem() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("predictions.json")
    let scores = [[0.1, 0.3, 0.2], [1, 1], [-1, -2, -3, -0.5]]
    let known = try Predictions(scores: scores, questions: Self.questions, config: ["method": "x"])
    #expect(known.predictions == [1, 0, 3] && known.accuracy == 2.0 / 3)
    try known.write(to: file)
    #expect(try Predictions(path: file, count: 3) == known)
    #expect(throws: AnsweringError.self) { try Predictions(path: file, count: 2) }
    var unknown = Self.questions
    unknown[0].answer = nil
    try Predictions(scores: scores, questions: unknown, config: [:]).write(to: file)
    #expect(
      String(decoding: try folder.read("predictions.json"), as: UTF8.self)
        == "{\"accuracy\":null,\"config\":{},\"predictions\":[1,0,3]}\n")
  }
}
