import ParableCorpus
import ParablePlatform

/// The questions to learn from: the same ones in every epoch, or with wrong choices drawn anew.
///
/// What is drawn is a function of seed, epoch and place: nothing has to be stored to resume.
package struct TrainingQuestions: Sendable {
  private enum Source: Sendable {
    case fixed([MultipleChoiceQuestion])
    case open(DistractorPool)

    var count: Int {
      switch self {
      case .fixed(let questions): questions.count
      case .open(let pool): pool.questions.count
      }
    }

    func id(of place: Int) -> String? {
      switch self {
      case .fixed(let questions): questions[place].id
      case .open(let pool): pool.questions[place].id
      }
    }
  }

  private let sources: [Source]

  /// How many questions an epoch has.
  package let count: Int

  /// Reads files of questions with choices, or of questions with answers alone.
  ///
  /// - Throws: ``AnsweringError/noWrongChoice(name:)`` for a question for which the answers of its
  ///   file have no wrong choice; what is wrong with a file.
  package init(paths: [String]) throws {
    sources = try paths.map { path in
      switch try QuestionSource(path: path) {
      case .choices(let set): return .fixed(set.questions)
      case .answers(let set):
        let pool = DistractorPool(set.questions)
        if let index = pool.firstWithoutWrongChoice {
          throw AnsweringError.noWrongChoice(
            name: recordName(path, index, set.questions[index].id))
        }
        return .open(pool)
      }
    }
    count = sources.reduce(0) { $0 + $1.count }
  }

  /// Questions that are there already.
  package init(_ questions: [MultipleChoiceQuestion]) {
    sources = [.fixed(questions)]
    count = questions.count
  }

  /// Throws for the first question that does not fit even without its passage, with the longest
  /// choices that may ever be drawn for it.
  func check(_ paths: [String], by encoder: QuestionEncoder) throws {
    for (path, source) in zip(paths, sources) {
      switch source {
      case .fixed(let questions): try encoder.check(questions, of: path)
      case .open(let pool):
        // Bytes are counted quickly and settle it mostly.
        if pool.longestDraws(by: \.utf8.count).allSatisfy(encoder.surelyFits) { continue }
        try encoder.check(pool.longestDraws(by: encoder.tokenCount), of: path)
      }
    }
  }

  /// What messages call a question of these files.
  func name(of index: Int, in paths: [String]) -> String {
    var place = index
    for (path, source) in zip(paths, sources) {
      if place < source.count { return recordName(path, place, source.id(of: place)) }
      place -= source.count
    }
    return "question \(index + 1)"
  }

  /// A question of an epoch, with its choices in a random order.
  package func question(_ index: Int, epoch: Int, seed: UInt64) -> MultipleChoiceQuestion {
    var place = index
    var generator = SplitMix64(
      seed: seed ^ 0x51_7E57_10A5, stream: UInt64(epoch) << 32 | UInt64(index))
    for source in sources {
      if place < source.count {
        let question =
          switch source {
          case .fixed(let questions): questions[place]
          case .open(let pool): pool.question(place, &generator)
          }
        return question.shuffled(&generator)
      }
      place -= source.count
    }
    preconditionFailure("there are \(count) questions, and none has the number \(index)")
  }
}

/// Answers from which wrong choices are drawn: for each question one other answer of the same
/// passage, and two of any passage.
private struct DistractorPool: Sendable {
  private static let wrongChoices = 3

  let questions: [OpenQuestion]
  /// Questions of the same passage.
  private let neighbours: [String: [Int]]

  init(_ questions: [OpenQuestion]) {
    self.questions = questions
    neighbours = Dictionary(grouping: questions.indices, by: { questions[$0].context })
  }

  /// The first question of which all answers of the file are right ones.
  var firstWithoutWrongChoice: Int? {
    let distinct = Set(questions.map { $0.answers[0] })
    return questions.firstIndex { question in
      distinct.count <= question.answers.count && distinct.isSubset(of: question.answers)
    }
  }

  func question(_ index: Int, _ generator: inout SplitMix64) -> MultipleChoiceQuestion {
    let open = questions[index]
    var choices = [open.answers[0]]
    func take(_ text: String) {
      if !open.answers.contains(text) && !choices.contains(text) { choices.append(text) }
    }
    var near = neighbours[open.context] ?? []
    while choices.count < 2, !near.isEmpty {
      take(questions[near.remove(at: generator.below(near.count))].answers[0])
    }
    // A set of few answers may not have enough of them: fewer choices then.
    for _ in 0..<100 where choices.count < 1 + Self.wrongChoices {
      take(questions[generator.below(questions.count)].answers[0])
    }
    // Chance may miss what is rare; a question has one wrong choice at least.
    var place = choices.count < 2 ? generator.below(questions.count) : 0
    while choices.count < 2 {
      take(questions[place].answers[0])
      place = (place + 1) % questions.count
    }
    return multipleChoice(open, choices)
  }

  /// Every question with the longest of the choices that may be drawn for it.
  func longestDraws(by length: (String) -> Int) -> [MultipleChoiceQuestion] {
    let lengths = Dictionary(
      questions.map { ($0.answers[0], length($0.answers[0])) }, uniquingKeysWith: { $1 })
    let ranked = lengths.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.map(\.key)
    return questions.map { open in
      var choices = [open.answers[0]]
      func isOther(_ text: String) -> Bool {
        !open.answers.contains(text) && !choices.contains(text)
      }
      let near = (neighbours[open.context] ?? []).map { questions[$0].answers[0] }.filter(isOther)
      if let longest = near.max(by: { lengths[$0] ?? 0 < lengths[$1] ?? 0 }) {
        choices.append(longest)
      }
      while choices.count < 1 + Self.wrongChoices, let next = ranked.first(where: isOther) {
        choices.append(next)
      }
      return multipleChoice(open, choices)
    }
  }

  private func multipleChoice(_ open: OpenQuestion, _ choices: [String]) -> MultipleChoiceQuestion {
    MultipleChoiceQuestion(
      context: open.context, question: open.question, choices: choices, answer: 0, id: open.id)
  }
}

extension MultipleChoiceQuestion {
  /// The same question with its choices in another order.
  func shuffled(_ generator: inout SplitMix64) -> MultipleChoiceQuestion {
    var order = Array(choices.indices)
    for last in order.indices.dropFirst().reversed() {
      order.swapAt(last, generator.below(last + 1))
    }
    return reordered(order)
  }

  /// The same question with the choices `order[0]`, `order[1]`, … of this one.
  func reordered(_ order: [Int]) -> MultipleChoiceQuestion {
    var copy = self
    copy.choices = order.map { choices[$0] }
    copy.answer = answer.flatMap { order.firstIndex(of: $0) }
    return copy
  }
}
