import Foundation
import ParableCollective
import ParableCorpus
import ParableModel
import ParableSettings
import ParableTraining
import TestSupport
import Testing

@testable import ParableAnswering

@Suite struct PromptingTests {
  private let model: SmallModel

  init() throws { model = try SmallModel() }

  private func prompting() throws -> Prompting {
    try Prompting(model.directory(), communicator: SoloCommunicator())
  }

  private func member(
    _ template: String, _ scoring: ChoiceScoring, orders: Int = 1, shots: Int = 0
  ) throws -> PromptMember {
    PromptMember(
      template: try PromptTemplate(template), scoring: scoring, orders: orders, shots: shots)
  }

  /// The log-probability of `answer` behind `prompt`, one token at a time, each time from nothing.
  private func logLikelihood(
    _ answer: [Int32], behind prompt: [Int32], _ generator: TokenGenerator<Float>
  ) throws -> Double {
    try answer.indices.reduce(0) { sum, index in
      let scores = try generator.scores(after: prompt + answer[..<index])
      let logits = scores.row(0).map { Double($0) }
      return sum + logSoftmax(logits)[Int(answer[index])]
    }
  }

  @Test(arguments: ChoiceScoring.allCases)
  func scoresAreWhatTheNetworkSaysOfEachChoiceAlone(scoring: ChoiceScoring) throws {
    let directory = try model.directory()
    let generator = TokenGenerator(
      DecoderNetwork<Float>(
        try directory.loadParameters(), capacity: directory.configuration.context,
        trainable: false), usesCache: false)
    let member = try member("lettered", scoring)
    let encoder = try QuestionEncoder(
      directory.vocabulary, template: member.template, answer: scoring.answer,
      context: directory.configuration.context)
    let questions = SmallModel.questions(4)
    let scores = try prompting().scores(questions, by: PromptMethod(members: [member]))
    for (question, row) in zip(questions, scores) {
      let sequence = try encoder.sequence(question)
      let hidden = try encoder.sequence(question, hidesPassage: true).beginning
      let expected = try zip(sequence.continuations, question.choices).map { continuation, text in
        let sum = try logLikelihood(continuation, behind: sequence.beginning, generator)
        let prior = try logLikelihood(continuation, behind: hidden, generator)
        return switch scoring {
        case .label, .sum: sum
        case .perToken: sum / Double(continuation.count)
        case .perByte: sum / Double(text.utf8.count)
        case .pmi: sum - prior
        case .halfPMI: sum - prior / 2
        }
      }
      #expect(row.count == question.choices.count)
      #expect(abs(row.reduce(0) { $0 + exp($1) } - 1) < 1e-12)
      for (found, expected) in zip(row, logSoftmax(expected)) {
        #expect(abs(found - expected) < 1e-3, "\(question.choices)")
      }
    }
  }

