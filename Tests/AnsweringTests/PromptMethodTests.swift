import Foundation
import ParableCorpus
import TestSupport
import Testing

@testable import ParableAnswering

@Suite struct PromptMethodTests {
  private func evidence(_ logLikelihoods: [Double]) -> [ChoiceEvidence] {
    logLikelihoods.map { ChoiceEvidence(logLikelihood: $0, logPrior: 0, tokens: 1, bytes: 1) }
  }

  @Test func ordersAreRotationsFirst() {
    #expect(choiceOrders(3, atMost: 1) == [[0, 1, 2]])
    #expect(choiceOrders(3, atMost: 3) == [[0, 1, 2], [1, 2, 0], [2, 0, 1]])
    let all = choiceOrders(4, atMost: 1000)
    #expect(all.count == 24 && Set(all).count == 24)
    #expect(Array(all[4]) == [0, 1, 3, 2])
    #expect(choiceOrders(5, atMost: 7).count == 7)
  }

  @Test func scoringsWeighTheEvidence() {
    let choices = [
      ChoiceEvidence(logLikelihood: -6, logPrior: -8, tokens: 3, bytes: 12),
      ChoiceEvidence(logLikelihood: -4, logPrior: -4, tokens: 1, bytes: 4),
    ]
    for (scoring, difference) in [
      (ChoiceScoring.sum, -2.0), (.label, -2), (.perToken, 2), (.perByte, 0.5), (.pmi, 2),
      (.halfPMI, 0),
    ] {
      let scores = scoring.logProbabilities(choices)
      #expect(abs(scores[0] - scores[1] - difference) < 1e-12, "\(scoring)")
      #expect(abs(exp(scores[0]) + exp(scores[1]) - 1) < 1e-12)
    }
  }

