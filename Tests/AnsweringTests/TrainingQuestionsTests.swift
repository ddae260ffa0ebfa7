import Corpus
import Foundation
import TestSupport
import Testing

@testable import Answering

@Suite struct TrainingQuestionsTests {
  private func open() throws -> (TemporaryFolder, TrainingQuestions) {
    let folder = try TemporaryFolder()
    let records = (0..<12).map { index in
      [
        "title": "t", "context": "passage \(index / 4)", "question": "q\(index)",
        "answers": ["answer \(index)", "other \(index)"], "id": "\(index)",
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
        #expect(!question.choices.contains("other \(index)"))
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
}