  @Test func ordersAreAveragedByChoice() throws {
    let prompting = try prompting()
    let question = SmallModel.questions(3)[1]
    let one = try PromptMethod(members: [member("lettered", .label)])
    let four = try PromptMethod(members: [member("lettered", .label, orders: 4)])
    var expected = [0.0, 0, 0, 0]
    for shift in 0..<4 {
      let order = (0..<4).map { ($0 + shift) % 4 }
      let scores = try prompting.scores([question.reordered(order)], by: one)[0]
      for (place, choice) in order.enumerated() { expected[choice] += scores[place] / 4 }
    }
    let scores = try prompting.scores([question], by: four)[0]
    for (found, expected) in zip(scores, expected) { #expect(abs(found - expected) < 1e-9) }
    #expect(try abs(prompting.scores([question], by: one)[0][0] - expected[0]) > 1e-3)
  }

  @Test func inAllOrdersTheGivenOneDoesNotMatter() throws {
    let prompting = try prompting()
    let question = SmallModel.questions(1)[0]
    let method = try PromptMethod(members: [member("lettered", .sum, orders: 6)])
    let scores = try prompting.scores([question, question.reordered([2, 0, 1])], by: method)
    for (place, choice) in [2, 0, 1].enumerated() {
      #expect(abs(scores[1][place] - scores[0][choice]) < 1e-9)
    }
  }

  @Test func methodsAreAveragedMemberByMember() throws {
    let prompting = try prompting()
    let questions = SmallModel.questions(3)
    let members = try [member("simple", .perByte), member("numbered", .sum, shots: 1)]
    let examples = promptExamples(from: SmallModel.questions(9), count: 1)
    func scores(_ members: [PromptMember]) throws -> [[Double]] {
      try prompting.scores(questions, by: PromptMethod(members: members, examples: examples))
    }
    let (first, second) = (try scores([members[0]]), try scores([members[1]]))
    let both = try scores(members)
    for question in questions.indices {
      for choice in questions[question].choices.indices {
        let mean = (first[question][choice] + second[question][choice]) / 2
        #expect(abs(both[question][choice] - mean) < 1e-12)
      }
    }
  }

  @Test func everyNumberOfRanksChoosesAndAnswersTheSame() throws {
    let path = model.folder.path
    let questions = SmallModel.questions(11)
    var request = PromptRequest()
    request.orders = 2
    request.exampleSource = questions
    let fixed = request
    @Sendable func outcome(_ communicator: any Communicator) throws -> Outcome {
      let prompting = try Prompting(ModelDirectory(path: path), communicator: communicator)
      let (method, trials) = try prompting.choose(fixed, dev: questions)
      return Outcome(
        method: method, trials: trials, scores: try prompting.scores(questions, by: method))
    }
    let alone = try outcome(SoloCommunicator())
    for ranks in [2, 3] {
      for result in try ThreadedCommunicator.run(ranks: ranks, { try outcome($0) }) {
        #expect(result == alone, "\(ranks) ranks")
      }
    }
    // What was said while choosing holds for what was chosen.
    let right = zip(try Predictions.choices(alone.scores, of: questions), questions).count {
      $0 == $1.answer
    }
    #expect(alone.method.devAccuracy == Double(right) / 11)
    #expect(alone.trials.allSatisfy { $0.accuracy <= Double(right) / 11 })
    #expect(Set(alone.trials.map(\.template)) == Set(PromptTemplate.builtIn.map(\.name)))
  }

  @Test func ofSeveralTemplatesTheBestOnDevIsTaken() throws {
    let questions = SmallModel.questions(40)
    func chosen(_ names: [String]) throws -> (name: String, accuracy: Double) {
      var request = PromptRequest()
      request.templates = try names.map { [try PromptTemplate($0)] }
      request.scoring = .sum
      request.calibrates = false
      let method = try prompting().choose(request, dev: questions).method
      return (method.members[0].template.name, method.devAccuracy ?? -1)
    }
    let names = ["simple", "numbered", "question-first", "basic"]
    let alone = try names.map { try chosen([$0]) }.sorted { $0.accuracy < $1.accuracy }
    let (worst, best) = (alone[0], alone[3])
    try #require(worst.accuracy < best.accuracy)
    for order in [[worst.name, best.name], [best.name, worst.name]] {
      #expect(try chosen(order) == best)
    }
  }

  @Test func questionsWithFewerExamplesAreCounted() throws {
    let directory = try model.directory()
    let questions = SmallModel.questions(12)
    let examples = promptExamples(from: SmallModel.questions(30).reversed(), count: 2)
    let member = try member("simple", .sum, shots: 2)
    let encoder = try QuestionEncoder(
      directory.vocabulary, template: member.template, answer: member.scoring.answer,
      context: directory.configuration.context, examples: examples, shots: 2)
    let lacking = try questions.count { try encoder.prompt($0).shots < 2 }
    try #require((1..<12).contains(lacking))
    let path = model.folder.path
    for ranks in [1, 2, 3] {
      let notes = try ThreadedCommunicator.run(ranks: ranks) { communicator in
        var notes: [String] = []
        let prompting = try Prompting(
          ModelDirectory(path: path), communicator: communicator,
          note: { notes.append($0) })
        _ = try prompting.scores(
          questions, by: PromptMethod(members: [member], examples: examples))
        return notes
      }
      for notes in notes {
        #expect(notes.count { $0.contains("have fewer") } == 1)
        #expect(notes.contains { $0.contains("\(lacking) of 12 questions have fewer") })
      }
    }
  }

  private struct Outcome: Equatable, Sendable {
    let method: PromptMethod
    let trials: [PromptTrial]
    let scores: [[Double]]
  }

  @Test func theMethodIsStoredWithTheModel() throws {
    let directory = try model.directory()
    #expect(try PromptMethod(of: directory) == nil)
    #expect(try PromptMethod.standard(for: directory).members[0].template.name == "context-first")
    try model.folder.write("{\"format\": \"sideways\"}", to: "classifier.json")
    #expect(throws: AnsweringError.self) { try PromptMethod.standard(for: directory) }
    var method = try PromptMethod(
      members: [member("few-shot", .label, orders: 3, shots: 2)],
      examples: promptExamples(from: SmallModel.questions(5), count: 2))
    method.members[0].placeBias = [4: [0.1, -0.25, 0.125, 0.025]]
    try method.write(toFolder: directory.path)
    #expect(try PromptMethod(of: directory) == method)
    try model.folder.write("{\"members\": []}", to: "prompting.json")
    #expect(throws: AnsweringError.self) { try PromptMethod(of: directory) }
  }

  @Test func whatFitsNotEvenWithoutItsPassageIsNamed() throws {
    var question = SmallModel.questions(1)[0]
    question.question = String(repeating: "long ", count: 60)
    let prompting = try prompting()
    let method = try PromptMethod(members: [member("simple", .sum)])
    #expect {
      try prompting.scores([question], by: method)
    } throws: { error in
      "\(error)".contains("q0") && "\(error)".contains("220")
    }
    #expect {
      try prompting.check(method, SmallModel.questions(2) + [question], of: "x.json")
    } throws: { error in
      "\(error)".contains("x.json record 3 (id q0)")
    }
    var request = PromptRequest()
    #expect(throws: AnsweringError.self) {
      try prompting.check(request, [question], of: "x.json")
    }
    request.templates = [[try PromptTemplate("simple")]]
    try prompting.check(request, SmallModel.questions(2), of: "x.json")
  }

  @Test func openChoicesNeedAnswers() throws {
    var questions = SmallModel.questions(3)
    for index in questions.indices { questions[index].answer = nil }
    var request = PromptRequest()
    #expect(throws: SettingError.self) { try prompting().choose(request, dev: questions) }
    request.templates = [[try PromptTemplate("lettered")]]
    request.scoring = .label
    let (method, trials) = try prompting().choose(request, dev: questions)
    #expect(method.devAccuracy == nil && trials.isEmpty)
    #expect(method.members.map(\.scoring) == [.label] && method.members[0].placeBias.isEmpty)
    request.shots = 1
    #expect(throws: SettingError.self) { try prompting().choose(request, dev: questions) }
  }

  @Test func whatIsKnownOfDevChooses() throws {
    var questions = SmallModel.questions(7)
    var notes: [String] = []
    let prompting = try Prompting(
      model.directory(), communicator: SoloCommunicator(),
      note: { notes.append($0) })
    questions[2].answer = nil
    let some = try prompting.choose(PromptRequest(), dev: questions)
    #expect(notes.contains { $0.hasPrefix("1 of 7 questions of --dev have no answer") })
    questions.remove(at: 2)
    let known = try prompting.choose(PromptRequest(), dev: questions)
    #expect(some.method == known.method && some.trials == known.trials)
  }

  /// What is chosen is stored, and has to be read again.
  @Test func whatIsAskedForHasBounds() throws {
    for (name, change) in [
      ("orders", { $0.orders = 0 }), ("orders", { $0.orders = PromptMember.mostOrders + 1 }),
      ("orders", { $0.orders = .max }), ("shots", { $0.shots = -1 }),
      ("shots", { $0.shots = .max }), ("ensemble", { $0.ensemble = .max }),
      (
        "template",
        { $0.templates = [Array(repeating: PromptTemplate(.contextFirst), count: 101)] }
      ),
    ] as [(String, (inout PromptRequest) -> Void)] {
      var request = PromptRequest()
      change(&request)
      #expect {
        try prompting().choose(request, dev: SmallModel.questions(2))
      } throws: { error in
        "\(error)".hasPrefix("--\(name): cannot be ")
      }
    }
  }

  @Test func cutPassagesAreCountedAlikeOnAnyNumberOfRanks() throws {
    let directory = try model.directory()
    var questions = SmallModel.questions(9)
    questions[4].context = String(repeating: "A long one. ", count: 40)
    questions[8].context = String(repeating: "A long one. ", count: 30)
    let encoder = try QuestionEncoder(
      directory.vocabulary, format: .contextFirst, context: directory.configuration.context)
    let fixed = questions
    let path = model.folder.path
    for ranks in [1, 2, 5] {
      let notes = try ThreadedCommunicator.run(ranks: ranks) { communicator in
        let directory = try ModelDirectory(path: path)
        let encoder = try QuestionEncoder(
          directory.vocabulary, format: .contextFirst, context: directory.configuration.context)
        return try encoder.cuts(in: fixed, of: "x.json", communicator)
      }
      let longest = try encoder.tokensIfCut(questions[4]) ?? 0
      #expect(longest > 480)
      let note =
        "x.json: 2 of 9 passages are cut to the context of 220 tokens; the longest question has "
        + "\(longest)"
      #expect(notes.allSatisfy { $0 == note }, "\(notes)")
    }
    #expect(try encoder.cuts(in: SmallModel.questions(9), of: "x.json", SoloCommunicator()) == nil)
  }

  /// Bytes are a bound and tokens the measure: the check agrees with what encoding does.
  @Test func theCheckSaysWhatEncodingWouldSay() throws {
    let vocabulary = try model.directory().vocabulary
    for name in ["lettered", "simple", "choices-first"] {
      for context in 30..<90 {
        for answer in [PromptAnswer.texts, .labels] {
          guard
            let encoder = try? QuestionEncoder(
              vocabulary, template: PromptTemplate(name), answer: answer, context: context)
          else { continue }
          for question in SmallModel.questions(3) {
            let fits = (try? encoder.prompt(question)) != nil
            #expect(((try? encoder.check(question)) != nil) == fits, "\(name) \(context)")
          }
        }
      }
    }
  }
}
