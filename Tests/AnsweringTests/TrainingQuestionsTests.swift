import Foundation
import ParableCorpus
import TestSupport
import Testing

@testable import ParableAnswering

@Suite struct TrainingQuestionsTests {
  private func open() throws -> (TemporaryFolder, TrainingQuestions) {
    let folder = try TemporaryFolder()
    let records = (0..<12).map { index in
      [
        "title": "t", "context": "passage \(index / 4)", "question": "q\(index)",
        "answers": ["answer \(index)", "answer \(index ^ 1)"], "id": "\(index)",
      ] as [String: Any]
    }
    try folder.write(JSONSerialization.data(withJSONObject: records), to: "answers.json")
    return (folder, try TrainingQuestions(paths: [folder.file("answers.json")]))
  }

  @Test func wrongChoicesAreDrawnAnewInEachEpoch() throws {
    let (_, questions) = try open()
    #expect(questions.count == 12)
    var drawn: Set<[String]> = []
    for epoch in 0..<4 {
      for index in 0..<12 {
        let question = questions.question(index, epoch: epoch, seed: 3)
        #expect(question == questions.question(index, epoch: epoch, seed: 3))
        #expect(question.choices.count == 4 && Set(question.choices).count == 4)
        #expect(question.answer.map { question.choices[$0] } == "answer \(index)")
        #expect(!question.choices.contains("answer \(index ^ 1)"))
        let numbers = question.choices.compactMap {
          $0.split(separator: " ").last.flatMap { Int($0) }
        }
        #expect(numbers.count { $0 / 4 == index / 4 } >= 2)
        drawn.insert(question.choices)
      }
    }
    #expect(drawn.count > 40)
    let answers = Set((0..<12).map { questions.question($0, epoch: 0, seed: 3).answer })
    #expect(answers.count > 2)
  }

  @Test func questionsWithChoicesAreShuffledOnly() throws {
    let fixed = MultipleChoiceQuestion(
      context: "c", question: "q", choices: ["a", "b", "c", "d", "e"], answer: 1)
    let questions = TrainingQuestions([fixed])
    var orders: Set<[String]> = []
    for epoch in 0..<20 {
      let question = questions.question(0, epoch: epoch, seed: 1)
      #expect(question.choices.sorted() == fixed.choices)
      #expect(question.answer.map { question.choices[$0] } == "b")
      orders.insert(question.choices)
    }
    #expect(orders.count > 10)
  }

  private func questions(answers: [[String]]) throws -> TrainingQuestions {
    let folder = try TemporaryFolder()
    let records = answers.enumerated().map { index, answers in
      ["context": "c", "question": "q\(index)", "answers": answers] as [String: Any]
    }
    try folder.write(JSONSerialization.data(withJSONObject: records), to: "a.json")
    return try TrainingQuestions(paths: [folder.file("a.json")])
  }

  @Test func aQuestionWithoutAnyWrongChoiceIsRefused() throws {
    for answers in [
      [["a"], ["a"], ["a"]], [["a"]], [["a", "b"], ["b"], ["a"]].reversed(),
    ] as [[[String]]] {
      #expect {
        try questions(answers: answers)
      } throws: { error in
        "\(error)".contains("a.json record ")
      }
    }
    for answers in [[["a"], ["a"], ["b"]], [["a", "x", "y"], ["b"], ["b"]]] {
      let enough = try questions(answers: answers)
      for index in 0..<3 { #expect(enough.question(index, epoch: 0, seed: 1).choices.count == 2) }
    }
  }

  /// One other answer among thousands of equal ones, in another passage: chance alone misses it.
  @Test func aRareWrongChoiceIsFound() throws {
    let folder = try TemporaryFolder()
    let records = (0..<5_000).map { index in
      [
        "context": "passage \(index)", "question": "q", "answers": [index == 4_321 ? "b" : "a"],
      ] as [String: Any]
    }
    try folder.write(JSONSerialization.data(withJSONObject: records), to: "a.json")
    let questions = try TrainingQuestions(paths: [folder.file("a.json")])
    for index in 0..<50 {
      #expect(questions.question(index, epoch: 0, seed: 1).choices.sorted() == ["a", "b"])
    }
  }
}