  /// Two questions that both prefer the first place by one nat on the average.
  @Test func calibrationTakesOffWhatAPlaceHasOnTheAverage() throws {
    let member = PromptMember(template: try PromptTemplate("lettered"), scoring: .label)
    let shown = [[evidence([3, 0])], [evidence([0, 1])], [evidence([1, 1, 1])]]
    let calibrated = member.calibrated(on: shown)
    let bias = try #require(calibrated.placeBias[2])
    #expect(abs(bias[0] - 0.5) < 1e-12 && abs(bias[1] + 0.5) < 1e-12)
    #expect(calibrated.placeBias[3]?.allSatisfy { abs($0) < 1e-12 } == true)
    let scores = shown.map(calibrated.scores)
    #expect(abs(scores[0][0] - scores[0][1] - 2) < 1e-12)
    #expect(abs(scores[1][1] - scores[1][0] - 2) < 1e-12)
    // A number of choices that was not seen stays as it is.
    #expect(
      calibrated.scores([evidence([1, 2, 3, 4])]) == member.scores([evidence([1, 2, 3, 4])]))
  }

  @Test func calibrationIsByThePlaceShownNotByTheChoice() throws {
    var member = PromptMember(template: try PromptTemplate("lettered"), scoring: .label, orders: 2)
    member.placeBias = [2: [1, -1]]
    // The first place gets two nats in either order: nothing is left.
    let scores = member.scores([evidence([2, 0]), evidence([2, 0])])
    #expect(abs(scores[0] - scores[1]) < 1e-12)
  }

  @Test func examplesAreShortAnsweredAndOfDifferentPassages() {
    let questions = ["bb", "a", "ccc", "a", "dddd", "e"].enumerated().map { index, text in
      MultipleChoiceQuestion(
        context: text, question: "?", choices: ["x", "y", "z"], answer: index == 5 ? nil : 2)
    }
    let examples = promptExamples(from: questions, count: 2)
    #expect(examples.map(\.context) == ["a", "bb", "ccc"])
    // Right answers take every place in turn, and stay what they are.
    #expect(examples.map(\.answer) == [0, 1, 2])
    #expect(examples.allSatisfy { $0.choices[$0.answer ?? 0] == "z" })
    #expect(promptExamples(from: questions, count: 0).isEmpty)
  }

  private static let good = #"""
    {"devAccuracy": 0.5, "examples": [
      {"answer": 1, "choices": ["a", "b"], "context": "c", "question": "q"}],
     "members": [{"orders": 2, "placeBias": {"2": [0.1, -0.1]}, "scoring": "label", "shots": 1,
       "template": {"choiceStyle": "lettered", "name": "s", "text": "{question}\n{choices}"}}]}
    """#

  /// Each replaces a part of a good file by what nothing behind it could bear.
  @Test(arguments: [
    ("\"orders\": 2", "\"orders\": 0", "orders is 0"),
    ("\"orders\": 2", "\"orders\": -3", "orders is -3"),
    ("\"orders\": 2", "\"orders\": 1000000000", "orders is 1000000000"),
    ("\"shots\": 1", "\"shots\": -1", "shots is -1"),
    ("\"shots\": 1", "\"shots\": 9223372036854775807", "shots is 9223372036854775807"),
    ("[0.1, -0.1]", "[0.1]", "placeBias has 1 numbers for 2 choices"),
    ("[0.1, -0.1]", "[]", "placeBias has 0 numbers for 2 choices"),
    ("\"2\": [0.1, -0.1]", "\"-1\": []", "placeBias has 0 numbers for -1 choices"),
    ("\"2\": [0.1, -0.1]", "\"1\": [0.1]", "placeBias has 1 numbers for 1 choices"),
    ("\"answer\": 1", "\"answer\": 2", "example 1: the answer 2 names none"),
    ("\"answer\": 1", "\"answer\": -1", "example 1: the answer -1 names none"),
    ("\"answer\": 1", "\"answer\": null", "example 1: the field \"answer\" is missing"),
    ("[\"a\", \"b\"]", "[]", "example 1: there are only 0 choices"),
    ("[\"a\", \"b\"]", "[\"a\", \"a\"]", "example 1: choices 0 and 1 are the same"),
    ("\"context\": \"c\"", "\"context\": \"\"", "example 1: the field \"context\" is empty"),
    ("{question}", "question", "its template: it has no {question}"),
    ("{choices}", "{choice} {choice}", "its template: it has {choice} more than once"),
    ("\"lettered\"", "\"plain\"", "its template: its choices have no labels"),
    ("\"label\"", "\"sum\"", "scoring sum does not suit its template"),
    (#"{question}\n{choices}"#, "{question} {choice}", "scoring label does not suit its template"),
    ("0.5", "7", "devAccuracy is no share"),
    ("0.5", "1e999", "it describes no way to prompt"),
    ("\"label\"", "\"loudest\"", "it describes no way to prompt"),
    ("\"examples\"", "\"exampels\"", "it describes no way to prompt"),
  ])
  func filesThatSayWhatCannotBeAreRefused(part: String, other: String, fault: String) throws {
    let folder = try TemporaryFolder()
    let good = try folder.write(Self.good, to: "good.json")
    let method = try PromptMethod(path: good)
    #expect(method.members[0].placeBias == [2: [0.1, -0.1]])
    let bad = Self.good.replacing(part, with: other)
    try #require(bad != Self.good)
    let path = try folder.write(bad, to: "bad.json")
    #expect {
      try PromptMethod(path: path)
    } throws: { error in
      "\(error)".contains(fault) && "\(error)".contains(path)
    }
  }

  @Test func whatIsNoFileOfAMethodIsRefused() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    let deep = String(repeating: "[", count: 200_000)
    for path in [
      try folder.write("{\"members\": \(deep)", to: "deep.json"),
      try folder.write("{\"members\": [], \"examples\": []}", to: "none.json"),
      try folder.write("", to: "empty.json"), "/dev/zero", pipe, folder.path,
      folder.file("missing.json"),
    ] {
      #expect(throws: (any Error).self, "\(path)") { try PromptMethod(path: path) }
    }
  }
}
